"""Calibration maps: a said probability to the one that outcomes support, by four families (methods §11.1–11.4)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from astra_actors.kernel.errors import BadInput

Floats = npt.NDArray[np.float64]

CLIP: Final = 1e-4  # a probability of 0 or 1 has no logit, and no forecaster means it


class CalibrationMap(Protocol):
    """A monotone map of probabilities, and the words it is written down with."""

    def apply(self, p: Floats) -> Floats:
        """The mapped probabilities, shape as given."""
        ...

    def terms(self) -> dict[str, Any]:
        """Method and parameters, ready for JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Nothing is changed: what stands where nothing was learned."""

    def apply(self, p: Floats) -> Floats:
        """The probabilities as they were said."""
        return p

    def terms(self) -> dict[str, Any]:
        """The method."""
        return {"method": "identity"}


@dataclass(frozen=True, slots=True)
class Platt:
    """q = expit(a·logit p + b) (Platt 1999)."""

    a: float
    b: float

    def apply(self, p: Floats) -> Floats:
        """The mapped probabilities."""
        return np.asarray(expit(self.a * logits(p) + self.b), dtype=np.float64)

    def terms(self) -> dict[str, Any]:
        """Method and parameters."""
        return {"method": "platt", "a": self.a, "b": self.b}


@dataclass(frozen=True, slots=True)
class Temperature:
    """q = expit(logit p ÷ t) (Guo et al. 2017): more or less sure, with the same favourite."""

    t: float

    def apply(self, p: Floats) -> Floats:
        """The mapped probabilities."""
        return np.asarray(expit(logits(p) / self.t), dtype=np.float64)

    def terms(self) -> dict[str, Any]:
        """Method and parameter."""
        return {"method": "temperature", "t": self.t}


@dataclass(frozen=True, slots=True)
class Beta:
    """logit q = a·ln p − b·ln(1 − p) + c with a, b ≥ 0 (Kull, Silva Filho & Flach 2017)."""

    a: float
    b: float
    c: float

    def apply(self, p: Floats) -> Floats:
        """The mapped probabilities."""
        inner = clipped(p)
        return np.asarray(expit(self.a * np.log(inner) - self.b * np.log1p(-inner) + self.c), dtype=np.float64)

    def terms(self) -> dict[str, Any]:
        """Method and parameters."""
        return {"method": "beta", "a": self.a, "b": self.b, "c": self.c}


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Straight lines between fitted points, flat outside, kept `floor` away from 0 and 1."""

    said: tuple[float, ...]
    meant: tuple[float, ...]
    floor: float = 0.0  # 1/(2n) of the fit: nobody has seen that something never happens

    def apply(self, p: Floats) -> Floats:
        """The mapped probabilities."""
        return np.asarray(np.clip(np.interp(p, self.said, self.meant), self.floor, 1.0 - self.floor), dtype=np.float64)

    def terms(self) -> dict[str, Any]:
        """Method and fitted points."""
        return {"method": "isotonic", "said": list(self.said), "meant": list(self.meant), "floor": self.floor}


def map_of(terms: Mapping[str, Any]) -> CalibrationMap:
    """The map that was written down with these words; raises `BadInput` for any others."""
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in terms.items()}
    method = values.pop("method", None)
    kinds: dict[Any, Any] = {
        "identity": Identity, "platt": Platt, "temperature": Temperature, "beta": Beta, "isotonic": Isotonic,
    }  # fmt: skip
    try:
        found: CalibrationMap = kinds[method](**values)
    except (KeyError, TypeError):
        raise BadInput("calibration map", dict(terms), f"name one of {', '.join(kinds)} with its parameters") from None
    return found


def mapped_interval(chosen: CalibrationMap, *, low: float, p: float, high: float) -> tuple[float, float, float]:
    """An estimate and the ends of its interval through one map, the ends kept around the estimate."""
    ends = chosen.apply(np.array([low, p, high], dtype=np.float64))
    return min(float(ends[0]), float(ends[1])), float(ends[1]), max(float(ends[1]), float(ends[2]))


def negative_log_likelihood(p: Floats, y: Floats) -> float:
    """−Σ ln of the probability given to what happened."""
    inner = clipped(p)
    return float(-np.sum(y * np.log(inner) + (1.0 - y) * np.log1p(-inner)))


def logits(p: Floats) -> Floats:
    """logit p, clipped."""
    return np.asarray(logit(clipped(p)), dtype=np.float64)


def clipped(p: Floats) -> Floats:
    """p within [10⁻⁴, 1 − 10⁻⁴]."""
    return np.asarray(np.clip(p, CLIP, 1.0 - CLIP), dtype=np.float64)


def paired(p: Sequence[float] | Floats, y: Sequence[float] | Floats) -> tuple[Floats, Floats]:
    """Forecasts and outcomes as arrays; raises `BadInput` where they cannot be a record."""
    said, came = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if len(said) != len(came) or not len(said):
        raise BadInput("p, y", (len(said), len(came)), "give at least one forecast, and one outcome for each")
    if not np.all((said >= 0.0) & (said <= 1.0)):
        raise BadInput("p", float(said[~((said >= 0.0) & (said <= 1.0))][0]), "a probability lies in [0, 1]")
    if not np.all((came == 0.0) | (came == 1.0)):
        raise BadInput("y", math.nan, "an outcome is 0 or 1; leave voided markets out")
    return said, came
