"""Levers of a scenario: what is turned, how far, from when, on which products and districts.

A lever multiplies, sets a tariff, or caps:

- ``population``, ``use``: clients, and with them volume and cost;
- ``volume_per_client``: volume, and with it cost;
- ``price``, ``tariff``: cost per unit. A tariff may be given as a level, in euros per unit: then
  cost is volume times that;
- ``ceiling``: the most that the selection may have in a calendar year, of cost (euros; use stays)
  or of clients (mean of the months; volume and cost follow).

Levers work on top of each other in the order in which they stand, ceilings last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from models.catalogue import Frequency, ordinal
from models.cube import Cube, Floats
from models.errors import ParameterFault, SelectionError

__all__ = ["KINDS", "MOST_LEVERS", "Lever", "LeverFault", "check_levers", "overlaps"]

USE_KINDS = ("population", "use")  # of clients; volume and cost follow
VOLUME_KINDS = ("volume_per_client",)
PRICE_KINDS = ("price", "tariff")
CEILING = "ceiling"
KINDS = ("price", "population", "use", "volume_per_client", "tariff", CEILING)
CEILING_MEASURES = ("cost", "clients")
SIZES = {CEILING: ("level",), "tariff": ("percent", "factor", "level")}  # of the others, two
MOST_LEVERS = 50  # of one scenario; more than anybody can explain
MOST_FACTOR = 100.0
MOST_RAMP = 120  # months
_MONTHS = 12


@dataclass(frozen=True)
class Lever:
    """One lever.

    Attributes:
        kind: one of ``KINDS``.
        reason: why, in words; never empty.
        start: first month of the effect.
        end: last month of the effect; None = to the end.
        percent: change in percent; -10 takes a tenth away. Of percent, factor and level exactly one
            is given.
        factor: what to multiply by; 0.9 takes a tenth away.
        level: euros per unit of a tariff; euros or clients a year of a ceiling.
        ramp: months over which the effect grows evenly to its whole size; 0 = at once.
        yearly: the change comes again every year: it has its whole size after twelve months, twice
            that (compounded) after twenty-four.
        products: codes; empty = all. Likewise districts.
        measure: of a ceiling: cost or clients.
    """

    kind: str
    reason: str
    start: date
    end: date | None = None
    percent: float | None = None
    factor: float | None = None
    level: float | None = None
    ramp: int = 0
    yearly: bool = False
    products: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    measure: str = "cost"

    @property
    def multiplier(self) -> float:
        """The factor when the effect has its whole size."""
        if self.factor is not None:
            return self.factor
        return 1.0 if self.percent is None else 1 + self.percent / 100

    def moves(self, measure: str) -> bool:
        """Tell whether the lever changes a measure."""
        if self.kind == CEILING:
            return self.measure in (measure, "clients")
        if self.kind in USE_KINDS:
            return True
        return measure == "cost" or (measure == "volume" and self.kind in VOLUME_KINDS)

    def weights(self, first: int, months: int) -> Floats:
        """Return how much of the effect there is in each month, shape (months,); 0 to 1.

        Args:
            first: ordinal of the first month.
            months: how many.
        """
        month = np.arange(first, first + months)
        since = month - ordinal(self.start, Frequency.MONTH) + 1
        grown = np.clip(since / max(self.ramp, 1), 0.0, 1.0)
        if self.end is not None:
            grown[month > ordinal(self.end, Frequency.MONTH)] = 0.0
        return np.asarray(grown, dtype=np.float64)

    def factors(self, first: int, months: int) -> Floats:
        """Return what each month is multiplied by, shape (months,)."""
        weights = self.weights(first, months)
        if not self.yearly:
            return 1 + (self.multiplier - 1) * weights
        since = np.arange(first, first + months) - ordinal(self.start, Frequency.MONTH) + 1
        years = np.maximum(since, 0) / _MONTHS
        return np.where(weights > 0, self.multiplier**years, 1.0)


@dataclass(frozen=True)
class LeverFault(ParameterFault):
    """One thing wrong with a lever; ``parameter`` is a JSON pointer into the list of levers.

    Attributes:
        code: which rule was broken, for who says it in another language.
    """

    code: str = ""


def check_levers(edition: Cube, levers: Sequence[Lever]) -> None:
    """Refuse levers that cannot be, or that do nothing in an edition.

    Raises:
        SelectionError: with every fault; its parameters begin with ``/levers``.
    """
    if len(levers) > MOST_LEVERS:
        rule = f"has {len(levers)} levers; at most {MOST_LEVERS} can be used together"
        faults = [LeverFault("/levers", str(len(levers)), rule, (), "too-many")]
    else:
        faults = [
            _placed(at, fault)
            for at, lever in enumerate(levers)
            for fault in (*_form_faults(lever), *_edition_faults(edition, lever))
        ]
    if faults:
        raise SelectionError("; ".join(map(str, faults)), faults)


def overlaps(levers: Sequence[Lever]) -> list[tuple[int, int]]:
    """Return pairs of levers of one kind that share months, products and districts."""
    return [
        (one, other)
        for other, later in enumerate(levers)
        for one, lever in enumerate(levers[:other])
        if lever.kind == later.kind
        and _meet(lever.products, later.products)
        and _meet(lever.districts, later.districts)
        and (lever.end or date.max) >= later.start
        and (later.end or date.max) >= lever.start
    ]


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return not one or not other or bool(set(one) & set(other))


def _placed(at: int, fault: LeverFault) -> LeverFault:
    place = f"/levers/{at}/{fault.parameter}".rstrip("/")
    return LeverFault(place, fault.value, fault.rule, fault.allowed, fault.code)


def _form_faults(lever: Lever) -> Iterator[LeverFault]:
    if lever.kind not in KINDS:
        yield LeverFault("kind", lever.kind, "is no kind of lever", KINDS, "unknown-value")
        return
    if not lever.reason.strip():
        yield LeverFault("reason", "", "must say why", (), "empty-text")
    if lever.end is not None and lever.end < lever.start:
        yield LeverFault("end", lever.end.isoformat(), "lies before the start", (), "lever-order")
    if not 0 <= lever.ramp <= MOST_RAMP:
        rule = f"is a number of months from 0 to {MOST_RAMP}"
        yield LeverFault("ramp", str(lever.ramp), rule, (), "no-number")
    yield from _size_faults(lever)


def _size_faults(lever: Lever) -> Iterator[LeverFault]:
    given = [name for name in ("percent", "factor", "level") if getattr(lever, name) is not None]
    wanted = SIZES.get(lever.kind, ("percent", "factor"))
    if len(given) != 1 or given[0] not in wanted:
        told = ", ".join(given) or None
        yield LeverFault("", told, f"needs one of {', '.join(wanted)}", wanted, "lever-size")
        return
    size = getattr(lever, given[0])
    if not np.isfinite(size) or size < (-100 if given[0] == "percent" else 0):
        rule = "would take it below zero"
        yield LeverFault(given[0], f"{size:g}", rule, (), "lever-below-zero")
    elif given[0] != "level" and lever.multiplier > MOST_FACTOR:
        rule = f"multiplies by more than {MOST_FACTOR:g}"
        yield LeverFault(given[0], f"{size:g}", rule, (), "lever-too-large")
    if lever.kind == CEILING and lever.measure not in CEILING_MEASURES:
        rule = "has no ceiling"
        yield LeverFault("measure", lever.measure, rule, CEILING_MEASURES, "unknown-value")
    if lever.yearly and given[0] == "level":
        yield LeverFault("yearly", "true", "does not go with a level", (), "lever-yearly")
    if lever.ramp and (lever.yearly or lever.kind == CEILING):
        rule = "goes neither with a ceiling nor with a change that comes every year"
        yield LeverFault("ramp", str(lever.ramp), rule, (), "lever-ramp")


def _edition_faults(edition: Cube, lever: Lever) -> Iterator[LeverFault]:
    for name, wanted in (("product", lever.products), ("district", lever.districts)):
        dimension = edition.dimensions[name]
        for code in wanted:
            if code not in dimension.index:
                rule = f"is no {name} of this edition"
                allowed = tuple(dimension.labels)
                yield LeverFault(f"{name}s", code, rule, allowed, "unknown-value")
    last = max(((a.last + 1) * f.months - 1 for f, a in edition.axes.items()), default=0)
    if ordinal(lever.start, Frequency.MONTH) > last:
        rule = "lies after the last month of the edition"
        yield LeverFault("start", lever.start.isoformat(), rule, (), "lever-outside")
    first = min((a.first * f.months for f, a in edition.axes.items()), default=0)
    if lever.end is not None and ordinal(lever.end, Frequency.MONTH) < first:
        rule = "lies before the first month of the forecast"
        yield LeverFault("end", lever.end.isoformat(), rule, (), "lever-outside")
