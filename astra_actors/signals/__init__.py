"""What the flow in one market says: toxicity, imbalance, markouts, micro-price, regimes."""
