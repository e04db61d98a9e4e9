"""Stress: what named disasters would cost the portfolio that stands now, against every cap (methods §14)."""
