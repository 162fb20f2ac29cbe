"""The files of a delivery that surround use: people, policy, money and provenance."""

from __future__ import annotations

from dataclasses import replace

from models.contract_shape import Column, DataFile, Kind
from models.contract_use import COST, DISTRICT, KNOWN_FROM, MUNICIPALITY, PRODUCT

YEAR = Column(
    "year",
    Kind.YEAR,
    "calendar year, four digits",
    "Kalenderjaar, vier cijfers.",
    "2023",
    required=True,
)
AGE_FROM = Column(
    "age_from",
    Kind.AGE,
    "youngest age of the band, inclusive",
    "Jongste leeftijd van de groep, tot en met.",
    "0",
    required=True,
)
AGE_TO = Column(
    "age_to",
    Kind.AGE,
    "oldest age of the band, inclusive, not below age_from; bands do not overlap",
    "Oudste leeftijd van de groep, tot en met. Groepen mogen niet overlappen.",
    "17",
    required=True,
)
SEX = Column(
    "sex",
    Kind.CHOICE,
    "m (man), v (vrouw) or all; empty = all; never all beside m and v",
    "Geslacht: m, v of all (samen). Leeg betekent samen.",
    "all",
    allowed=("all", "m", "v"),
    default="all",
)

POPULATION = DataFile(
    "population",
    "Inhabitants on 1 January per district and age band, observed and projected.",
    "Inwoners op 1 januari per wijk en leeftijdsgroep, geteld en geraamd.",
    (
        MUNICIPALITY,
        DISTRICT,
        YEAR,
        AGE_FROM,
        AGE_TO,
        Column(
            "persons",
            Kind.NUMBER,
            "number of inhabitants, zero or more",
            "Aantal inwoners.",
            "1840",
            required=True,
        ),
        SEX,
        Column(
            "kind",
            Kind.CHOICE,
            "counted or projected; empty = observed",
            "Geteld (observed) of geraamd (projected). Leeg betekent geteld.",
            "observed",
            allowed=("observed", "projected"),
            default="observed",
        ),
        Column(
            "vintage",
            Kind.TEXT,
            "edition of a projection, a year or date where possible",
            "Uitgave van de raming, liefst een jaar of datum.",
            "2022",
        ),
        KNOWN_FROM,
    ),
    key=(
        "municipality",
        "district",
        "year",
        "age_from",
        "age_to",
        "sex",
        "kind",
        "vintage",
        "known_from",
    ),
    known="on 31 December of their year; a projection at the end of the year, month or day that "
    "its vintage names, or always where it names none",
)

AGE_PROFILE = DataFile(
    "age_profile",
    "Use or cost per head by age. A documented default stands in when it is absent.",
    "Gebruik of kosten per inwoner naar leeftijd. Zonder dit bestand geldt een landelijk profiel.",
    (
        PRODUCT,
        AGE_FROM,
        AGE_TO,
        SEX,
        Column(
            "use_per_1000",
            Kind.NUMBER,
            "clients per 1,000 inhabitants of the band, zero or more",
            "Aantal cliënten per 1.000 inwoners van de groep.",
            "12.4",
        ),
        Column(
            "cost_per_head_eur",
            Kind.NUMBER,
            "euros per inhabitant of the band and year, zero or more",
            "Euro's per inwoner van de groep per jaar.",
            "943.20",
        ),
        KNOWN_FROM,
    ),
    key=("product", "age_from", "age_to", "sex", "known_from"),
    known="always",
    one_of=("use_per_1000", "cost_per_head_eur"),
)

POLICY_EVENTS = DataFile(
    "policy_events",
    "Dated changes of law, execution or registration that bend the series.",
    "Wijzigingen in wet, uitvoering of registratie die in de cijfers te zien zijn.",
    (
        Column(
            "date",
            Kind.DATE,
            "the day it takes effect (YYYY-MM-DD)",
            "De dag waarop de wijziging ingaat (jjjj-mm-dd).",
            "2020-01-01",
            required=True,
        ),
        Column(
            "kind",
            Kind.CHOICE,
            "a jump, a bend, or a passing disturbance",
            "Een sprong (level), een knik (slope) of een tijdelijke verstoring (outlier).",
            "level",
            required=True,
            allowed=("level", "slope", "outlier"),
        ),
        replace(PRODUCT, required=False, rule="the product it touches; empty = all products"),
        Column("note", Kind.TEXT, "what happened", "Wat er is gebeurd.", "Abonnementstarief"),
        KNOWN_FROM,
    ),
    key=("date", "kind", "product", "known_from"),
    known="on their date",
)

BUDGET = DataFile(
    "budget",
    "Adopted budgets, per municipality, product or task field.",
    "Vastgestelde begrotingen, per gemeente, product of taakveld.",
    (
        MUNICIPALITY,
        YEAR,
        replace(
            COST,
            name="amount_eur",
            rule="euros with at most two decimals; below zero is accepted and flagged",
            explanation="Begroot bedrag in euro's.",
            example="25000000.00",
            required=True,
        ),
        replace(PRODUCT, required=False, rule="the product; empty = not per product"),
        Column("taakveld", Kind.CODE, "Iv3 task field", "Taakveld volgens Iv3.", "6.711"),
        Column(
            "version",
            Kind.TEXT,
            "which budget, for example adopted or amended",
            "Welke begroting, bijvoorbeeld primitief of na wijziging.",
            "primitief",
        ),
        KNOWN_FROM,
    ),
    key=("municipality", "year", "product", "taakveld", "version", "known_from"),
    known="on 1 November of the year before",
)

PROVENANCE = DataFile(
    "provenance",
    "Where each file came from; travels into the edition.",
    "Waar elk bestand vandaan komt; gaat mee met de raming.",
    (
        Column(
            "file",
            Kind.CODE,
            "name of a file of this delivery",
            "Naam van een bestand uit deze levering.",
            "care_use.csv",
            required=True,
        ),
        Column("source", Kind.TEXT, "who made it, from what", "Bron.", "Declaraties iWmo"),
        Column(
            "vintage", Kind.TEXT, "edition or date of the source", "Uitgave van de bron.", "2024-01"
        ),
        Column("retrieved", Kind.DATE, "day it was fetched", "Dag van ophalen.", "2024-01-15"),
        Column("owner", Kind.TEXT, "who answers for it", "Eigenaar.", "Afdeling Financiën"),
        Column("legal_basis", Kind.TEXT, "legal basis", "Grondslag.", "Wmo 2015, artikel 5.1.1"),
        Column("purpose", Kind.TEXT, "purpose of use", "Doel.", "Begroting 2025-2028"),
        KNOWN_FROM,
    ),
    key=("file", "source", "known_from"),
    known="always",
)
