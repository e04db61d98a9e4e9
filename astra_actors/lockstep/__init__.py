"""Windows of time: what is permitted, what came of it, what is written; one barrier after another, wherever shards live."""
