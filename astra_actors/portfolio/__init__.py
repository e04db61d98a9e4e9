"""Positions, profit and equity, exact to the integer."""
