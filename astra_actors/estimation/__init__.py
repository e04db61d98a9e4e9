"""Own probabilities with their uncertainty, and where the inputs come from."""
