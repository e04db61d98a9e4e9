"""What a market pays on, read from its own rules and frozen as a contract."""
