"""Fixed words of reports, in Dutch."""

from __future__ import annotations

from models.dutch import money
from models.labels import dutch_number

UNDERPINNING = "Onderbouwing van de begroting"
COUNCIL = "Raming voor de raad"
ESTIMATE = "Dit is een raming"
DRAFT = "Concept: deze editie is niet goedgekeurd."
SYNTHETIC = "Synthetisch voorbeeld: de cijfers en de gemeente zijn verzonnen."
BAND = (
    "Verwacht is het cijfer dat optelt. In acht van de tien gevallen komt de uitkomst tussen "
    "P10 en P90. Grenzen tellen niet op: de regel over alle jaren heeft een eigen bandbreedte."
)
ENOUGH = (
    "Genoeg met {certainty} zekerheid: het kleinste bedrag waar {certainty} van de doorgerekende "
    "toekomsten binnen blijft."
)
ROUNDED = (
    "Bedragen zijn afgerond op {unit}; daardoor kan een totaal iets afwijken van de som van zijn "
    "delen. De oorzaken en groeilijnen zijn zo afgerond dat ze optellen. De werkmap (XLSX) heeft "
    "de bedragen tot op de cent."
)
NO_CAUSES = "Deze editie splitst de kosten niet uit naar oorzaken."
NO_BUDGET = (
    "Er is geen begroting genoemd. Noem een bewaarde begroting om haar naast de raming te zien."
)
BUDGET_OUTSIDE = "Geen enkele regel van deze begroting valt binnen de gevraagde producten en jaren."
LINES_LEFT = (
    "Buiten de gevraagde producten of jaren: {lines} van deze begroting, hier niet getoond en niet "
    "meegeteld."
)
RISK = (
    "Voor de risicoparagraaf: de kans dat de begroting van {years} wordt overschreden is {chance}. "
    "Gebeurt dat, dan is het tekort gemiddeld {effect}. Kans maal effect is {risk}. Met {cushion} "
    "naast de begroting is er in {certainty} van de gevallen genoeg."
)
SPREAD = (
    "Een buffer per regel zou samen {apart} vragen. Samen is {cushion} genoeg: regels vallen "
    "zelden allemaal tegelijk tegen."
)
NO_SCENARIO = "Er is geen scenario genoemd: dit is de raming bij ongewijzigd beleid."
OTHER_EDITION = (
    "Het scenario is gemaakt op editie {own}; deze onderbouwing rekent het door op editie "
    "{edition}."
)
NOT_CURRENT = "Deze editie is niet de geldende editie van de gemeente."
GROWTH = (
    "Groei van de kosten ten opzichte van {base}, \u00d7 € 1.000. Een minteken is nadelig: meer "
    "lasten. Oorzaken die in een taakveld geen effect hebben, zijn weggelaten. Het plafond "
    "(bestedingsruimte) is beleid en zit niet in deze lijnen."
)
NO_GROWTH = "Deze editie heeft geen groeilijnen voor deze keuze."
NO_SCORES = "Van deze editie is nog niet gemeten hoe goed eerdere ramingen waren."
SCORES = (
    "Nagerekend op jaren waarvan de uitkomst bekend is, met alleen wat toen bekend was. De fout "
    "is de som van de afwijkingen in procenten van de som van de kosten; lager is beter. De "
    "eenvoudige methode herhaalt het laatste bekende jaar. In de band: welk deel van de "
    "uitkomsten binnen P10 en P90 viel; bedoeld is 80 procent."
)
WORSE = "De eenvoudige methode was beter voor: {names}."
TERMS = {
    "Raming": (
        "Schatting van geregistreerd gebruik bij ongewijzigd beleid. Een mens beslist; de raming "
        "stelt geen doel en verdeelt niets."
    ),
    "Verwacht": "Het gemiddelde van alle doorgerekende toekomsten. Verwachte bedragen tellen op.",
    "P10 en P90": (
        "Grenzen: met tien procent kans valt het lager uit dan P10, met tien procent kans hoger "
        "dan P90."
    ),
    "Zekerheid": "Het deel van de doorgerekende toekomsten waarin een bedrag genoeg is.",
    "Risico": "Kans maal effect: het tekort dat gemiddeld over alle toekomsten te verwachten is.",
    "Lopende prijzen": "Euro's van het jaar zelf, dus met prijsstijging erin.",
}
SHEETS = {
    "asked": "Samenvatting",
    "expected": "Verwacht",
    "products": "Producten",
    "causes": "Oorzaken",
    "budget": "Begroting",
    "scenario": "Scenario",
    "growth": "Groeilijnen",
    "scores": "Betrouwbaarheid",
    "unknown": "Niet bekend",
    "terms": "Begrippen",
    "sources": "Bronnen",
}


def percent_text(share: float) -> str:
    """Return a share as a whole percentage, or with a decimal where it has one."""
    value = 100 * share
    decimals = 0 if abs(value - round(value)) < 0.05 else 1  # noqa: PLR2004 - of the last digit
    return f"{dutch_number(value, decimals)}\u00a0%"


def signed(value: float) -> str:
    """Return an amount that is added or taken off, in words."""
    return f"{money(abs(value))} {'lager' if value < 0 else 'hoger'}"


COUNCIL_BUDGET = (
    "{name}, {lines}: begroot is {amount} voor {years}; voor hetzelfde is "
    "{expected} verwacht. De kans dat het begrote bedrag "
    "niet genoeg is: {chance}. Met {enough} is het in {certainty} van de gevallen genoeg."
)
COUNCIL_ESTIMATE = (
    "Dit is een raming bij ongewijzigd beleid, geen besluit. Wachtlijsten en beleid van na de "
    "peildatum zitten er niet in."
)
COUNCIL_SCENARIO = "Met het scenario '{name}' zijn de kosten in {year} naar verwachting {effect}."
COUNCIL_HELD = "Van {products} is er (deels) geen raming; die kosten zitten er niet in."


def counted(count: int, one: str, many: str) -> str:
    """Return how many of something, in words that fit the number."""
    return f"{count} {one if count == 1 else many}"
