"""Sentences that an edition holds in English, said in Dutch: assumptions, warnings, reasons.

Each template is the whole of one sentence as the method writes it. What no template knows is given
back as None: whoever shows it says that it is English. A test holds the templates against what
editions really say.
"""

from __future__ import annotations

import re

from models.labels import MEASURES, PER, dutch_number

__all__ = ["in_dutch", "reason_in_dutch", "rule_in_dutch"]

_KNOWN = {
    "always": "zij gelden altijd als bekend",
    "on their date": "zij gelden als bekend op hun datum",
}
_POPULATION = r"population: (.+?)( \([^()]*\))?"
_ASSUMPTIONS = (
    (
        r"unchanged law and unchanged municipal execution \(policy-poor baseline\)",
        "De wet en de uitvoering door de gemeente blijven zoals zij zijn (beleidsarm).",
    ),
    (
        r"registered use is forecast: waiting lists and limits of supply are not modelled away",
        "Geraamd wordt geregistreerd gebruik: wie wacht telt niet mee, en tekort aan aanbod is er "
        "niet uit gerekend.",
    ),
    (r"(\w+): every row says from when it was known", r"\1: van elke rij staat er sinds wanneer."),
    (
        r"(\w+): (\d+) of (\d+) rows have no known_from and count as known (.+)",
        r"\1: bij \2 van de \3 rijen staat niet sinds wanneer zij bekend zijn; {known}.",
    ),
    (
        r"no tariffs or prices were delivered: .+",
        "Er zijn geen tarieven of prijzen aangeleverd: kosten zijn in euro's zoals geboekt, en wat "
        "prijzen deden telt als volume per cliënt, of als gebruik waar cliënten niet bekend zijn.",
    ),
    (
        r"(\w+) by (\w+): the last (\d+) periods are still being declared; they are forecast, not "
        r"fitted",
        r"{measure} {per}: de laatste \3 perioden worden nog gedeclareerd; zij zijn geraamd.",
    ),
    (
        r"(\w+) by (\w+): most series do not report the last (\d+) periods yet; .+",
        r"{measure} {per}: de meeste reeksen hebben de laatste \3 perioden nog niet; het model is "
        r"op de tijd daarvóór gemaakt, cijfers die er al zijn blijven staan.",
    ),
    (
        r"population: the paths differ in it by (\S+) % \(standard deviation\) one year ahead",
        r"Bevolking: de doorgerekende toekomsten verschillen er na een jaar \1 % in "
        r"(standaardafwijking).",
    ),
    (
        r"Index (.+) of (\d+): (\S+) % \(standard deviation (\S+) points\) is assumed as delivered "
        r"in prices\.",
        r"Index \1 van \2: \3 % (standaardafwijking \4 punten) is aangenomen, zoals aangeleverd.",
    ),
    (
        r"Index (.+) of (.+): (\S+) % a year \(standard deviation (\S+) points\) is assumed, the "
        r"mean of index (.+) over (.+); a row of prices with status assumed replaces it\.",
        r"Index \1 van \2: \3 % per jaar (standaardafwijking \4 punten) is aangenomen, het "
        r"gemiddelde van index \5 over \6. Een rij van prices met status assumed vervangt dat.",
    ),
    (
        r"Index (.+) of (.+): (\S+) % a year \(standard deviation (\S+) points\) is assumed, as "
        r"delivered for (\d+); a row of prices with status assumed replaces it\.",
        r"Index \1 van \2: \3 % per jaar (standaardafwijking \4 punten) is aangenomen, zoals "
        r"aangeleverd voor \5. Een rij van prices met status assumed vervangt dat.",
    ),
    (
        r"Index (.+), which (.+) follow\(s\), has no figure that was known: the index for "
        r"providers stands in\.",
        r"Van index \1, die \2 volgt, was geen cijfer bekend: de index voor aanbieders staat "
        r"ervoor in de plaats.",
    ),
    (
        r"Index (.+) is not known before (\d+): prices of earlier years without a tariff count as "
        r"unchanged\.",
        r"Index \1 is niet bekend vóór \2: prijzen van eerdere jaren zonder tarief gelden als "
        r"gelijk gebleven.",
    ),
    (
        r"No index is known that could carry on the tariffs of (.+): their last price counts as "
        r"unchanged\.",
        r"Er is geen index bekend om de tarieven van \1 door te trekken: hun laatste prijs blijft "
        r"gelijk.",
    ),
)
_OF_POPULATION = (
    (r"projection of (.+), chained to the last count", r"prognose \1, aangesloten op de telling"),
    (
        r"municipal projection of (.+) applied to the districts, per age",
        r"gemeentelijke prognose \1, per leeftijd toegepast op de wijken",
    ),
    (
        r"no projection beyond the last count: each age band follows a damped trend",
        "geen prognose na de laatste telling: elke leeftijdsgroep volgt een afvlakkende trend",
    ),
    (
        r"none delivered, use per inhabitant cannot be separated",
        "niet aangeleverd; gebruik per inwoner is niet te onderscheiden",
    ),
    (
        r"districts without rows of their own follow their municipality",
        "wijken zonder eigen cijfers volgen hun gemeente",
    ),
)
_RULES = (
    (
        r"is below zero: taken as a credit or correction",
        "is lager dan nul: gelezen als creditering of correctie",
    ),
    (
        r"the ceiling of product '?(.+?)'? in (.+) for (.+) is EUR (\S+) in all, below the EUR "
        r"(\S+) that was already declared",
        r"het plafond van product \1 in \2 voor \3 is samen € \4, lager dan de € \5 die al "
        r"gedeclareerd is",
    ),
    (
        r"product '?(.+?)'? costs (\S+) per unit of volume in (\S+), .+",
        r"product \1 kost \2 per eenheid in \3, ver van zijn tarief: zijn het centen in plaats van "
        r"euro's, of een andere eenheid?",
    ),
    (
        r"product '?(.+?)'? has one period only, so its frequency is not certain; it is taken as "
        r"(.+)",
        r"product \1 heeft maar één periode; de frequentie is daarom niet zeker",
    ),
    (
        r"series (.+) lacks (.+); a period that is not delivered stays unknown and is never "
        r"filled in",
        r"reeks \1 mist \2; wat niet is aangeleverd blijft onbekend en wordt nooit ingevuld",
    ),
    (
        r"is a day before the period begins: use cannot be known by then",
        "is een dag vóór de periode begint: gebruik kan dan niet bekend zijn",
    ),
    (r"is no category of iWmo \(.+", "is geen categorie van iWmo of iJw"),
    (
        r"is a change of more than (\S+) percent in one year; .+",
        r"is een verandering van meer dan \1 procent in één jaar; geef de verandering, niet de "
        r"stand",
    ),
    (r"the product has no rows in care_use(.*)", r"het product heeft geen rijen in care_use\1"),
    (r"the municipality is not in care_use(.*)", r"de gemeente staat niet in care_use\1"),
    (r"is no file of a delivery(.*)", r"is geen bestand van een aanlevering\1"),
)
# How the reason of an outcome begins; what a delivery gave as reason itself stands behind it.
_REASONS = {
    "forecast = none": "wordt niet geraamd",
    "no figures any more at the end of the data": "geen cijfers meer aan het eind van de gegevens",
    "supply gap suspected": "vermoedelijk een gat in de aanlevering",
}
_PLACE = re.compile(r"(?P<file>[^,:]+)(?:, row (?P<row>\d+))?(?:, column (?P<column>\w+))?")


