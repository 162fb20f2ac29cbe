"""English numbers, amounts, periods and lists as a person says them, correct in number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from models.catalogue import CLIENTS_UNIT, COMBINATIONS_UNIT, UNSTATED_UNIT
from models.labels import MIXED_BASES
from models.spoken import MONEY_DIGITS, Sense, Spoken, count, odds
from models.spoken import money as spoken_money
from models.spoken import percent as spoken_percent

__all__ = [
    "amount",
    "bound",
    "chance",
    "day_of",
    "is_single",
    "listed",
    "money",
    "number",
    "percent",
    "period",
]

SENSES: dict[Sense, str] = {
    "exact": "",
    "about": "about ",
    "slightly over": "slightly more than ",
    "over": "more than ",
    "slightly under": "slightly less than ",
    "under": "nearly ",
}
LARGE = ((10**9, "billion"), (10**6, "million"))
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
NOUNS = {
    CLIENTS_UNIT: ("client", "clients"),
    COMBINATIONS_UNIT: ("combination", "combinations"),
    UNSTATED_UNIT: ("unit", "units"),
    "dagdeel": ("half-day", "half-days"),
    "etmaal": ("24-hour period", "24-hour periods"),
    "minuut": ("minute", "minutes"),
    "stuks inspanning": ("item", "items"),
    "stuks output": ("item", "items"),
    "uur": ("hour", "hours"),
}


def number(value: Decimal) -> str:
    """Return a number with English separators, without zeros at its end: ``1,234.5``."""
    return f"{value.normalize():,f}"


def money(value: float) -> str:
    """Return an amount: ``€12.3 million``, ``€547,000``; at most half a digit off."""
    shown = spoken_money(value).shown
    if not shown and value:
        return "less than €1" if value > 0 else "€0"
    return f"€{scaled(shown)}"


def scaled(shown: Decimal) -> str:
    """Return a rounded number, from a million on in millions and more."""
    for size, word in LARGE:
        if abs(shown) >= size:
            return f"{number(shown / size)} {word}"
    return number(shown)


def percent(value: float) -> str:
    """Return a percentage: ``4.2 percent``."""
    shown = spoken_percent(value).shown
    return f"{number(shown)} percent" if shown or not value else "less than 0.1 percent"


def amount(value: float, measure: str, unit: str, *, bare: bool = False) -> str:
    """Return a figure: ``€12.3 million``, ``more than 1,200 clients``; see ``models.dutch``."""
    return money(value) if measure == "cost" else _counted(count(value), unit, bare)


def bound(value: float, measure: str, unit: str, *, bare: bool = False) -> str:
    """Return the bound of a band: as a figure, but to three digits and without ``more than``."""
    if measure == "cost":
        return money(value)
    found = count(value, MONEY_DIGITS)
    return _counted(Spoken(value, found.shown, found.step, "exact"), unit, bare)


def is_single(value: float, measure: str) -> bool:
    """Tell whether a figure takes the verb in the singular."""
    return measure == "cost" or count(value).shown in (0, 1)


def chance(share: float) -> str:
    """Return a chance that is neither none nor certain: ``about 1 in 4``."""
    found = odds(share)
    if found.sense == "rare":
        return "less than 1 in 50"
    if found.sense == "nearly always":
        return "more than 49 in 50"
    return f"about {found.of[0]} in {found.of[1]}"


def listed(items: Sequence[str]) -> str:
    """Return items as a list: ``a, b and c``."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else items[0]


def period(years: Sequence[int]) -> str:
    """Return years: ``2025``, ``2025 and 2026``, ``2025 to 2028``."""
    if years[-1] - years[0] <= 1:
        return listed([str(year) for year in years])
    return f"{years[0]} to {years[-1]}"


def day_of(day: date) -> str:
    """Return a date in words: ``31 December 2023``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _counted(found: Spoken, unit: str, bare: bool) -> str:
    base = unit.removesuffix(MIXED_BASES)
    single, plural = NOUNS.get(base, (base, base))
    if not found.shown and found.exact > 0:
        return "less than 1" + ("" if bare else f" {single}")
    told = SENSES[found.sense] + scaled(found.shown)
    return told if bare else f"{told} {single if found.shown == 1 else plural}"
