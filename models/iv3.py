"""The numberings of the task fields (taakvelden) of municipal accounts, as far as Wmo and Jeugd go.

Source: CBS, Informatie voor derden (Iv3), information rules for municipalities of 2017, 2023 and
2025; categories: iStandaarden, iWmo and iJw, release 3.2. The scheme of 2025 moves personal
budgets, access and policy staff out of the fields of products, so a field of one numbering has no
single successor in the next. A category does not tell whether youth care was bought locally,
regionally or nationally, nor what is paid as personal budget or belongs to access: those fields
(6.791, 6.792, 6.21-6.23) follow from no category.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["JEUGD", "NUMBERINGS", "SHARED", "WMO", "Numbering", "numbering_of"]

WMO, JEUGD, SHARED = "Wmo", "Jeugd", "Wmo en Jeugd"


@dataclass(frozen=True)
class Numbering:
    """One numbering of the task fields.

    Attributes:
        first: first year in which it holds.
        last: last year, None = it still holds.
        fields: code -> (domain, Dutch label).
        undivided: what a category leaves open: codes of more than one field -> Dutch label.
        categories: two-digit category -> code of a field, or of one of ``undivided``.
    """

    first: int
    last: int | None
    fields: Mapping[str, tuple[str, str]]
    undivided: Mapping[str, str]
    categories: Mapping[str, str]

    def holds_in(self, year: int) -> bool:
        """Tell whether a year is booked by this numbering."""
        return self.first <= year and (self.last is None or year <= self.last)

    def __str__(self) -> str:
        return f"{self.first} en later" if self.last is None else f"{self.first}-{self.last}"


def _by_category(codes: Mapping[str, str]) -> dict[str, str]:
    """Turn code -> categories (blank between) inside out."""
    return {category: code for code, listed in codes.items() for category in listed.split()}


_OPEN_YOUTH = "Jeugdhulp (met of zonder verblijf niet bekend)"
_NOT_DIVIDED = "niet nader verdeeld"
_BASIC = {"6.1": (SHARED, "Samenkracht en burgerparticipatie")}
_OF_2017 = Numbering(
    2017,
    2022,
    _BASIC
    | {
        "6.2": (SHARED, "Wijkteams"),
        "6.6": (WMO, "Maatwerkvoorzieningen"),
        "6.71": (WMO, "Maatwerkdienstverlening 18+"),
        "6.72": (JEUGD, "Maatwerkdienstverlening 18-"),
        "6.81": (WMO, "Geëscaleerde zorg 18+"),
        "6.82": (JEUGD, "Geëscaleerde zorg 18-"),
    },
    {"6.72/6.82": "Jeugdhulp (maatwerk of geëscaleerd niet bekend)"},
    _by_category(
        {
            "6.6": "05 08 11 12 13 14",
            "6.71": "01 02 03 04 06 07 09 10",
            "6.81": "15 16 17 18",
            "6.72": "32 33 34 35 36 38 40 41 42 43 44 45 50 51 52 53 54 55",
            "6.72/6.82": "37 46 49",
            "6.82": "47 48",
        }
    ),
)
_OF_2023 = Numbering(
    2023,
    2024,
    _BASIC
    | {
        "6.2": (SHARED, "Toegang en eerstelijnsvoorzieningen"),
        "6.6": (WMO, "Maatwerkvoorzieningen"),
        "6.71a": (WMO, "Hulp bij het huishouden"),
        "6.71b": (WMO, "Begeleiding"),
        "6.71c": (WMO, "Dagbesteding"),
        "6.71d": (WMO, "Overige maatwerkarrangementen"),
        "6.72a": (JEUGD, "Jeugdhulp begeleiding"),
        "6.72b": (JEUGD, "Jeugdhulp behandeling"),
        "6.72c": (JEUGD, "Jeugdhulp dagbesteding"),
        "6.72d": (JEUGD, "Jeugdhulp zonder verblijf overig"),
        "6.73a": (JEUGD, "Pleegzorg"),
        "6.73b": (JEUGD, "Gezinsgericht"),
        "6.73c": (JEUGD, "Jeugdhulp met verblijf overig"),
        "6.74a": (JEUGD, "Jeugdhulp behandeling ggz zonder verblijf"),
        "6.74b": (JEUGD, "Jeugdhulp crisis, LTA en ggz-verblijf"),
        "6.74c": (JEUGD, "Gesloten plaatsing"),
        "6.81a": (WMO, "Beschermd wonen"),
        "6.81b": (WMO, "Maatschappelijke en vrouwenopvang"),
        "6.82a": (JEUGD, "Jeugdbescherming"),
        "6.82b": (JEUGD, "Jeugdreclassering"),
    },
    {
        "6.81": f"Beschermd wonen en opvang ({_NOT_DIVIDED})",
        "6.72": f"Jeugdhulp zonder verblijf ({_NOT_DIVIDED})",
        "6.73": f"Jeugdhulp met verblijf ({_NOT_DIVIDED})",
        "6.74": f"Jeugd-ggz en zware jeugdhulp ({_NOT_DIVIDED})",
        "6.72/6.73/6.74": _OPEN_YOUTH,
    },
    _by_category(
        {
            "6.6": "05 08 11 12 13 14",
            "6.71a": "01",
            "6.71b": "02",
            "6.71c": "07",
            "6.71d": "03 04 06 09 10",
            "6.81a": "15",
            "6.81b": "16 17",
            "6.81": "18",
            "6.72": "32 33 34 40 41 45",
            "6.73a": "35",
            "6.73b": "36",
            "6.74c": "37",
            "6.73": "38 43 44",
            "6.74b": "46 55",
            "6.74": "51 52 54",
            "6.72/6.73/6.74": "42 49 50 53",
            "6.82a": "48",
            "6.82b": "47",
        }
    ),
)
_OF_2025 = Numbering(
    2025,
    None,
    _BASIC
    | {
        "6.21": (WMO, "Toegang en eerstelijnsvoorzieningen Wmo"),
        "6.22": (JEUGD, "Toegang en eerstelijnsvoorzieningen Jeugd"),
        "6.23": (SHARED, "Toegang en eerstelijnsvoorzieningen integraal"),
        "6.60": (WMO, "Hulpmiddelen en diensten"),
        "6.711": (WMO, "Hulp bij het huishouden"),
        "6.712": (WMO, "Begeleiding"),
        "6.713": (WMO, "Dagbesteding"),
        "6.714": (WMO, "Overige maatwerkarrangementen"),
        "6.751": (JEUGD, "Jeugdhulp ambulant lokaal"),
        "6.752": (JEUGD, "Jeugdhulp ambulant regionaal"),
        "6.753": (JEUGD, "Jeugdhulp ambulant landelijk"),
        "6.761": (JEUGD, "Jeugdhulp met verblijf lokaal"),
        "6.762": (JEUGD, "Jeugdhulp met verblijf regionaal"),
        "6.763": (JEUGD, "Jeugdhulp met verblijf landelijk"),
        "6.791": (WMO, "PGB Wmo"),
        "6.792": (JEUGD, "PGB Jeugd"),
        "6.811": (WMO, "Beschermd wonen"),
        "6.812": (WMO, "Maatschappelijke en vrouwenopvang"),
        "6.821": (JEUGD, "Jeugdbescherming"),
        "6.822": (JEUGD, "Jeugdreclassering"),
        "6.91": (WMO, "Coördinatie en beleid Wmo"),
        "6.92": (JEUGD, "Coördinatie en beleid Jeugd"),
    },
    {
        "6.81": f"Beschermd wonen en opvang ({_NOT_DIVIDED})",
        "6.75": f"Jeugdhulp ambulant (lokaal, regionaal of landelijk {_NOT_DIVIDED})",
        "6.76": f"Jeugdhulp met verblijf (lokaal, regionaal of landelijk {_NOT_DIVIDED})",
        "6.75/6.76": _OPEN_YOUTH,
        "6.753/6.763": "Jeugdhulp landelijk (met of zonder verblijf niet bekend)",
    },
    _by_category(
        {
            "6.60": "05 08 11 12 13 14",
            "6.711": "01",
            "6.712": "02",
            "6.713": "07",
            "6.714": "03 04 06 09 10",
            "6.811": "15",
            "6.812": "16 17",
            "6.81": "18",
            "6.75": "32 33 34 40 41 45 51",
            "6.76": "35 36 37 38 43 44",
            "6.75/6.76": "42 46 49 50 52 53 54",
            "6.753/6.763": "55",
            "6.821": "48",
            "6.822": "47",
        }
    ),
)
NUMBERINGS = (_OF_2017, _OF_2023, _OF_2025)


def numbering_of(year: int) -> Numbering | None:
    """Return the numbering that holds in a year; None before 2017, when there were functions."""
    return next((found for found in NUMBERINGS if found.holds_in(year)), None)
