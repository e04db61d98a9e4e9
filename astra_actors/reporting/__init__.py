"""What a person reads in the morning: decision artifacts, truth report, heartbeat, log lines."""
