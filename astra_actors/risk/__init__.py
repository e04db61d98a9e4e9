"""The vocabulary of what we may lose: limits, vetoes, reservations, leases, exposure, breaker, trading state."""
