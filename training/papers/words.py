"""Dutch words for the codes and sentences of an edition; what is not known stays as it is."""

from __future__ import annotations

import re

from models.labels import MEASURES, PER

STATUS = {
    "draft": "Concept: niemand heeft deze editie goedgekeurd. Zij wordt niet als raming getoond.",
    "approved": "Goedgekeurd en geldig.",
    "expired": "De goedkeuring is verlopen. De cijfers gelden niet meer.",
    "recalled": "Ingetrokken. De cijfers mogen niet meer worden gebruikt.",
}
REGISTER_STATUS = {
    "draft": "In ontwikkeling",
    "approved": "In gebruik",
    "expired": "Buiten gebruik",
    "recalled": "Buiten gebruik",
}
OUTCOMES = {
    "fitted": ("geraamd", "een eigen raming, uit de eigen cijfers en die van product en gemeente"),
    "pooled": ("geleend", "te weinig eigen cijfers: vooral geraamd met die van het product"),
    "spread": ("verdeeld", "bekend voor de gemeente als geheel, en over de wijken verdeeld"),
    "fell_back": ("teruggevallen", "een eenvoudige methode, omdat de andere niet konden"),
    "held": ("niet geraamd", "telt alleen in het verleden mee, met de reden erbij"),
}
VERDICTS = {
    "passed": "geslaagd",
    "failed": "niet geslaagd",
    "undecided": "niet te beoordelen: er was te weinig verleden om op te toetsen",
}
CHECKS = {
    "no worse than the seasonal naive": "niet slechter dan de eenvoudige methode",
    "the 80 % band covers 80 %": "de band van 80 procent klopt",
    "sums add up": "sommen tellen op",
    "input: held": "deel van de cijfers zonder raming",
    "input: fell back": "deel dat alleen eenvoudig geraamd is",
    "input: missing": "deel van de laatste cijfers dat ontbreekt",
    "input: unexplained breaks": "deel van de reeksen met een breuk zonder verklaring",
    "members are known": "methoden die niet in het register van methoden staan",
    "an owner is named": "er is een eigenaar",
    "input was not recalled": "ingetrokken invoer",
}
LIMITS = {"a name": "een naam"}
BASELINES = {"seasonal naive": "zelfde maand van vorig jaar"}
MEMBERS = {
    "last year": "niveau van het laatste jaar",
    "seasonal naive": "zelfde maand van vorig jaar",
    "AutoETS": "exponentiële afvlakking (AutoETS)",
    "damped ETS": "exponentiële afvlakking met een trend die afvlakt (damped ETS)",
    "AutoTheta": "Theta-methode (AutoTheta)",
    "AutoARIMA": "ARIMA-model (AutoARIMA)",
    "Prophet": "trend en seizoen met overgangen (Prophet)",
}
EVENTS = {
    "approved": "goedgekeurd",
    "recalled": "ingetrokken",
    "scored": "getoetst aan de uitkomsten",
    "tracked": "vastgelegd in MLflow",
    "scores-tracked": "toetsing vastgelegd in MLflow",
    "tracking-pending": "nog vast te leggen in MLflow",
}
COURSE = {
    "on_track": "De raming ligt op koers.",
    "off_track": "De raming is uit de koers.",
}
POLICY = {"level": "niveau", "slope": "verloop", "outlier": "uitschieter"}
BREAKS = {
    "supply gap": "gat in de aanlevering",
    "recoding": "andere code",
    "level": "sprong in niveau",
    "spike": "uitschieter",
}
ACTIONS = {"reported": "gemeld", "bridged": "overbrugd", "held": "niet geraamd"}
BASES = {
    "published": "gepubliceerd",
    "assumed": "aanname",
    "provisional": "voorlopig",
    "stated": "opgegeven",
}
_SENTENCES = (
    (r"forecast = none(.*)", r"wordt niet geraamd\1"),
    (r"no figures any more at the end of the data(.*)", r"geen cijfers meer aan het eind\1"),
    (r"supply gap suspected(.*)", r"vermoedelijk een gat in de aanlevering\1"),
    (
        r"unchanged law and unchanged municipal execution.*",
        "De wet en de uitvoering door de gemeente blijven zoals ze zijn (beleidsarm).",
    ),
    (
        r"registered use is forecast.*",
        "Geraamd wordt geregistreerd gebruik; wachtlijsten en tekort aan aanbod blijven erin.",
    ),
    (r"(\w+): every row says from when it was known", r"\1: van elke rij is bekend sinds wanneer."),
    (
        r"(\w+): (\d+) of (\d+) rows have no known_from and count as known (.*)",
        r"\1: van \2 van de \3 rijen is niet bekend sinds wanneer; zij gelden als bekend: \4.",
    ),
    (
        r"(\w+) by (\w+): the last (\d+) periods are still being declared.*",
        r"\1 by \2: de laatste \3 perioden worden nog gedeclareerd; zij zijn geraamd.",
    ),
    (
        r"population: projection of vintage (\w+), chained to the last count",
        r"Bevolking: prognose van uitgave \1, aangesloten op de laatste telling.",
    ),
    (
        r"population: the paths differ in it by ([\d.]+) % \(standard deviation\) one year ahead",
        r"Bevolking: de toekomsten lopen na een jaar \1 procent uiteen (standaardafwijking).",
    ),
    (
        r"Index (\w+) of ([\d-]+): ([\d.-]+) % a year \(standard deviation ([\d.]+) points\) is "
        r"assumed, the mean of index \w+ over ([\d-]+).*",
        r"Index \1 van \2: aangenomen is \3 procent per jaar (standaardafwijking \4 punten), het "
        r"gemiddelde van \5.",
    ),
    (r"no tariffs or prices were delivered.*", "Er zijn geen tarieven of prijzen aangeleverd."),
    (r"is below zero: taken as a credit or correction", "onder nul: gelezen als correctie"),
    (
        r"the ceiling of product … in … for … is EUR … in all, below the EUR … that was already "
        r"declared",
        "het plafond van een toewijzing is lager dan wat al gedeclareerd is",
    ),
)
_FOUND = tuple((re.compile(pattern), dutch) for pattern, dutch in _SENTENCES)
_WITHIN = (
    (r"gelden als bekend: always\.", "zijn altijd bekend."),
    (r"bekend: on their date\.", "bekend op hun datum."),
    (r"bekend: at the end of their \w+\.", "bekend aan het eind van hun periode."),
    *((rf"^{code} by ", f"{name} ") for code, name in MEASURES.items()),
    *((rf" {code}: ", f" {name}: ") for code, name in PER.items()),
    (r"(\d)\.(\d)", r"\1,\2"),
)


def in_dutch(sentence: str) -> str:
    """Return a known sentence of an edition in Dutch; another one stays as it is, in English."""
    for pattern, dutch in _FOUND:
        found = pattern.fullmatch(sentence)
        if found:
            return _ended(found.expand(dutch))
    return sentence


def _ended(sentence: str) -> str:
    """Return a sentence with the words and figures within it in Dutch too."""
    for english, dutch in _WITHIN:
        sentence = re.sub(english, dutch, sentence)
    return sentence
