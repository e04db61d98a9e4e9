"""Places, clubs, people and sources that exist nowhere: the world must not be mistaken for a claim about ours."""

from __future__ import annotations

from typing import Final

CITIES: Final = (
    "Port Amsel", "Velmora", "Karsholm", "Tresk", "Ondria", "Lake Hollis", "Sarnby", "Quillon", "Mereval", "Dunvarra",
    "Ostrel", "Pellgate", "Ravensby", "Ilmora", "Castelwyn", "Norrhamn",
)  # fmt: skip
CLUBS: Final = (
    "Falcons", "Owls", "Mariners", "Badgers", "Comets", "Lanterns", "Herons", "Foxes", "Anchors", "Millers", "Pilots",
    "Ravens",
)  # fmt: skip
PEOPLE: Final = (
    "Mira Talvane", "Jonas Ekwith", "Alda Fennimore", "Teodor Brask", "Ines Varro", "Pavel Ostrander", "Runa Ashdown",
    "Carlo Venn", "Sefa Lindqvar", "Otis Marrable", "Greta Solhaug", "Nils Caradon",
)  # fmt: skip
COUNTRIES: Final = ("Veldania", "Ostrovia", "Calmere", "Norland", "Tessaly", "Brevonia")
OFFICES: Final = ("president", "prime minister", "chancellor", "mayor of the capital")
COINS: Final = {"BTC": "Bitcoin", "ETH": "Ethereum", "SOL": "Solana"}
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
