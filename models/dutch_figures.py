"""Dutch sentences on a figure, how it changes, and why."""

from __future__ import annotations

from collections.abc import Sequence

from models.dutch import is_single, listed, percent, period
from models.dutch_phrases import (
    CAUSES,
    NO_CAUSES,
    bare,
    causes_of,
    difference,
    nothing_of,
    subject_of,
    thing,
    together,
    with_products,
)
from models.facts import (
    Cause,
    Compared,
    Facts,
    Figure,
    NoCauses,
)
from models.voice import Change, Key

__all__ = ["DutchFigures"]

HEADINGS: dict[Key, str] = {
    "what": "Wat",
    "why": "Waarom",
    "certainty": "Hoe zeker",
    "changes": "Wat is er veranderd",
    "unknown": "Wat we niet weten",
    "budget": "Begroting",
}


class DutchFigures:
    """The part of the Dutch voice that tells figures; see ``models.voice.Voice``."""

    def heading(self, key: Key) -> str:
        """Name a paragraph."""
        return HEADINGS[key]

    def no_figure(self, facts: Facts) -> str:
        """Say that there is no figure of the asked years."""
        told = f"Deze editie heeft geen cijfer voor {period(facts.years)}"
        reach = facts.reach
        if not reach or reach[0] <= facts.years[0] <= facts.years[-1] <= reach[-1]:
            return f"{told}."
        return f"{told}; ze loopt van {reach[0]} tot en met {reach[-1]}."

    def hidden(self) -> str:
        """Say that a number is too small to tell."""
        return "Dit aantal is te klein om te noemen; zo zijn mensen niet te herkennen."

    def rounded(self) -> str:
        """Say that figures are rounded to protect small numbers."""
        return "De cijfers zijn afgerond om kleine aantallen te beschermen."

    def level(self, facts: Facts, figure: Figure) -> str:
        """Say what it is in the asked years."""
        value = figure.mean or 0.0
        verb = ("was", "waren") if figure.known else ("is", "zijn")
        expected = "" if figure.known else " naar verwachting"
        when = f"in {period(facts.years)}"
        if len(facts.years) > 1:
            start = "in" if len(facts.years) == 2 else "van"  # noqa: PLR2004 - the one and the other
            when = f"{start} {period(facts.years)}" + together(facts)
        if not value:
            return f"Er {verb[1]} {when}{expected} {nothing_of(facts)} {with_products(facts)}."
        average = " gemiddeld" if facts.measure == "clients" else ""
        said = verb[facts.measure == "cost"]
        return f"{subject_of(facts)} {said} {when}{expected}{average} {bare(facts, value)}."

    def course(self, facts: Facts, first: Figure, last: Figure, change: Change) -> str:
        """Say how it goes from the first of several years to the last."""
        if change.same is not None:
            return "Van jaar tot jaar verandert dat nauwelijks."
        way = "op" if change.up else "af"
        low, high = (bare(facts, figure.mean or 0.0) for figure in (first, last))
        return f"Dat loopt {way} van {low} in {facts.years[0]} naar {high} in {facts.years[-1]}."

    def change(self, facts: Facts, change: Change, base_year: int, pace: float | None) -> str:
        """Say how the last year differs from an earlier one; also in percent per year."""
        several, year = len(facts.years) > 1, facts.years[-1]
        if change.same is not None:
            start = f"Het cijfer van {year}" if several else "Dat"
            how = "precies" if change.same == "exactly" else "vrijwel"
            return f"{start} is {how} gelijk aan dat van {base_year}."
        if change.from_nothing:
            verb = "was" if facts.measure == "volume" else "waren"
            return f"In {base_year} {verb} er nog {nothing_of(facts)}."
        verb = "is" if is_single(change.size, facts.measure) else "zijn"
        start = f"In {year} {verb} dat" if several else f"Dat {verb}"
        told = f"{start} {difference(facts, change)} dan in {base_year}"
        return f"{told}." if pace is None else f"{told}, gemiddeld {percent(pace)} per jaar."

    def base(self, facts: Facts, compared: Compared) -> str:
        """Say what it was in the earlier year, without what has no forecast or with it."""
        value = bare(facts, compared.figure.mean or 0.0)
        average = "gemiddeld " if facts.measure == "clients" else ""
        without = ", zonder wat niet geraamd wordt" if compared.like else ""
        if compared.figure.known:
            subject = f"het aantal {average}" if average else "het "
            return f"In {compared.year} was {subject}{value}{without}."
        told = f"Voor {compared.year} is de verwachting {average}{value}{without}"
        return f"{told}; dat jaar is nog niet helemaal bekend."

    def not_compared(self, year: int, hidden: bool) -> str:
        """Say why there is nothing to compare with: too small, or not comparable."""
        if hidden:
            return f"Vergelijken met {year} kan niet: dat aantal is te klein om te noemen."
        return f"Vergelijken met {year} zou scheef zijn: een deel daarvan wordt niet geraamd."

    def no_causes(self, why: NoCauses) -> str:
        """Say why there are no causes."""
        return NO_CAUSES[why]

    def causes(self, facts: Facts, named: Sequence[Cause], up: bool) -> str:
        """Name the causes of a change in its own direction."""
        whole = "stijging" if up else "daling"
        return f"De {whole} komt vooral door {causes_of(facts, named)}."

    def against(self, facts: Facts, named: Sequence[Cause]) -> str:
        """Name the causes that work the other way."""
        return f"Een deel daarvan valt weg door {causes_of(facts, named)}."

    def balance(self, facts: Facts, up: Sequence[Cause], down: Sequence[Cause]) -> str:
        """Name causes that hold each other in balance; one side may be empty."""
        ways = ((up, "omhoog"), (down, "omlaag"))
        told = " en ".join(f"{way} door {causes_of(facts, part)}" for part, way in ways if part)
        return f"Het cijfer blijft vrijwel gelijk: het gaat {told}."

    def rest(self, facts: Facts, size: float, up: bool, small: bool) -> str:
        """Sum up the causes that were not named."""
        if small:
            return "De andere oorzaken samen maken vrijwel geen verschil."
        more = "meer" if up else "minder"
        return f"De andere oorzaken samen zorgen voor {thing(facts, size)} {more}."

    def unsure_causes(self, causes: Sequence[Cause]) -> str:
        """Name the causes whose direction is not certain."""
        return (
            f"Bij {listed([CAUSES[one.code][2] for one in causes])} kan het ook andersom uitvallen."
        )
