"""What a record of trade returns says about drawdown and ruin: many paths, drawn in chunks that any worker may run."""
