"""The sentences of an explanation in plain English; names of products stay as delivered."""

from __future__ import annotations

from models.english import bound, chance, day_of, listed, money, percent, period
from models.english_figures import EnglishFigures
from models.english_phrases import (
    MOST_NAMES,
    difference,
    held_of,
    thing,
)
from models.facts import (
    BudgetFacts,
    Earlier,
    Facts,
    Score,
    Unknown,
)
from models.spoken import odds
from models.voice import Band, Change

__all__ = ["English"]

SCOPES = {
    "total": "all products together",
    "wider": "all products together (not of this selection apart)",
    "product": "this product",
    "district": "this area",
    "series": "this product in this area",
}


class English(EnglishFigures):
    """The English voice; see ``models.voice.Voice``."""

    def known(self) -> str:
        """Say that all of it has happened, so that there is no band."""
        return "This figure is known and so has no margin."

    def no_band(self) -> str:
        """Say that a band cannot be told."""
        return "A margin cannot be told here."

    def band(self, facts: Facts, band: Band) -> str:
        """Say between what and what, how often, and whether that is wide."""
        low = bound(band.low, facts.measure, facts.unit, bare=True)
        high = bound(band.high, facts.measure, facts.unit)
        if bound(band.high, facts.measure, facts.unit, bare=True) == low:
            return "In eight out of ten cases it comes to nearly this figure."
        told = f"In eight out of ten cases it lies between {low} and {high}"
        if band.percent is None:
            return f"{told}."
        kind = "an ordinary" if band.width == "ordinary" else f"a {band.width}"
        return f"{told}: {kind} margin, {percent(band.percent)} of the figure."

    def error(self, score: Score, told: bool) -> str:
        """Say how far such forecasts were off, and where told how many fell within the band."""
        kind = "figure" if score.observations == 1 else "figures"
        start = (
            f"On {score.observations} earlier yearly {kind} of {SCOPES[score.scope]} the forecast "
            f"was {percent(score.error)} off on average"
        )
        if not told or score.inside is None:
            return f"{start}."
        many = str(score.inside) if score.inside else "none"
        many = f"all {many}" if score.inside == score.observations else many
        return f"{start}; {many} fell within the margin."

    def simple(self, error: float, simple_error: float) -> str:
        """Say how far a simple method was off; honest when that was better."""
        mine, other = percent(error), percent(simple_error)
        start = "A simple method (repeating the last known year)"
        if mine == other:
            return f"{start} did as well."
        if simple_error < error:
            return f"{start} was better: it was {other} off."
        return f"{start} was {other} off."

    def too_narrow(self) -> str:
        """Say that bands were too narrow before."""
        return "That is fewer than 8 out of 10: allow for a wider margin."

    def no_scores(self) -> str:
        """Say that it is not known how good such forecasts were."""
        return "How good such forecasts were before has not been measured."

    def no_earlier(self) -> str:
        """Say that there is no earlier edition."""
        return "There is no earlier edition with a figure to compare with."

    def not_told_then(self, earlier: Earlier) -> str:
        """Say that an earlier edition cannot be compared with, since a number is too small."""
        day = day_of(earlier.as_of)
        return f"It cannot be compared with the edition of {day}: the number is too small."

    def revised(self, facts: Facts, earlier: Earlier, change: Change) -> str:
        """Say what an earlier edition said, and the difference now."""
        verb = "gave" if earlier.figure.known else "expected"
        average = " on average" if facts.measure == "clients" else ""
        then = thing(facts, earlier.figure.mean or 0.0) + average
        told = f"{change.same} the same" if change.same else difference(facts, change)
        return f"The edition of {day_of(earlier.as_of)} {verb} {then}; now that is {told}."

    def within_then(self, within: bool) -> str:
        """Say whether the figure lies within the band of then."""
        return f"The new figure lies {'within' if within else 'outside'} the margin of then."

    def anchored(self, facts: Facts, change: Change, year: int) -> str:
        """Say how much of the difference is in a year before the asked ones."""
        way = "higher" if change.up else "lower"
        return f"The figure of {year} is now {thing(facts, change.size)} {way} than then."

    def growth_since(self, facts: Facts, change: Change, year: int) -> str:
        """Say how much of the difference is another development after that year."""
        way = "higher" if change.up else "lower"
        size = thing(facts, change.size)
        return f"The expected course after {year} comes out {size} {way} than then."

    def other_series(self) -> str:
        """Say that the two editions do not count the same series."""
        return "The two editions do not count the same series, which is part of the difference."

    def held(self, unknown: Unknown) -> str:
        """Name what has no forecast."""
        named = [held_of(one) for one in unknown.held[:MOST_NAMES]]
        more = len(unknown.held) - len(named)
        if more:
            named.append("1 other product" if more == 1 else f"{more} other products")
        return f"There is no forecast for {listed(named)}."

    def held_amount(self, facts: Facts, value: float, year: int) -> str:
        """Say how much that was."""
        return f"In {year} that came to {thing(facts, value)}."

    def open_months(self, months: int) -> str:
        """Say that the last months are not complete."""
        last = "month" if months == 1 else f"{months} months"
        return f"Figures of the last {last} are not complete yet and partly estimated."

    def assumed(self, unknown: Unknown) -> str:
        """Say which price indices are assumed."""
        if len(unknown.assumed) > 1:
            names = list(dict.fromkeys(one.series for one in unknown.assumed))
            years = [year for one in unknown.assumed for year in (one.first, one.last)]
            when = period(sorted({min(years), max(years)}))
            index = "price index" if len(names) == 1 else "price indices"
            verb = "is" if len(names) == 1 else "are"
            return f"For {when} the {index} {listed(names)} {verb} assumed."
        (one,) = unknown.assumed
        when = period(sorted({one.first, one.last}))
        kind = "rise" if one.percent >= 0 else "fall"
        size = percent(abs(one.percent))
        return f"For {when} a {kind} in prices of {size} a year is assumed (index {one.series})."

    def lacking(self, unknown: Unknown) -> str:
        """Say which inputs were not delivered."""
        if set(unknown.lacking) == {"prices"}:
            return "Prices and tariffs were not delivered; their growth counts as other causes."
        if set(unknown.lacking) == {"projection"}:
            return "A projection of the population was not delivered; it follows its trend."
        return (
            "Prices, tariffs and a projection of the population were not delivered; growth of "
            "prices counts as other causes."
        )

    def registered(self, unknown: Unknown, forecast: bool) -> str:
        """Say that waiting lists, and in a forecast later policy, are not in it."""
        if not forecast:
            return "This is registered use; waiting lists do not count."
        return f"Waiting lists do not count, nor does policy of after {day_of(unknown.until)}."

    def budgeted(self, budget: BudgetFacts, change: Change) -> str:
        """Say what is budgeted, and how the forecast differs."""
        start = f"The budget is {money(budget.amount)}; the forecast is"
        if change.same is not None:
            return f"{start} {change.same} the same."
        return f"{start} {money(change.size)} {'higher' if change.up else 'lower'}."

    def exceeded(self, budget: BudgetFacts) -> str:
        """Say the chance that it is not enough."""
        sense = odds(budget.probability).sense
        if sense in ("never", "always"):
            paths = "none" if sense == "never" else "all"
            return f"In {paths} of the computed futures the budget is too low."
        return f"The chance that the budget is too low is {chance(budget.probability)}."

    def covers(self, budget: BudgetFacts) -> str:
        """Say what is enough with the chosen certainty."""
        sure = percent(100 * budget.certainty)
        told = f"With {sure} certainty {money(budget.covers)} is enough"
        if budget.cushion <= 0:
            return f"{told}, which fits the budget."
        return f"{told}: {money(budget.cushion)} more than budgeted."

    def risk(self, budget: BudgetFacts) -> str:
        """Say the line of the risk paragraph."""
        return f"For the risk paragraph, chance times effect is {money(budget.shortfall)}."
