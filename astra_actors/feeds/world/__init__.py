"""A synthetic world: true probabilities and a crowd that misprices them; nothing in it is evidence of profit."""
