"""The seam between what is said and how: a language says each of these, and decides nothing.

What to say is decided in ``models.explanation``, once. A voice turns figures into one sentence
each, with a capital and a point. Sizes are absolute; ``up`` tells the direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from models.facts import (
    BudgetFacts,
    Cause,
    Compared,
    Earlier,
    Facts,
    Figure,
    NoCauses,
    Score,
    Unknown,
)

__all__ = ["Band", "Change", "Key", "Voice", "Width"]

Key = Literal["what", "why", "certainty", "changes", "unknown", "budget"]
Width = Literal["small", "ordinary", "large"]


@dataclass(frozen=True)
class Change:
    """How one figure differs from another.

    Attributes:
        size: how much, absolute.
        up: whether it is higher.
        percent: of the other, absolute; None = has no meaning.
        same: ``exactly`` or ``nearly`` the same; None = neither.
        from_nothing: whether the other is zero.
    """

    size: float
    up: bool
    percent: float | None
    same: Literal["exactly", "nearly"] | None = None
    from_nothing: bool = False


@dataclass(frozen=True)
class Band:
    """How wide a band is.

    Attributes:
        low: p10.
        high: p90.
        percent: width in percent of the expected figure; None = has no meaning.
        width: what that is called.
    """

    low: float
    high: float
    percent: float | None
    width: Width


class Voice(Protocol):
    """One language."""

    def heading(self, key: Key) -> str:
        """Name a paragraph."""

    def no_figure(self, facts: Facts) -> str:
        """Say that there is no figure of the asked years."""

    def hidden(self) -> str:
        """Say that a number is too small to tell."""

    def rounded(self) -> str:
        """Say that figures are rounded to protect small numbers."""

    def level(self, facts: Facts, figure: Figure) -> str:
        """Say what it is in the asked years."""

    def course(self, facts: Facts, first: Figure, last: Figure, change: Change) -> str:
        """Say how it goes from the first of several years to the last."""

    def change(self, facts: Facts, change: Change, base_year: int, pace: float | None) -> str:
        """Say how the last year differs from an earlier one; also in percent per year."""

    def base(self, facts: Facts, compared: Compared) -> str:
        """Say what it was in the earlier year, without what has no forecast or with it."""

    def not_compared(self, year: int, hidden: bool) -> str:
        """Say why there is nothing to compare with: too small, or not comparable."""

    def no_causes(self, why: NoCauses) -> str:
        """Say why there are no causes."""

    def causes(self, facts: Facts, named: Sequence[Cause], up: bool) -> str:
        """Name the causes of a change in its own direction."""

    def against(self, facts: Facts, named: Sequence[Cause]) -> str:
        """Name the causes that work the other way."""

    def balance(self, facts: Facts, up: Sequence[Cause], down: Sequence[Cause]) -> str:
        """Name causes that hold each other in balance; one side may be empty."""

    def rest(self, facts: Facts, size: float, up: bool, small: bool) -> str:
        """Sum up the causes that were not named."""

    def unsure_causes(self, causes: Sequence[Cause]) -> str:
        """Name the causes whose direction is not certain."""

    def known(self) -> str:
        """Say that all of it has happened, so that there is no band."""

    def no_band(self) -> str:
        """Say that a band cannot be told."""

    def band(self, facts: Facts, band: Band) -> str:
        """Say between what and what, how often, and whether that is wide."""

    def error(self, score: Score, told: bool) -> str:
        """Say how far such forecasts were off, and where told how many fell within the band."""

    def simple(self, error: float, simple_error: float) -> str:
        """Say how far a simple method was off; honest when that was better."""

    def too_narrow(self) -> str:
        """Say that bands were too narrow before."""

    def no_scores(self) -> str:
        """Say that it is not known how good such forecasts were."""

    def no_earlier(self) -> str:
        """Say that there is no earlier edition."""

    def not_told_then(self, earlier: Earlier) -> str:
        """Say that an earlier edition cannot be compared with, since a number is too small."""

    def revised(self, facts: Facts, earlier: Earlier, change: Change) -> str:
        """Say what an earlier edition said, and the difference now."""

    def within_then(self, within: bool) -> str:
        """Say whether the figure lies within the band of then."""

    def anchored(self, facts: Facts, change: Change, year: int) -> str:
        """Say how much of the difference is in a year before the asked ones."""

    def growth_since(self, facts: Facts, change: Change, year: int) -> str:
        """Say how much of the difference is another development after that year."""

    def other_series(self) -> str:
        """Say that the two editions do not count the same series."""

    def held(self, unknown: Unknown) -> str:
        """Name what has no forecast."""

    def held_amount(self, facts: Facts, amount: float, year: int) -> str:
        """Say how much that was."""

    def open_months(self, months: int) -> str:
        """Say that the last months are not complete."""

    def assumed(self, unknown: Unknown) -> str:
        """Say which price indices are assumed."""

    def lacking(self, unknown: Unknown) -> str:
        """Say which inputs were not delivered."""

    def registered(self, unknown: Unknown, forecast: bool) -> str:
        """Say that waiting lists, and in a forecast later policy, are not in it."""

    def budgeted(self, budget: BudgetFacts, change: Change) -> str:
        """Say what is budgeted, and how the forecast differs."""

    def exceeded(self, budget: BudgetFacts) -> str:
        """Say the chance that it is not enough."""

    def covers(self, budget: BudgetFacts) -> str:
        """Say what is enough with the chosen certainty."""

    def risk(self, budget: BudgetFacts) -> str:
        """Say the line of the risk paragraph."""
