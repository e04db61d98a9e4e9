"""Prices of underlyings: a recorded stream of ticks, and a public exchange asked over HTTP."""
