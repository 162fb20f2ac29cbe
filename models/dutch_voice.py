"""The sentences of an explanation in plain Dutch (B1)."""

from __future__ import annotations

from collections.abc import Sequence

from models.dutch import bound, chance, is_single, listed, money, percent, period
from models.dutch_phrases import (
    CAUSES,
    MOST_NAMES,
    NO_CAUSES,
    bare,
    causes_of,
    difference,
    held_of,
    nothing_of,
    subject_of,
    thing,
    together,
    with_products,
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
from models.labels import dutch_date
from models.spoken import odds
from models.voice import Band, Change, Key

__all__ = ["Dutch"]

HEADINGS: dict[Key, str] = {
    "what": "Wat",
    "why": "Waarom",
    "certainty": "Hoe zeker",
    "changes": "Wat is er veranderd",
    "unknown": "Wat we niet weten",
    "budget": "Begroting",
}
WIDTHS = {"small": "kleine", "ordinary": "gewone", "large": "grote"}
SCOPES = {
    "total": "alle producten samen",
    "wider": "alle producten samen (niet van deze keuze apart)",
    "product": "dit product",
    "district": "dit gebied",
    "series": "dit product in dit gebied",
}


class Dutch:
    """The Dutch voice; see ``models.voice.Voice``."""

    def heading(self, key: Key) -> str:  # noqa: D102 - as the protocol, here and below
        return HEADINGS[key]

    def no_figure(self, facts: Facts) -> str:  # noqa: D102
        told = f"Deze editie heeft geen cijfer voor {period(facts.years)}"
        reach = facts.reach
        if not reach or reach[0] <= facts.years[0] <= facts.years[-1] <= reach[-1]:
            return f"{told}."
        return f"{told}; ze loopt van {reach[0]} tot en met {reach[-1]}."

    def hidden(self) -> str:  # noqa: D102
        return "Dit aantal is te klein om te noemen; zo zijn mensen niet te herkennen."

    def rounded(self) -> str:  # noqa: D102
        return "De cijfers zijn afgerond om kleine aantallen te beschermen."

    def level(self, facts: Facts, figure: Figure) -> str:  # noqa: D102
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

    def course(self, facts: Facts, first: Figure, last: Figure, change: Change) -> str:  # noqa: D102
        if change.same is not None:
            return "Van jaar tot jaar verandert dat nauwelijks."
        way = "op" if change.up else "af"
        low, high = (bare(facts, figure.mean or 0.0) for figure in (first, last))
        return f"Dat loopt {way} van {low} in {facts.years[0]} naar {high} in {facts.years[-1]}."

    def change(self, facts: Facts, change: Change, base_year: int, pace: float | None) -> str:  # noqa: D102
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

    def base(self, facts: Facts, compared: Compared) -> str:  # noqa: D102
        value = bare(facts, compared.figure.mean or 0.0)
        average = "gemiddeld " if facts.measure == "clients" else ""
        without = ", zonder wat niet geraamd wordt" if compared.like else ""
        if compared.figure.known:
            subject = f"het aantal {average}" if average else "het "
            return f"In {compared.year} was {subject}{value}{without}."
        told = f"Voor {compared.year} is de verwachting {average}{value}{without}"
        return f"{told}; dat jaar is nog niet helemaal bekend."

    def not_compared(self, year: int, hidden: bool) -> str:  # noqa: D102
        if hidden:
            return f"Vergelijken met {year} kan niet: dat aantal is te klein om te noemen."
        return f"Vergelijken met {year} zou scheef zijn: een deel daarvan wordt niet geraamd."

    def no_causes(self, why: NoCauses) -> str:  # noqa: D102
        return NO_CAUSES[why]

    def causes(self, facts: Facts, named: Sequence[Cause], up: bool) -> str:  # noqa: D102
        whole = "stijging" if up else "daling"
        return f"De {whole} komt vooral door {causes_of(facts, named)}."

    def against(self, facts: Facts, named: Sequence[Cause]) -> str:  # noqa: D102
        return f"Een deel daarvan valt weg door {causes_of(facts, named)}."

    def balance(self, facts: Facts, up: Sequence[Cause], down: Sequence[Cause]) -> str:  # noqa: D102
        ways = ((up, "omhoog"), (down, "omlaag"))
        told = " en ".join(f"{way} door {causes_of(facts, part)}" for part, way in ways if part)
        return f"Het cijfer blijft vrijwel gelijk: het gaat {told}."

    def rest(self, facts: Facts, size: float, up: bool, small: bool) -> str:  # noqa: D102
        if small:
            return "De andere oorzaken samen maken vrijwel geen verschil."
        more = "meer" if up else "minder"
        return f"De andere oorzaken samen zorgen voor {thing(facts, size)} {more}."

    def unsure_causes(self, causes: Sequence[Cause]) -> str:  # noqa: D102
        return (
            f"Bij {listed([CAUSES[one.code][2] for one in causes])} kan het ook andersom uitvallen."
        )

    def known(self) -> str:  # noqa: D102
        return "Dit cijfer is bekend en heeft dus geen marge."

    def no_band(self) -> str:  # noqa: D102
        return "Een marge is hier niet te geven."

    def band(self, facts: Facts, band: Band) -> str:  # noqa: D102
        low = bound(band.low, facts.measure, facts.unit, bare=True)
        high = bound(band.high, facts.measure, facts.unit)
        if bound(band.high, facts.measure, facts.unit, bare=True) == low:
            return "In acht van de tien gevallen komt het vrijwel op dit cijfer uit."
        told = f"In acht van de tien gevallen komt het uit tussen {low} en {high}"
        if band.percent is None:
            return f"{told}."
        return f"{told}: een {WIDTHS[band.width]} marge, {percent(band.percent)} van het cijfer."

    def error(self, score: Score, told: bool) -> str:  # noqa: D102
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

    def simple(self, error: float, simple_error: float) -> str:  # noqa: D102
        mine, other = percent(error), percent(simple_error)
        start = "Een eenvoudige methode (het laatst bekende jaar herhalen)"
        if mine == other:
            return f"{start} deed het even goed."
        if simple_error < error:
            return f"{start} was beter: die zat er {other} naast."
        return f"{start} zat er {other} naast."

    def too_narrow(self) -> str:  # noqa: D102
        return "Dat is minder dan 8 op de 10: houd een ruimere marge aan."

    def no_scores(self) -> str:  # noqa: D102
        return "Hoe goed zulke ramingen eerder waren, is niet gemeten."

    def no_earlier(self) -> str:  # noqa: D102
        return "Er is geen eerdere editie met een cijfer om mee te vergelijken."

    def not_told_then(self, earlier: Earlier) -> str:  # noqa: D102
        day = dutch_date(earlier.as_of)
        return f"Vergelijken met de editie van {day} kan niet: het aantal is te klein."

    def revised(self, facts: Facts, earlier: Earlier, change: Change) -> str:  # noqa: D102
        verb = "gaf" if earlier.figure.known else "verwachtte"
        average = "gemiddeld " if facts.measure == "clients" else ""
        then = average + thing(facts, earlier.figure.mean or 0.0)
        now = "nu is dat precies" if change.same == "exactly" else "nu is dat vrijwel"
        told = f"{now} gelijk" if change.same else f"nu is dat {difference(facts, change)}"
        return f"De editie van {dutch_date(earlier.as_of)} {verb} {then}; {told}."

    def within_then(self, within: bool) -> str:  # noqa: D102
        return f"Het nieuwe cijfer ligt {'binnen' if within else 'buiten'} de marge van toen."

    def anchored(self, facts: Facts, change: Change, year: int) -> str:  # noqa: D102
        way = "hoger" if change.up else "lager"
        return f"Het cijfer van {year} ligt nu {thing(facts, change.size)} {way} dan toen."

    def growth_since(self, facts: Facts, change: Change, year: int) -> str:  # noqa: D102
        way = "hoger" if change.up else "lager"
        size = thing(facts, change.size)
        return f"De verwachte ontwikkeling na {year} valt {size} {way} uit dan toen."

    def other_series(self) -> str:  # noqa: D102
        return (
            "De twee edities tellen niet dezelfde reeksen; dat verklaart een deel van het verschil."
        )

    def held(self, unknown: Unknown) -> str:  # noqa: D102
        named = [held_of(one) for one in unknown.held[:MOST_NAMES]]
        more = len(unknown.held) - len(named)
        if more:
            named.append("1 ander product" if more == 1 else f"{more} andere producten")
        return f"Er is geen raming voor {listed(named)}."

    def held_amount(self, facts: Facts, value: float, year: int) -> str:  # noqa: D102
        return f"In {year} ging het daarbij om {thing(facts, value)}."

    def open_months(self, months: int) -> str:  # noqa: D102
        if months == 1:
            return "De cijfers over de laatste maand zijn nog niet compleet en deels geschat."
        return (
            f"De cijfers over de laatste {months} maanden zijn nog niet compleet en deels geschat."
        )

    def assumed(self, unknown: Unknown) -> str:  # noqa: D102
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

    def lacking(self, unknown: Unknown) -> str:  # noqa: D102
        if set(unknown.lacking) == {"prices"}:
            return "Prijzen en tarieven zijn niet aangeleverd; prijsgroei zit in andere oorzaken."
        if set(unknown.lacking) == {"projection"}:
            return "Een bevolkingsprognose is niet aangeleverd; de bevolking volgt haar trend."
        return (
            "Prijzen, tarieven en een bevolkingsprognose zijn niet aangeleverd; prijsgroei zit in "
            "andere oorzaken."
        )

    def registered(self, unknown: Unknown, forecast: bool) -> str:  # noqa: D102
        if not forecast:
            return "Het gaat om geregistreerd gebruik; wachtlijsten tellen niet mee."
        day = dutch_date(unknown.until)
        return f"Wachtlijsten tellen niet mee, en beleid van na {day} ook niet."

    def budgeted(self, budget: BudgetFacts, change: Change) -> str:  # noqa: D102
        if change.same is not None:
            how = "precies" if change.same == "exactly" else "vrijwel"
            return f"Begroot is {money(budget.amount)}; de raming is daaraan {how} gelijk."
        way = "hoger" if change.up else "lager"
        return f"Begroot is {money(budget.amount)}; de raming is {money(change.size)} {way}."

    def exceeded(self, budget: BudgetFacts) -> str:  # noqa: D102
        sense = odds(budget.probability).sense
        if sense in ("never", "always"):
            paths = "geen van de" if sense == "never" else "alle"
            return f"In {paths} doorgerekende toekomsten is de begroting te laag."
        return f"De kans dat de begroting te laag is, is {chance(budget.probability)}."

    def covers(self, budget: BudgetFacts) -> str:  # noqa: D102
        sure = percent(100 * budget.certainty)
        told = f"Met {sure} zekerheid is {money(budget.covers)} genoeg"
        if budget.cushion <= 0:
            return f"{told}, en dat past in de begroting."
        return f"{told}: {money(budget.cushion)} meer dan begroot."

    def risk(self, budget: BudgetFacts) -> str:  # noqa: D102
        return f"Voor de risicoparagraaf is kans maal effect {money(budget.shortfall)}."
