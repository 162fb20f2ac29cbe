"""The sentences of an explanation in plain English; names of products stay as delivered."""

from __future__ import annotations

from collections.abc import Sequence

from models.english import bound, chance, day_of, listed, money, percent, period
from models.english_phrases import (
    CAUSES,
    MOST_NAMES,
    NO_CAUSES,
    bare,
    causes_of,
    difference,
    for_selection,
    held_of,
    nothing_of,
    subject_of,
    thing,
)
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
from models.spoken import odds
from models.voice import Band, Change, Key

__all__ = ["English"]

HEADINGS: dict[Key, str] = {
    "what": "What",
    "why": "Why",
    "certainty": "How certain",
    "changes": "What has changed",
    "unknown": "What we do not know",
    "budget": "Budget",
}
SCOPES = {
    "total": "all products together",
    "wider": "all products together (not of this selection apart)",
    "product": "this product",
    "district": "this area",
    "series": "this product in this area",
}


class English:
    """The English voice; see ``models.voice.Voice``."""

    def heading(self, key: Key) -> str:  # noqa: D102 - as the protocol, here and below
        return HEADINGS[key]

    def no_figure(self, facts: Facts) -> str:  # noqa: D102
        told = f"This edition has no figure for {period(facts.years)}"
        reach = facts.reach
        if not reach or reach[0] <= facts.years[0] <= facts.years[-1] <= reach[-1]:
            return f"{told}."
        return f"{told}; it runs from {reach[0]} to {reach[-1]}."

    def hidden(self) -> str:  # noqa: D102
        return "This number is too small to tell, so that nobody can be recognised."

    def rounded(self) -> str:  # noqa: D102
        return "Figures are rounded to protect small numbers."

    def level(self, facts: Facts, figure: Figure) -> str:  # noqa: D102
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

    def course(self, facts: Facts, first: Figure, last: Figure, change: Change) -> str:  # noqa: D102
        if change.same is not None:
            return "It hardly changes from year to year."
        way = "rises" if change.up else "falls"
        low, high = (bare(facts, figure.mean or 0.0) for figure in (first, last))
        return f"It {way} from {low} in {facts.years[0]} to {high} in {facts.years[-1]}."

    def change(self, facts: Facts, change: Change, base_year: int, pace: float | None) -> str:  # noqa: D102
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

    def base(self, facts: Facts, compared: Compared) -> str:  # noqa: D102
        value = bare(facts, compared.figure.mean or 0.0)
        value += " on average" if facts.measure == "clients" else ""
        without = ", without what is not forecast" if compared.like else ""
        if compared.figure.known:
            return f"In {compared.year} it was {value}{without}."
        told = f"For {compared.year} the expectation is {value}{without}"
        return f"{told}; that year is not wholly known yet."

    def not_compared(self, year: int, hidden: bool) -> str:  # noqa: D102
        if hidden:
            return f"It cannot be compared with {year}: that number is too small to tell."
        return f"Comparing with {year} would mislead: part of that year is not forecast."

    def no_causes(self, why: NoCauses) -> str:  # noqa: D102
        return NO_CAUSES[why]

    def causes(self, facts: Facts, named: Sequence[Cause], up: bool) -> str:  # noqa: D102
        whole = "rise" if up else "fall"
        return f"The {whole} comes mainly from {causes_of(facts, named)}."

    def against(self, facts: Facts, named: Sequence[Cause]) -> str:  # noqa: D102
        return f"Part of that is offset by {causes_of(facts, named)}."

    def balance(self, facts: Facts, up: Sequence[Cause], down: Sequence[Cause]) -> str:  # noqa: D102
        ways = ((up, "up"), (down, "down"))
        told = " and ".join(f"{way} by {causes_of(facts, part)}" for part, way in ways if part)
        return f"The figure stays nearly the same: it is moved {told}."

    def rest(self, facts: Facts, size: float, up: bool, small: bool) -> str:  # noqa: D102
        if small:
            return "The other causes together make hardly any difference."
        return f"The other causes together {'add' if up else 'take off'} {thing(facts, size)}."

    def unsure_causes(self, causes: Sequence[Cause]) -> str:  # noqa: D102
        return f"It may go the other way for {listed([CAUSES[c.code][2] for c in causes])}."

    def known(self) -> str:  # noqa: D102
        return "This figure is known and so has no margin."

    def no_band(self) -> str:  # noqa: D102
        return "A margin cannot be told here."

    def band(self, facts: Facts, band: Band) -> str:  # noqa: D102
        low = bound(band.low, facts.measure, facts.unit, bare=True)
        high = bound(band.high, facts.measure, facts.unit)
        if bound(band.high, facts.measure, facts.unit, bare=True) == low:
            return "In eight out of ten cases it comes to nearly this figure."
        told = f"In eight out of ten cases it lies between {low} and {high}"
        if band.percent is None:
            return f"{told}."
        kind = "an ordinary" if band.width == "ordinary" else f"a {band.width}"
        return f"{told}: {kind} margin, {percent(band.percent)} of the figure."

    def error(self, score: Score, told: bool) -> str:  # noqa: D102
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

    def simple(self, error: float, simple_error: float) -> str:  # noqa: D102
        mine, other = percent(error), percent(simple_error)
        start = "A simple method (repeating the last known year)"
        if mine == other:
            return f"{start} did as well."
        if simple_error < error:
            return f"{start} was better: it was {other} off."
        return f"{start} was {other} off."

    def too_narrow(self) -> str:  # noqa: D102
        return "That is fewer than 8 out of 10: allow for a wider margin."

    def no_scores(self) -> str:  # noqa: D102
        return "How good such forecasts were before has not been measured."

    def no_earlier(self) -> str:  # noqa: D102
        return "There is no earlier edition with a figure to compare with."

    def not_told_then(self, earlier: Earlier) -> str:  # noqa: D102
        day = day_of(earlier.as_of)
        return f"It cannot be compared with the edition of {day}: the number is too small."

    def revised(self, facts: Facts, earlier: Earlier, change: Change) -> str:  # noqa: D102
        verb = "gave" if earlier.figure.known else "expected"
        average = " on average" if facts.measure == "clients" else ""
        then = thing(facts, earlier.figure.mean or 0.0) + average
        told = f"{change.same} the same" if change.same else difference(facts, change)
        return f"The edition of {day_of(earlier.as_of)} {verb} {then}; now that is {told}."

    def within_then(self, within: bool) -> str:  # noqa: D102
        return f"The new figure lies {'within' if within else 'outside'} the margin of then."

    def anchored(self, facts: Facts, change: Change, year: int) -> str:  # noqa: D102
        way = "higher" if change.up else "lower"
        return f"The figure of {year} is now {thing(facts, change.size)} {way} than then."

    def growth_since(self, facts: Facts, change: Change, year: int) -> str:  # noqa: D102
        way = "higher" if change.up else "lower"
        size = thing(facts, change.size)
        return f"The expected course after {year} comes out {size} {way} than then."

    def other_series(self) -> str:  # noqa: D102
        return "The two editions do not count the same series, which is part of the difference."

    def held(self, unknown: Unknown) -> str:  # noqa: D102
        named = [held_of(one) for one in unknown.held[:MOST_NAMES]]
        more = len(unknown.held) - len(named)
        if more:
            named.append("1 other product" if more == 1 else f"{more} other products")
        return f"There is no forecast for {listed(named)}."

    def held_amount(self, facts: Facts, value: float, year: int) -> str:  # noqa: D102
        return f"In {year} that came to {thing(facts, value)}."

    def open_months(self, months: int) -> str:  # noqa: D102
        last = "month" if months == 1 else f"{months} months"
        return f"Figures of the last {last} are not complete yet and partly estimated."

    def assumed(self, unknown: Unknown) -> str:  # noqa: D102
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

    def lacking(self, unknown: Unknown) -> str:  # noqa: D102
        if set(unknown.lacking) == {"prices"}:
            return "Prices and tariffs were not delivered; their growth counts as other causes."
        if set(unknown.lacking) == {"projection"}:
            return "A projection of the population was not delivered; it follows its trend."
        return (
            "Prices, tariffs and a projection of the population were not delivered; growth of "
            "prices counts as other causes."
        )

    def registered(self, unknown: Unknown, forecast: bool) -> str:  # noqa: D102
        if not forecast:
            return "This is registered use; waiting lists do not count."
        return f"Waiting lists do not count, nor does policy of after {day_of(unknown.until)}."

    def budgeted(self, budget: BudgetFacts, change: Change) -> str:  # noqa: D102
        start = f"The budget is {money(budget.amount)}; the forecast is"
        if change.same is not None:
            return f"{start} {change.same} the same."
        return f"{start} {money(change.size)} {'higher' if change.up else 'lower'}."

    def exceeded(self, budget: BudgetFacts) -> str:  # noqa: D102
        sense = odds(budget.probability).sense
        if sense in ("never", "always"):
            paths = "none" if sense == "never" else "all"
            return f"In {paths} of the computed futures the budget is too low."
        return f"The chance that the budget is too low is {chance(budget.probability)}."

    def covers(self, budget: BudgetFacts) -> str:  # noqa: D102
        sure = percent(100 * budget.certainty)
        told = f"With {sure} certainty {money(budget.covers)} is enough"
        if budget.cushion <= 0:
            return f"{told}, which fits the budget."
        return f"{told}: {money(budget.cushion)} more than budgeted."

    def risk(self, budget: BudgetFacts) -> str:  # noqa: D102
        return f"For the risk paragraph, chance times effect is {money(budget.shortfall)}."
