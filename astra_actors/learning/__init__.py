"""What outcomes teach: maps from said probabilities to better ones, judged on events that no fit has seen."""
