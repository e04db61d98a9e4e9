"""The simulated world: coordinator, shards, ledger and venue in one process, faults from a seed, checkers after every step."""
