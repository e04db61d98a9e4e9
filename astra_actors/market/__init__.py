"""What the venue shows: instruments, books, trades, phases, and the frames they arrive in."""
