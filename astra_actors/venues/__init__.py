"""Where orders go: one port, and the venues behind it."""
