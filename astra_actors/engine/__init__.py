"""One market from frame to order, and a shard of them: everything that happens without a hop."""
