"""The files of a delivery that say what care costs: indices and tariffs."""

from __future__ import annotations

from models.contract_context import YEAR
from models.contract_shape import Column, DataFile, Kind, Negative
from models.contract_use import KNOWN_FROM, PRODUCT

ASSUMED = ("assumed", "aanname")  # a price index that somebody expects

PRICES = DataFile(
    "prices",
    "Price indices: percent change on the year before, published or assumed.",
    "Prijsindexen: verandering in procenten op het jaar ervoor, gepubliceerd of aangenomen.",
    (
        Column(
            "series",
            Kind.CODE,
            "OVA, PPC, VNG (the published index for providers), or the name of a contract",
            "OVA, PPC, VNG (de gepubliceerde index voor aanbieders) of de naam van een contract.",
            "OVA",
            required=True,
        ),
        YEAR,
        Column(
            "index_pct",
            Kind.NUMBER,
            "percent change on the year before (4.74, not 104.74)",
            "Verandering in procenten: 4.74 en dus niet 104.74.",
            "4.74",
            required=True,
            negative=Negative.FINE,
        ),
        Column(
            "status",
            Kind.CHOICE,
            "provisional, definitive, or assumed (expected, until one of the others is known); "
            "empty = not stated",
            "Voorlopig (provisional), definitief (definitive) of aanname (assumed): een "
            "verwachting, die geldt zolang er geen gepubliceerd cijfer is.",
            "definitive",
            allowed=("provisional", "definitive", "voorlopig", "definitief", *ASSUMED),
        ),
        Column(
            "spread_pct",
            Kind.NUMBER,
            "standard deviation of an assumed index_pct, in points, zero or more; empty = as the "
            "index varied in the last five known years",
            "Hoe onzeker een aanname is: de standaardafwijking, in procentpunten.",
            "",
        ),
        KNOWN_FROM,
    ),
    key=("series", "year", "status", "known_from"),
    known="on 1 January of their year, a definitive one on 31 December, an assumed one always",
)

TARIFFS = DataFile(
    "tariffs",
    "Price per unit of a product, dated.",
    "Tarief per eenheid van een product, met de datum waarop het ingaat.",
    (
        PRODUCT,
        Column(
            "valid_from",
            Kind.DATE,
            "first day of the tariff (YYYY-MM-DD)",
            "Eerste dag waarop het tarief geldt (jjjj-mm-dd).",
            "2023-01-01",
            required=True,
        ),
        Column(
            "unit",
            Kind.TEXT,
            "unit it is paid for",
            "Eenheid waarvoor het geldt.",
            "uur",
            required=True,
        ),
        Column(
            "eur_per_unit",
            Kind.NUMBER,
            "euros per unit, zero or more",
            "Euro's per eenheid.",
            "31.20",
            required=True,
        ),
        Column(
            "valid_to",
            Kind.DATE,
            "last day of the tariff, inclusive; empty = until the next one; tariffs of one unit "
            "follow each other without overlap or gap",
            "Laatste dag waarop het tarief geldt. Leeg betekent: tot het volgende tarief.",
            "2023-12-31",
        ),
        Column(
            "source",
            Kind.TEXT,
            "where the price is laid down",
            "Waar het tarief is vastgelegd, bijvoorbeeld een contract of besluit.",
            "Raamovereenkomst 2023",
        ),
        KNOWN_FROM,
    ),
    key=("product", "valid_from", "unit", "known_from"),
    known="on their valid_from",
)
