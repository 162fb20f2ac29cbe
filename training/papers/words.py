"""Dutch words for the codes of an edition; what is not known stays as it is."""

from __future__ import annotations

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
