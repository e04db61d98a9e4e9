"""The live path's pure core: orders as they are signed, what the venue says of them, and what is proven by it."""
