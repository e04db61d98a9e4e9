"""Who watches, who decides for the whole portfolio, and who starts again what died."""
