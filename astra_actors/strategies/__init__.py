"""Strategies: one file each, a pure function from what is seen to what is wanted."""
