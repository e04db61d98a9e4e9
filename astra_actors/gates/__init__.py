"""Every test between a wish and an order, each a pure function that names what it compared."""
