"""Which markets hang together, so that one cap can hold them all."""
