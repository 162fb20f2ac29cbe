"""From an edition to the figures of an explanation: one selection, some years, one edition before.

Figures come from whatever answers the selection, so that protected rows lead to a protected
explanation: what is read here beside them (outcomes of series, price indices) tells no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from models.asking import Selection, chosen_series
from models.budget import Weighed
from models.catalogue import Frequency
from models.cube import SCALE
from models.drivers import CAUSES, MEASURES_SPLIT, causes
from models.edition import Edition
from models.errors import SelectionError
from models.fact_figures import Found, Source, exact, figures_by_year, over_years
from models.fact_parts import find_score, find_subject, find_unknown, held_ends
from models.facts import (
    BudgetFacts,
    Cause,
    Compared,
    Earlier,
    Facts,
    Figure,
    NoCauses,
)

__all__ = ["Source", "budget_facts", "exact", "gather", "years_of"]

_MONTHS = 12
_CLOSE = 0.005  # units: split and figure are the same sum, rounded apart


def years_of(edition: Edition) -> tuple[int, ...]:
    """Return the years of which an edition can be asked: from its first actual to its horizon."""
    begins = [int(axis.first * f.months // 12) for f, axis in edition.calendars.items()]
    last = date.fromisoformat(edition.manifest["until"]).year
    return tuple(range(min(begins, default=last), last + 1))


def gather(
    source: Source,
    selection: Selection,
    years: Sequence[int],
    earlier: Source | None = None,
    *,
    compare: bool = False,
) -> Facts:
    """Gather the figures of an explanation.

    Args:
        source: the edition.
        selection: measure and filters; the rest is not used.
        years: successive.
        earlier: the edition to compare with.
        compare: whether to say so where there is none.

    Raises:
        SelectionError: the question has no honest answer; with every fault.
    """
    asked = replace(selection, by=(), frequency=Frequency.YEAR.value, bands=())
    first, last = min(years), max(years)
    base = _base_year(source.edition, asked, last)
    found = figures_by_year(source, asked, min(base, first), last)
    whole = over_years(source, asked, found, first, last)
    reach = years_of(source.edition)
    facts = Facts(
        subject=find_subject(source.edition, asked),
        measure=asked.measure,
        unit=found.unit,
        years=tuple(range(first, last + 1)),
        figure=whole,
        last=found.years.get(last),
        first=found.years.get(first) if first < last else None,
        compared=_compared(source, asked, found, base, last),
        score=None if source.protected else find_score(source.edition, asked, source.whole),
        asked_earlier=compare or earlier is not None,
        unknown=find_unknown(source.edition, asked, base, last),
        protected=source.protected,
        reach=(reach[0], reach[-1]),
    )
    facts = _with_causes(facts, *_split(source, asked, found, base, last))
    if earlier is None:
        return facts
    span = (base, first, last)
    return replace(facts, earlier=_earlier(earlier, source, asked, found, span))


def _with_causes(
    facts: Facts, split: tuple[_Base, tuple[Cause, ...]] | None, why: NoCauses
) -> Facts:
    """Add causes; then what has no forecast is left out of the compared year, and counted."""
    compared = facts.compared
    if split is None:
        return replace(facts, no_causes=why)
    if compared is None or compared.figure.mean is None:  # nothing that they start from
        return replace(facts, no_causes="edition")
    base, told = split
    amount = compared.figure.mean - base.mean
    like = abs(amount) > _CLOSE
    mine = Compared(compared.year, base.figure(compared.figure.known), like)
    facts = replace(facts, compared=mine, causes=told)
    if not like:
        return facts
    unknown = replace(facts.unknown, held_year=compared.year, held_amount=amount)
    return replace(facts, unknown=unknown)


def budget_facts(weighed: Weighed) -> BudgetFacts:
    """Return a budget held against the same selection, in euros."""
    names = ("amount", "expected", "covers", "cushion", "shortfall")
    euros = {name: getattr(weighed, name) / SCALE for name in names}
    return BudgetFacts(**euros, probability=weighed.probability, certainty=weighed.certainty)


@dataclass(frozen=True)
class _Base:
    """The base of a split: the compared year without what has no forecast."""

    mean: float
    low: float
    high: float

    def figure(self, known: bool) -> Figure:
        return Figure(self.mean, self.low, self.high, known or self.low == self.high)


def _base_year(edition: Edition, asked: Selection, last: int) -> int:
    """Return the base year of the split where the last year lies after it, else the year before."""
    about = edition.manifest.get("drivers", {})
    if "base_year" in about and int(about["base_year"]) < last:
        return int(about["base_year"])
    until = date.fromisoformat(edition.manifest["data_until"])
    return min(until.year - (until.month < _MONTHS), last - 1)


def _compared(
    source: Source, asked: Selection, found: Found, base: int, last: int
) -> Compared | None:
    figure, now = found.years.get(base), found.years.get(last)
    if figure is None or now is None:
        return None
    ends = held_ends(source.edition, asked)
    skewed = any(date(base, 1, 1) <= end < date(last, 12, 1) for end in ends) and not now.known
    return Compared(base, figure, skewed=skewed)


def _split(
    source: Source, asked: Selection, found: Found, base: int, last: int
) -> tuple[tuple[_Base, tuple[Cause, ...]] | None, NoCauses]:
    """Return base and causes of the last year, or why there are none."""
    why = _no_split(source, asked, found, base, last)
    now = found.years.get(last)
    if why is not None or now is None:
        return None, why or "edition"
    wish = replace(asked, start=date(last, 1, 1), end=date(last, 1, 1))
    rows = causes(source.edition, wish)
    if not len(rows["mean"]) or abs(float(rows["mean"][-1]) - (now.mean or 0.0)) > _CLOSE:
        return None, "edition"
    low, mean, high = (rows[name].astype(np.float64) for name in ("p10", "mean", "p90"))
    told = tuple(
        Cause(code, float(mean[at]), float(low[at]), float(high[at]))
        for at, code in enumerate(CAUSES, start=1)
    )
    return (_Base(float(mean[0]), float(low[0]), float(high[0])), told), "nothing"


def _no_split(
    source: Source, asked: Selection, found: Found, base: int, last: int
) -> NoCauses | None:
    """Return why an edition has no causes of a year; None where it may have."""
    now = found.years.get(last)
    about = source.edition.manifest.get("drivers", {})
    tests: dict[NoCauses, bool] = {
        "protected": source.protected,
        "known": now is not None and now.known,
        "measure": asked.measure not in MEASURES_SPLIT,
        "edition": asked.measure not in about.get("measures", ()),
        "early": base != about.get("base_year"),
    }
    return next((why for why, holds in tests.items() if holds), None)


def _earlier(
    earlier: Source,
    source: Source,
    asked: Selection,
    found: Found,
    span: tuple[int, int, int],
) -> Earlier | None:
    """Return what an earlier edition says of the same, where it says anything.

    Args:
        earlier: that edition.
        source: this one.
        asked: the selection.
        found: its figures in this edition.
        span: base year, first and last asked year.
    """
    base, first, last = span
    edition = earlier.edition
    known = {name: set(d.labels.tolist()) for name, d in edition.dimensions.items()}
    strange = any(set(codes) - known[name] for name, codes in asked.filters().items())
    if strange or asked.measure not in edition.tracks:
        return None
    try:
        there = figures_by_year(earlier, asked, min(base, first), last)
    except SelectionError:  # protected, and not one of the sums that are published of it
        return None
    figure = over_years(earlier, asked, there, first, last)
    if figure is None:
        return None
    as_of = date.fromisoformat(edition.manifest["as_of"])
    same = _counted(edition, asked) == _counted(source.edition, asked)
    mine, theirs = found.years.get(base), there.years.get(base)
    if base >= first or first < last or mine is None or theirs is None:
        return Earlier(as_of, figure, same_series=same)
    if mine.mean is None or theirs.mean is None:
        return Earlier(as_of, figure, same_series=same)
    return Earlier(as_of, figure, base, mine.mean - theirs.mean, same)


def _counted(edition: Edition, asked: Selection) -> set[tuple[str, ...]]:
    """Return the series of a selection that have a forecast."""
    chosen = chosen_series(edition, asked)
    chosen = chosen[edition.tracks[asked.measure].rows[chosen] >= 0]
    names = (edition.series[n][chosen].tolist() for n in ("municipality", "product", "district"))
    return set(zip(*names, strict=True))
