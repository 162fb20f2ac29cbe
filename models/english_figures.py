"""English sentences on a figure, how it changes, and why."""

from __future__ import annotations

from collections.abc import Sequence

from models.english import listed, percent, period
from models.english_phrases import (
    CAUSES,
    NO_CAUSES,
    bare,
    causes_of,
    difference,
    for_selection,
    nothing_of,
    subject_of,
    thing,
)
from models.facts import (
    Cause,
    Compared,
    Facts,
    Figure,
    NoCauses,
)
from models.voice import Change, Key

__all__ = ["EnglishFigures"]

HEADINGS: dict[Key, str] = {
    "what": "What",
    "why": "Why",
    "certainty": "How certain",
    "changes": "What has changed",
    "unknown": "What we do not know",
    "budget": "Budget",
}


class EnglishFigures:
    """The part of the English voice that tells figures; see ``models.voice.Voice``."""

    def heading(self, key: Key) -> str:
        """Name a paragraph."""
        return HEADINGS[key]

    def no_figure(self, facts: Facts) -> str:
        """Say that there is no figure of the asked years."""
        told = f"This edition has no figure for {period(facts.years)}"
        reach = facts.reach
        if not reach or reach[0] <= facts.years[0] <= facts.years[-1] <= reach[-1]:
            return f"{told}."
        return f"{told}; it runs from {reach[0]} to {reach[-1]}."

    def hidden(self) -> str:
        """Say that a number is too small to tell."""
        return "This number is too small to tell, so that nobody can be recognised."

    def rounded(self) -> str:
        """Say that figures are rounded to protect small numbers."""
        return "Figures are rounded to protect small numbers."

    def level(self, facts: Facts, figure: Figure) -> str:
        """Say what it is in the asked years."""
        value = figure.mean or 0.0
        when = f"in {period(facts.years)}"
        if len(facts.years) > 1:
            together = "" if facts.measure == "clients" else " together"
            when = f"from {period(facts.years)}{together}"
        if not value:
            verb = "was" if figure.known else "is expected to be"
            return f"There {verb} {nothing_of(facts)} {for_selection(facts)} {when}."
        verb = "was" if figure.known else "is expected to be"
        average = " on average" if facts.measure == "clients" else ""
        return f"{subject_of(facts)} {verb} {bare(facts, value)}{average} {when}."

    def course(self, facts: Facts, first: Figure, last: Figure, change: Change) -> str:
        """Say how it goes from the first of several years to the last."""
        if change.same is not None:
            return "It hardly changes from year to year."
        way = "rises" if change.up else "falls"
        low, high = (bare(facts, figure.mean or 0.0) for figure in (first, last))
        return f"It {way} from {low} in {facts.years[0]} to {high} in {facts.years[-1]}."

    def change(self, facts: Facts, change: Change, base_year: int, pace: float | None) -> str:
        """Say how the last year differs from an earlier one; also in percent per year."""
        several, year = len(facts.years) > 1, facts.years[-1]
        if change.same is not None:
            start = f"The figure of {year}" if several else "That"
            return f"{start} is {change.same} the same as that of {base_year}."
        if change.from_nothing:
            verb = "were" if facts.measure == "clients" else "was"
            return f"In {base_year} there {verb} still {nothing_of(facts)}."
        start = f"In {year} that is" if several else "That is"
        told = f"{start} {difference(facts, change)} than in {base_year}"
        return f"{told}." if pace is None else f"{told}, {percent(pace)} a year on average."

    def base(self, facts: Facts, compared: Compared) -> str:
        """Say what it was in the earlier year, without what has no forecast or with it."""
        value = bare(facts, compared.figure.mean or 0.0)
        value += " on average" if facts.measure == "clients" else ""
        without = ", without what is not forecast" if compared.like else ""
        if compared.figure.known:
            return f"In {compared.year} it was {value}{without}."
        told = f"For {compared.year} the expectation is {value}{without}"
        return f"{told}; that year is not wholly known yet."

    def not_compared(self, year: int, hidden: bool) -> str:
        """Say why there is nothing to compare with: too small, or not comparable."""
        if hidden:
            return f"It cannot be compared with {year}: that number is too small to tell."
        return f"Comparing with {year} would mislead: part of that year is not forecast."

    def no_causes(self, why: NoCauses) -> str:
        """Say why there are no causes."""
        return NO_CAUSES[why]

    def causes(self, facts: Facts, named: Sequence[Cause], up: bool) -> str:
        """Name the causes of a change in its own direction."""
        whole = "rise" if up else "fall"
        return f"The {whole} comes mainly from {causes_of(facts, named)}."

    def against(self, facts: Facts, named: Sequence[Cause]) -> str:
        """Name the causes that work the other way."""
        return f"Part of that is offset by {causes_of(facts, named)}."

    def balance(self, facts: Facts, up: Sequence[Cause], down: Sequence[Cause]) -> str:
        """Name causes that hold each other in balance; one side may be empty."""
        ways = ((up, "up"), (down, "down"))
        told = " and ".join(f"{way} by {causes_of(facts, part)}" for part, way in ways if part)
        return f"The figure stays nearly the same: it is moved {told}."

    def rest(self, facts: Facts, size: float, up: bool, small: bool) -> str:
        """Sum up the causes that were not named."""
        if small:
            return "The other causes together make hardly any difference."
        return f"The other causes together {'add' if up else 'take off'} {thing(facts, size)}."

    def unsure_causes(self, causes: Sequence[Cause]) -> str:
        """Name the causes whose direction is not certain."""
        return f"It may go the other way for {listed([CAUSES[c.code][2] for c in causes])}."
