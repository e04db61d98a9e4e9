"""From wanted quotes to resting orders: the order's life, the plan of fewest changes, the budgets."""