def in_dutch(sentence: str) -> str | None:
    """Return a sentence of an edition in Dutch; None where it is not a known one.

    Args:
        sentence: an assumption of the manifest, or a warning of the delivery with its place.
    """
    about = re.fullmatch(_POPULATION, sentence)
    of_people = about and _known(_OF_POPULATION, about[1])
    if about and of_people:
        return _with_commas(f"Bevolking: {_vintage(of_people)}{about[2] or ''}.")
    for pattern, dutch in _ASSUMPTIONS:
        found = re.fullmatch(pattern, sentence)
        if found:
            return _with_commas(_filled(found, found.expand(dutch)))
    return _warning(sentence)


def rule_in_dutch(rule: str) -> str | None:
    """Return what a warning says, without its place, in Dutch; None where it is not known."""
    return _known(_RULES, rule)


def reason_in_dutch(reason: str) -> str:
    """Return the reason of an outcome with its beginning in Dutch; another one stays as it is."""
    for english, dutch in _REASONS.items():
        if reason.startswith(english):
            return dutch + reason.removeprefix(english)
    return reason


def _known(templates: tuple[tuple[str, str], ...], sentence: str) -> str | None:
    for pattern, dutch in templates:
        found = re.fullmatch(pattern, sentence)
        if found:
            return found.expand(dutch)
    return None


def _filled(found: re.Match[str], dutch: str) -> str:
    """Fill in what is a word of its own: when rows are known, a measure, a frequency."""
    if "{known}" in dutch:
        since = _KNOWN.get(found[4], "zij gelden als bekend aan het eind van hun periode")
        return dutch.replace("{known}", since)
    if "{measure}" in dutch:
        measure, per = MEASURES.get(found[1], found[1]), PER.get(found[2], found[2])
        return dutch.replace("{measure}", measure).replace("{per}", per)
    return dutch


def _vintage(sentence: str) -> str:
    unnamed = sentence.replace("an unnamed vintage", "zonder jaartal")
    return re.sub(r"\bvintage\b", "van", unnamed)


def _warning(sentence: str) -> str | None:
    """Return a warning with its place, such as ``care_use.csv, row 3, column cost_eur: …``."""
    place, _, rest = sentence.partition(": ")
    value = re.match(r"'(.*?)': ", rest)
    rule = _known(_RULES, rest[value.end() :] if value else rest)
    where = _PLACE.fullmatch(place)
    if rule is None or where is None:
        return None
    told = [where["file"]]
    told += [f"rij {where['row']}"] if where["row"] else []
    told += [f"kolom {where['column']}"] if where["column"] else []
    shown = f" {value[1]}" if value else ""
    return f"{', '.join(told)}:{shown} {rule}."


def _with_commas(sentence: str) -> str:
    """Return a sentence with its figures as they are written in Dutch."""

    def written(found: re.Match[str]) -> str:
        return dutch_number(float(found[0]), len(found[0].partition(".")[2]))

    return re.sub(r"-?\d+\.\d+(?= (?:%|punten))", written, sentence)
