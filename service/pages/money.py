"""Amounts as people type them, and joint paths of what a page selects."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from models.asking import Selection
from models.cube import Ints
from models.levers import Lever
from models.scenario import totals
from service.api.query import Asked
from service.api.scope import Share
from service.pages.question import SelectionQuestion
from service.problems import InputFault

THOUSAND = 100_000  # cents
_AMOUNT = re.compile(r"-?\d{1,3}([. ]\d{3})*(,\d+)?|-?\d+(,\d+)?")
MOST_THOUSANDS = 10_000_000  # of one amount: ten billion euros


def thousands(asked: Asked[SelectionQuestion], name: str, text: str | None) -> int | None:
    """Read an amount in thousands of euros as whole cents; None where nothing was typed.

    Args:
        asked: the question; what is no amount becomes a fault of it.
        name: of the parameter.
        text: such as ``118.500`` or ``118500,5``.
    """
    if text is None or not text.strip():
        return None
    plain = text.strip().replace("€", "").strip()
    if not _AMOUNT.fullmatch(plain):
        asked.faults.append(InputFault("no-amount-typed", name, text))
        return None
    value = float(plain.replace(".", "").replace(" ", "").replace(",", "."))
    if not 0 <= value <= MOST_THOUSANDS:
        asked.faults.append(InputFault("no-amount-typed", name, text))
        return None
    return round(value * THOUSAND)


@dataclass(frozen=True)
class Year:
    """A year that is forecast, with its joint paths.

    Attributes:
        year: the year.
        base: whole cents, (draws,).
        adjusted: the same with the levers.
    """

    year: int
    base: Ints
    adjusted: Ints

    @property
    def difference(self) -> Ints:
        """What the levers change, in each path."""
        return self.adjusted - self.base


def paths(
    share: Share,
    products: tuple[str, ...],
    district: str | None,
    levers: tuple[Lever, ...] = (),
    after: int = 0,
) -> list[Year]:
    """Return the joint paths of the cost of a selection, for each year that is forecast.

    Args:
        share: the edition and municipality.
        products: codes; empty = all.
        district: one, or None for the whole municipality.
        levers: of a scenario.
        after: years up to and with this one are left out.

    Raises:
        SelectionError: the question or a lever has no honest answer.
    """
    if "cost" not in share.measures():
        return []
    wish = Selection(
        "cost",
        municipalities=share.municipalities,
        products=products,
        districts=(district,) if district else (),
        frequency="year",
    )
    found = totals(share.edition, wish, levers)
    if found is None:
        return []
    keep = np.flatnonzero(found.given & found.forecast)
    years = [int(found.periods.first) + at for at in keep.tolist()]
    return [
        Year(year, found.base[at], found.adjusted[at])
        for year, at in zip(years, keep.tolist(), strict=True)
        if year > after
    ]


def band(draws: Ints) -> tuple[float, float, float]:
    """Return p10, mean and p90 of paths in euros."""
    low, high = np.quantile(draws, (0.1, 0.9)) / 100
    return float(low), float(draws.mean() / 100), float(high)
