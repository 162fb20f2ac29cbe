"""Dutch numbers, amounts, periods and lists as a person says them, correct in number."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    "listed",
    "lowered",
    "money",
    "noun",
    "number",
    "percent",
    "period",
]

SENSES: dict[Sense, str] = {
    "exact": "",
    "about": "ongeveer ",
    "slightly over": "iets meer dan ",
    "over": "ruim ",
    "slightly under": "iets minder dan ",
    "under": "bijna ",
}
LARGE = ((10**9, "miljard"), (10**6, "miljoen"))
NAMES = ("CBS", "IV3", "Iv3", "Jeugdwet", "LTA", "PGB", "Wlz", "Wmo", "Zvw")  # keep their capital
NOUNS = {
    CLIENTS_UNIT: ("cliënt", "cliënten"),
    COMBINATIONS_UNIT: ("combinatie", "combinaties"),
    UNSTATED_UNIT: ("eenheid", "eenheden"),
    "dagdeel": ("dagdeel", "dagdelen"),
    "etmaal": ("etmaal", "etmalen"),
    "minuut": ("minuut", "minuten"),
    "stuks inspanning": ("stuk", "stuks"),
    "stuks output": ("stuk", "stuks"),
}


def number(value: Decimal) -> str:
    """Return a number with Dutch separators, without zeros at its end: ``1.234,5``."""
    plain = f"{value.normalize():,f}"
    return plain.translate(str.maketrans(",.", ".,"))


def money(value: float) -> str:
    """Return an amount: ``€ 12,3 miljoen``, ``€ 547.000``, ``€ 640``; at most half a digit off."""
    shown = spoken_money(value).shown
    if not shown and value:
        return "minder dan € 1" if value > 0 else "€ 0"
    return f"€ {scaled(shown)}"


def scaled(shown: Decimal) -> str:
    """Return a rounded number, from a million on in millions and more."""
    for size, word in LARGE:
        if abs(shown) >= size:
            return f"{number(shown / size)} {word}"
    return number(shown)


def percent(value: float) -> str:
    """Return a percentage: ``4,2 procent``, ``13 procent``."""
    shown = spoken_percent(value).shown
    return f"{number(shown)} procent" if shown or not value else "minder dan 0,1 procent"


def noun(unit: str, single: bool) -> str:
    """Return what is counted, in the singular or the plural."""
    base = unit.removesuffix(MIXED_BASES)
    return NOUNS.get(base, (base, base))[0 if single else 1]


def amount(value: float, measure: str, unit: str, *, bare: bool = False) -> str:
    """Return a figure: ``€ 12,3 miljoen``, ``ruim 1.200 cliënten``, ``1 cliënt``.

    Args:
        value: in units.
        measure: cost, clients or volume.
        unit: as an answer states it.
        bare: without what is counted.
    """
    return money(value) if measure == "cost" else _counted(count(value), unit, bare)


def bound(value: float, measure: str, unit: str, *, bare: bool = False) -> str:
    """Return the bound of a band: as a figure, but to three digits and without ``ruim``."""
    if measure == "cost":
        return money(value)
    found = count(value, MONEY_DIGITS)
    return _counted(Spoken(value, found.shown, found.step, "exact"), unit, bare)


def is_single(value: float, measure: str) -> bool:
    """Tell whether a figure takes the verb in the singular: ``dat is 1 cliënt``."""
    return measure == "cost" or count(value).shown in (0, 1)


def chance(share: float) -> str:
    """Return a chance that is neither none nor certain: ``ongeveer 1 op 4``."""
    found = odds(share)
    if found.sense == "rare":
        return "minder dan 1 op 50"
    if found.sense == "nearly always":
        return "meer dan 49 op de 50"
    part, of = found.of
    return f"ongeveer {part} op {of}" if part == 1 else f"ongeveer {part} op de {of}"


def listed(items: Sequence[str]) -> str:
    """Return items as a list: ``a, b en c``."""
    return " en ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else items[0]


def period(years: Sequence[int]) -> str:
    """Return years: ``2025``, ``2025 en 2026``, ``2025 tot en met 2028``."""
    if years[-1] - years[0] <= 1:
        return listed([str(year) for year in years])
    return f"{years[0]} tot en met {years[-1]}"


def lowered(label: str) -> str:
    """Return a name as it stands within a sentence; laws and abbreviations keep their capital."""
    word = re.split("[ -]", label, maxsplit=1)[0]
    is_name = word in NAMES or len(word) < 2 or not word[1:].islower()  # noqa: PLR2004
    return label if is_name else label[0].lower() + label[1:]


def _counted(found: Spoken, unit: str, bare: bool) -> str:
    if not found.shown and found.exact > 0:
        return "minder dan 1" + ("" if bare else f" {noun(unit, single=True)}")
    told = SENSES[found.sense] + scaled(found.shown)
    return told if bare else f"{told} {noun(unit, single=found.shown == 1)}"
