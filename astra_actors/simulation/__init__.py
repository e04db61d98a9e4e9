"""What Astra does in worlds that were made up: the whole system in one process, under one seed and its faults."""
