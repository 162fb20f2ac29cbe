"""The sentences of an explanation in plain Dutch (B1)."""

from __future__ import annotations

from models.dutch import bound, chance, listed, money, percent, period
from models.dutch_figures import DutchFigures
from models.dutch_phrases import (
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
from models.labels import dutch_date
from models.spoken import odds
from models.voice import Band, Change

__all__ = ["Dutch"]

WIDTHS = {"small": "kleine", "ordinary": "gewone", "large": "grote"}
SCOPES = {
    "total": "alle producten samen",
    "wider": "alle producten samen (niet van deze keuze apart)",
    "product": "dit product",
    "district": "dit gebied",
    "series": "dit product in dit gebied",
}


class Dutch(DutchFigures):
    """The Dutch voice; see ``models.voice.Voice``."""

    def known(self) -> str:
        """Say that all of it has happened, so that there is no band."""
        return "Dit cijfer is bekend en heeft dus geen marge."

    def no_band(self) -> str:
        """Say that a band cannot be told."""
        return "Een marge is hier niet te geven."

    def band(self, facts: Facts, band: Band) -> str:
        """Say between what and what, how often, and whether that is wide."""
        low = bound(band.low, facts.measure, facts.unit, bare=True)
        high = bound(band.high, facts.measure, facts.unit)
        if bound(band.high, facts.measure, facts.unit, bare=True) == low:
            return "In acht van de tien gevallen komt het vrijwel op dit cijfer uit."
        told = f"In acht van de tien gevallen komt het uit tussen {low} en {high}"
        if band.percent is None:
            return f"{told}."
        return f"{told}: een {WIDTHS[band.width]} marge, {percent(band.percent)} van het cijfer."

    def error(self, score: Score, told: bool) -> str:
        """Say how far such forecasts were off, and where told how many fell within the band."""
        kind = "eerder jaarcijfer" if score.observations == 1 else "eerdere jaarcijfers"
        start = (
            f"Bij {score.observations} {kind} van {SCOPES[score.scope]} zat de raming er gemiddeld "
            f"{percent(score.error)} naast"
        )
        if not told or score.inside is None:
            return f"{start}."
        many = str(score.inside) if score.inside else "geen enkel"
        many = f"alle {many}" if score.inside == score.observations else many
        return f"{start}; {many} {'viel' if score.inside <= 1 else 'vielen'} binnen de marge."

    def simple(self, error: float, simple_error: float) -> str:
        """Say how far a simple method was off; honest when that was better."""
        mine, other = percent(error), percent(simple_error)
        start = "Een eenvoudige methode (het laatst bekende jaar herhalen)"
        if mine == other:
            return f"{start} deed het even goed."
        if simple_error < error:
            return f"{start} was beter: die zat er {other} naast."
        return f"{start} zat er {other} naast."

    def too_narrow(self) -> str:
        """Say that bands were too narrow before."""
        return "Dat is minder dan 8 op de 10: houd een ruimere marge aan."

    def no_scores(self) -> str:
        """Say that it is not known how good such forecasts were."""
        return "Hoe goed zulke ramingen eerder waren, is niet gemeten."

    def no_earlier(self) -> str:
        """Say that there is no earlier edition."""
        return "Er is geen eerdere editie met een cijfer om mee te vergelijken."

    def not_told_then(self, earlier: Earlier) -> str:
        """Say that an earlier edition cannot be compared with, since a number is too small."""
        day = dutch_date(earlier.as_of)
        return f"Vergelijken met de editie van {day} kan niet: het aantal is te klein."

    def revised(self, facts: Facts, earlier: Earlier, change: Change) -> str:
        """Say what an earlier edition said, and the difference now."""
        verb = "gaf" if earlier.figure.known else "verwachtte"
        average = "gemiddeld " if facts.measure == "clients" else ""
        then = average + thing(facts, earlier.figure.mean or 0.0)
        now = "nu is dat precies" if change.same == "exactly" else "nu is dat vrijwel"
        told = f"{now} gelijk" if change.same else f"nu is dat {difference(facts, change)}"
        return f"De editie van {dutch_date(earlier.as_of)} {verb} {then}; {told}."

    def within_then(self, within: bool) -> str:
        """Say whether the figure lies within the band of then."""
        return f"Het nieuwe cijfer ligt {'binnen' if within else 'buiten'} de marge van toen."

    def anchored(self, facts: Facts, change: Change, year: int) -> str:
        """Say how much of the difference is in a year before the asked ones."""
        way = "hoger" if change.up else "lager"
        return f"Het cijfer van {year} ligt nu {thing(facts, change.size)} {way} dan toen."

    def growth_since(self, facts: Facts, change: Change, year: int) -> str:
        """Say how much of the difference is another development after that year."""
        way = "hoger" if change.up else "lager"
        size = thing(facts, change.size)
        return f"De verwachte ontwikkeling na {year} valt {size} {way} uit dan toen."

    def other_series(self) -> str:
        """Say that the two editions do not count the same series."""
        return (
            "De twee edities tellen niet dezelfde reeksen; dat verklaart een deel van het verschil."
        )

    def held(self, unknown: Unknown) -> str:
        """Name what has no forecast."""
        named = [held_of(one) for one in unknown.held[:MOST_NAMES]]
        more = len(unknown.held) - len(named)
        if more:
            named.append("1 ander product" if more == 1 else f"{more} andere producten")
        return f"Er is geen raming voor {listed(named)}."

    def held_amount(self, facts: Facts, value: float, year: int) -> str:
        """Say how much that was."""
        return f"In {year} ging het daarbij om {thing(facts, value)}."

    def open_months(self, months: int) -> str:
        """Say that the last months are not complete."""
        if months == 1:
            return "De cijfers over de laatste maand zijn nog niet compleet en deels geschat."
        return (
            f"De cijfers over de laatste {months} maanden zijn nog niet compleet en deels geschat."
        )

    def assumed(self, unknown: Unknown) -> str:
        """Say which price indices are assumed."""
        if len(unknown.assumed) > 1:
            names = list(dict.fromkeys(one.series for one in unknown.assumed))
            years = [year for one in unknown.assumed for year in (one.first, one.last)]
            when = period(sorted({min(years), max(years)}))
            index = "is de prijsindex" if len(names) == 1 else "zijn de prijsindexen"
            return f"Voor {when} {index} {listed(names)} aangenomen."
        (one,) = unknown.assumed
        when = period(sorted({one.first, one.last}))
        rise = "prijsstijging" if one.percent >= 0 else "prijsdaling"
        size = percent(abs(one.percent))
        return f"Voor {when} is een {rise} van {size} per jaar aangenomen (index {one.series})."

    def lacking(self, unknown: Unknown) -> str:
        """Say which inputs were not delivered."""
        if set(unknown.lacking) == {"prices"}:
            return "Prijzen en tarieven zijn niet aangeleverd; prijsgroei zit in andere oorzaken."
        if set(unknown.lacking) == {"projection"}:
            return "Een bevolkingsprognose is niet aangeleverd; de bevolking volgt haar trend."
        return (
            "Prijzen, tarieven en een bevolkingsprognose zijn niet aangeleverd; prijsgroei zit in "
            "andere oorzaken."
        )

    def registered(self, unknown: Unknown, forecast: bool) -> str:
        """Say that waiting lists, and in a forecast later policy, are not in it."""
        if not forecast:
            return "Het gaat om geregistreerd gebruik; wachtlijsten tellen niet mee."
        day = dutch_date(unknown.until)
        return f"Wachtlijsten tellen niet mee, en beleid van na {day} ook niet."

    def budgeted(self, budget: BudgetFacts, change: Change) -> str:
        """Say what is budgeted, and how the forecast differs."""
        if change.same is not None:
            how = "precies" if change.same == "exactly" else "vrijwel"
            return f"Begroot is {money(budget.amount)}; de raming is daaraan {how} gelijk."
        way = "hoger" if change.up else "lager"
        return f"Begroot is {money(budget.amount)}; de raming is {money(change.size)} {way}."

    def exceeded(self, budget: BudgetFacts) -> str:
        """Say the chance that it is not enough."""
        sense = odds(budget.probability).sense
        if sense in ("never", "always"):
            paths = "geen van de" if sense == "never" else "alle"
            return f"In {paths} doorgerekende toekomsten is de begroting te laag."
        return f"De kans dat de begroting te laag is, is {chance(budget.probability)}."

    def covers(self, budget: BudgetFacts) -> str:
        """Say what is enough with the chosen certainty."""
        sure = percent(100 * budget.certainty)
        told = f"Met {sure} zekerheid is {money(budget.covers)} genoeg"
        if budget.cushion <= 0:
            return f"{told}, en dat past in de begroting."
        return f"{told}: {money(budget.cushion)} meer dan begroot."

    def risk(self, budget: BudgetFacts) -> str:
        """Say the line of the risk paragraph."""
        return f"Voor de risicoparagraaf is kans maal effect {money(budget.shortfall)}."
