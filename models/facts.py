"""The figures that an explanation is written from; page, API and reports share them.

Nothing here is text for a reader. What may not be told is absent: of a hidden figure ``mean`` is
None, and whatever would give it away (band, causes, earlier figure) is left out by who gathers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

__all__ = [
    "Assumed",
    "BudgetFacts",
    "Cause",
    "Compared",
    "Earlier",
    "Facts",
    "Figure",
    "HeldPart",
    "NoCauses",
    "Score",
    "ScoreScope",
    "Subject",
    "Unknown",
]

NoCauses = Literal["known", "early", "measure", "edition", "protected", "small", "nothing"]
ScoreScope = Literal["total", "wider", "product", "district", "series"]


@dataclass(frozen=True)
class Figure:
    """One figure in units (euros for cost).

    Attributes:
        mean: the expected figure, which adds up; None = hidden, too small to tell.
        low: p10; None = not to be told.
        high: p90; None likewise.
        known: whether all of it has happened and is known.
    """

    mean: float | None
    low: float | None = None
    high: float | None = None
    known: bool = False


@dataclass(frozen=True)
class Subject:
    """What the figures are of.

    Attributes:
        products: names of the chosen products; empty = all there are.
        law: the law of which they are all products, or None.
        districts: names of the chosen districts; empty = all there are.
        unplaced: whether use without a known district is what was chosen, or part of it.
        place: name of the only municipality, or None where it has none.
        municipalities: how many.
    """

    products: tuple[str, ...] = ()
    law: str | None = None
    districts: tuple[str, ...] = ()
    unplaced: bool = False
    place: str | None = None
    municipalities: int = 1


@dataclass(frozen=True)
class Compared:
    """What the last of the asked years is compared with.

    Attributes:
        year: an earlier year.
        figure: of that year; without the series that have no forecast where ``like`` says so.
        like: whether series without a forecast are left out of it.
        skewed: whether part of it has no forecast and cannot be left out: not comparable.
    """

    year: int
    figure: Figure
    like: bool = False
    skewed: bool = False


@dataclass(frozen=True)
class Cause:
    """What one cause adds between the compared year and the last of the asked years.

    Attributes:
        code: of ``models.drivers.CAUSES``.
        mean: this adds up over causes to the whole change.
        low: p10 of what it adds.
        high: p90 likewise.
    """

    code: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Score:
    """How good forecasts of such yearly figures were on past years.

    Attributes:
        scope: what was judged; ``wider`` = everything, where the selection is a part of it.
        observations: how many yearly figures.
        error: weighted absolute error, percent.
        simple_error: that of repeating the last known year; None = not measured.
        inside: how many fell within the band; None = not measured.
        too_narrow: whether that is fewer than chance explains.
    """

    scope: ScoreScope
    observations: int
    error: float
    simple_error: float | None = None
    inside: int | None = None
    too_narrow: bool = False


@dataclass(frozen=True)
class Earlier:
    """What an earlier edition said of the same.

    Attributes:
        as_of: of that edition.
        figure: of the same selection and years.
        anchor_year: a year before the asked ones that both know, or None where causes of the
            difference cannot be told apart.
        anchor: this edition's figure of that year less the earlier one's; the rest of the whole
            difference is another development after it.
        same_series: whether both count the same series.
    """

    as_of: date
    figure: Figure
    anchor_year: int | None = None
    anchor: float = 0.0
    same_series: bool = True


@dataclass(frozen=True)
class HeldPart:
    """A product of which there is no forecast, wholly or in part.

    Attributes:
        label: its name.
        why: ``none`` (stated so), ``ended``, ``gap`` (delivery seems incomplete) or ``other``.
        partly: whether other series of it have one.
    """

    label: str
    why: str
    partly: bool = False


@dataclass(frozen=True)
class Assumed:
    """A price index that is assumed, in percent per year, for successive years."""

    series: str
    first: int
    last: int
    percent: float


@dataclass(frozen=True)
class Unknown:
    """What the figures do not hold.

    Attributes:
        until: what was decided or known later is not in it.
        held: products without a forecast.
        held_year: the year of ``held_amount``.
        held_amount: what they were in that year; None = not told.
        open_months: months at the end of the data that are not complete yet.
        assumed: price indices.
        lacking: ``prices`` and ``projection`` (of the population), where not delivered.
    """

    until: date
    held: tuple[HeldPart, ...] = ()
    held_year: int | None = None
    held_amount: float | None = None
    open_months: int = 0
    assumed: tuple[Assumed, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class BudgetFacts:
    """A budget of the same selection and years, in euros; see ``models.budget.Weighed``."""

    amount: float
    expected: float
    probability: float
    certainty: float
    covers: float
    cushion: float
    shortfall: float


@dataclass(frozen=True)
class Facts:
    """Everything an explanation of one selection is written from.

    Attributes:
        subject: what the figures are of.
        measure: clients, volume or cost.
        unit: as an answer states it.
        years: the asked years, successive.
        figure: over all of them: the sum, of clients the average; None = there is none.
        first: of the first year, where there are several; else None.
        last: of the last year (of the only one, that is ``figure``).
        compared: what the last year is compared with; None = nothing.
        causes: of the change since then, in the order of the edition; None = not told.
        no_causes: why not.
        score: how good such forecasts were; None = not told.
        earlier: what an earlier edition said; None = there is none.
        asked_earlier: whether an earlier edition was looked for.
        unknown: what the figures do not hold.
        budget: of the same; None = not asked.
        protected: whether small numbers are hidden and the rest is rounded.
        reach: first and last year of the edition; empty = not stated.
    """

    subject: Subject
    measure: str
    unit: str
    years: tuple[int, ...]
    figure: Figure | None
    last: Figure | None
    unknown: Unknown
    first: Figure | None = None
    compared: Compared | None = None
    causes: tuple[Cause, ...] | None = None
    no_causes: NoCauses = "nothing"
    score: Score | None = None
    earlier: Earlier | None = None
    asked_earlier: bool = False
    budget: BudgetFacts | None = field(default=None)
    protected: bool = False
    reach: tuple[int, ...] = ()
