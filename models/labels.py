"""Dutch words for the codes in the data, and Dutch dates and numbers, without a locale."""

from __future__ import annotations

from datetime import date

from models.catalogue import CLIENTS_UNIT, COMBINATIONS_UNIT, COST_UNIT, UNSTATED_UNIT

MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)
PER = {"month": "per maand", "quarter": "per kwartaal", "year": "per jaar"}
MEASURES = {"clients": "Cliënten", "volume": "Volume", "cost": "Kosten"}
LEVELS = {
    "total": "Totaal",
    "municipality": "Per gemeente",
    "product": "Per product",
    "district": "Per wijk",
    "series": "Per product en wijk",
}
UNITS = {
    COST_UNIT: "euro",
    CLIENTS_UNIT: "cliënten",
    COMBINATIONS_UNIT: "combinaties van cliënt en product",
    UNSTATED_UNIT: "eenheid niet opgegeven",
}
CAUSES = {
    "base": "basisjaar",
    "demography": "bevolking",
    "use": "gebruik per inwoner",
    "volume": "volume per cliënt",
    "price": "prijs",
    "policy": "beleid",
    "interaction": "samenhang",
    "total": "totaal",
}
MIXED_BASES = ", bases mixed"


def dutch_date(day: date) -> str:
    """Return a date in words, for example ``31 december 2023``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def dutch_number(value: float, decimals: int = 0) -> str:
    """Return a number with Dutch separators, for example ``1.234,5``."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def dutch_unit(unit: str) -> str:
    """Return the Dutch words for a unit; a unit of the delivery itself stays as it is."""
    base = unit.removesuffix(MIXED_BASES)
    return UNITS.get(base, base) + (", telwijzen gemengd" if base != unit else "")
