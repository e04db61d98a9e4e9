"""How many orders and cancels a signer may send, by the tier that its volume earns (polymarket.md 10.2)."""

from __future__ import annotations

from typing import Final

# tier: (orders a second, burst, cancels a second, burst, whether the cancel balance may go below zero)
TIERS: Final[dict[str, tuple[int, int, int, int, bool]]] = {
    "standard": (40, 60, 80, 120, True),
    "copper": (60, 90, 120, 180, True),
    "bronze": (80, 120, 160, 240, True),
    "silver": (200, 300, 400, 600, True),
    "gold": (400, 600, 800, 1_200, True),
    "platinum": (450, 675, 900, 1_350, False),
    "diamond": (525, 787, 1_050, 1_575, False),
    "elite": (600, 900, 1_200, 1_800, False),
}
