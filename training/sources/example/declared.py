"""Declarations: how the cost of a month of care comes in over the months after it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.sources.example.care import Counts, Simulation
from training.sources.example.effects import MONTHS
from training.sources.example.figures import Floats
from training.sources.example.streams import stream

LATEST = 6  # months after the month of care in which the last declaration comes
# Share declared 0, 1, ... 6 months after the month of care; illustrative: no public series exists.
PACES: dict[str, tuple[float, ...]] = {
    "at once": (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "fast": (0.10, 0.55, 0.22, 0.08, 0.03, 0.015, 0.005),
    "normal": (0.03, 0.36, 0.33, 0.16, 0.07, 0.03, 0.02),
    "slow": (0.01, 0.18, 0.32, 0.24, 0.14, 0.07, 0.04),
}
_NOISE = 0.22  # how much the pace of one month departs from the usual
_SLOW_MONTHS = {8: 0.6, 12: 0.85}  # holidays: offices declare later
_CREDIT_CHANCE, _CREDIT_FROM = 0.12, 3
_CREDIT_SIZE = (0.02, 0.10)


def declared_cents(simulation: Simulation) -> Counts:
    """Return what was declared by product, month of care and months of delay.

    Returns:
        Whole cents, shape (products, drawn months, LATEST + 1); adds up over the delays to the
        drawn cost exactly; negative where more was credited than declared.
    """
    cost = simulation.product_cost_cents()
    paces = [
        _pace(product.pace, stream(simulation.seed, "declarations", product.code), cost.shape[1])
        for product in simulation.products
    ]
    cumulated = np.rint(np.cumsum(paces, axis=2) * cost[:, :, None]).astype(np.int64)
    cumulated[:, :, -1] = cost
    return np.diff(cumulated, axis=2, prepend=0)


def known_cents(declared: Counts, until: int) -> Counts:
    """Return what was declared up to and including a month, shape (products, months of care).

    Args:
        declared: as returned by ``declared_cents``.
        until: the last month of declaration, counted from January 2017.
    """
    return np.asarray((declared * arrived(declared.shape[1], until)).sum(axis=2))


def arrived(months: int, until: int) -> npt.NDArray[np.bool_]:
    """Tell which months of care and delays lie not after a month, shape (months, delays)."""
    return np.asarray(np.add.outer(np.arange(months), np.arange(LATEST + 1)) <= until)


def _pace(name: str, rng: np.random.Generator, months: int) -> Floats:
    """Return the share per delay of each month of care, adding up to one, (months, delays)."""
    usual = np.array(PACES[name])
    shares = usual * np.exp(rng.normal(0, _NOISE, (months, LATEST + 1)))
    shares = shares * _office(months)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares if usual[0] == 1 else _with_credits(shares, rng)


def _office(months: int) -> Floats:
    """Return how busy offices are in the month of declaration, shape (months, delays)."""
    calendar = np.array([_SLOW_MONTHS.get(month, 1.0) for month in range(1, 13)])
    at = np.add.outer(np.arange(months), np.arange(LATEST + 1)) % 12
    return np.asarray(calendar[at])


def _with_credits(shares: Floats, rng: np.random.Generator) -> Floats:
    """Let some months be declared too high first and credited later; the sum stays the same."""
    months = len(shares)
    hit = np.flatnonzero(rng.random(months) < _CREDIT_CHANCE)
    delay = rng.integers(_CREDIT_FROM, LATEST + 1, months)[hit]
    size = rng.uniform(*_CREDIT_SIZE, months)[hit]
    shares[hit, delay] -= size
    shares[hit, 1] += size
    return shares


def month_text(month: int) -> str:
    """Return the first day of a month counted from January 2017, ISO."""
    return f"{MONTHS[0] + month}-01"
