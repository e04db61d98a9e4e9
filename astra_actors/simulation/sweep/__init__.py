"""Many settings tried on one tape, and what the best of many is worth."""
