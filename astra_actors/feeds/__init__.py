"""What we see: a synthetic world, a recorded tape, or the venue itself, behind one port."""
