"""The task field (taakveld) a product falls in, by the numbering that holds in a year.

A product falls in the field of its delivery where that numbering holds; elsewhere in the field of
its category, as far as the category tells (``models.iv3``). Fields do not chain one to one from one
numbering to the next, so different years are compared per domain (Wmo, Jeugd) only.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.iv3 import JEUGD, NUMBERINGS, SHARED, WMO, Numbering, numbering_of

__all__ = [
    "JEUGD",
    "SHARED",
    "UNASSIGNED",
    "UNKNOWN",
    "WMO",
    "TaskField",
    "taakveld_in",
    "valid_in",
]

UNKNOWN = "Wet onbekend"
UNASSIGNED = "niet ingedeeld"
_DOMAINS = {"Wmo 2015": WMO, "Jeugdwet": JEUGD}
_DERIVED_FROM = {WMO: "iWmo-categorie", JEUGD: "iJw-categorie"}
_LAST_WMO_CATEGORY = 18


@dataclass(frozen=True)
class TaskField:
    """Where a product falls in a year.

    Attributes:
        code: of the field; None = it cannot be said.
        label: Dutch name, ``niet ingedeeld`` without a code.
        domain: Wmo, Jeugd, both, or unknown; comparable between years.
        certain: delivered or following from the category without a choice.
        reason: Dutch, how it was found or why it could not be.
    """

    code: str | None
    label: str
    domain: str
    certain: bool
    reason: str


def valid_in(code: str, year: int) -> bool:
    """Tell whether a code is a task field of the numbering of a year."""
    found = numbering_of(year)
    return found is not None and _plain(code) in found.fields


def taakveld_in(
    delivered: str | None, law: str | None, category: str | None, year: int
) -> TaskField:
    """Return the task field a product falls in.

    Args:
        delivered: the task field of the delivery, of any numbering.
        law: ``Wmo 2015`` or ``Jeugdwet``.
        category: two digits of iWmo (01-18) or iJw (31-55).
        year: of the budget.
    """
    code = _plain(delivered or "")
    domain = _domain(code, law, category)
    found = numbering_of(year)
    if found is None:
        return _unassigned(domain, f"vóór {NUMBERINGS[0].first} bestond deze indeling niet")
    if code in found.fields:
        return _delivered(found, code, domain)
    why = _why_not(code, found)
    if category is None:
        return _unassigned(domain, f"{why}; een categorie is niet aangeleverd")
    return _derived(found, category, domain, why)


def _plain(code: str) -> str:
    return code.strip().lower()


def _domain(code: str, law: str | None, category: str | None) -> str:
    """Return the domain: by law, else by category, else by a field of any numbering."""
    if law in _DOMAINS:
        return _DOMAINS[law]
    if category is not None and any(category in found.categories for found in NUMBERINGS):
        return _category_domain(category)
    domains = [found.fields[code][0] for found in NUMBERINGS if code in found.fields]
    return domains[0] if domains else UNKNOWN


def _category_domain(category: str) -> str:
    return WMO if int(category) <= _LAST_WMO_CATEGORY else JEUGD


def _unassigned(domain: str, reason: str) -> TaskField:
    return TaskField(None, UNASSIGNED, domain, False, reason)


def _delivered(found: Numbering, code: str, domain: str) -> TaskField:
    of, label = found.fields[code]
    if domain not in (of, UNKNOWN) and of != SHARED:
        reason = f"aangeleverd; het taakveld hoort bij {of}, het product bij {domain}"
        return TaskField(code, label, domain, False, reason)
    return TaskField(code, label, domain, True, "aangeleverd")


def _why_not(code: str, found: Numbering) -> str:
    if not code:
        return "een taakveld is niet aangeleverd"
    if any(code in other.fields for other in NUMBERINGS):
        return f"{code} hoort niet bij de indeling van {found}"
    return f"{code} is geen taakveld voor Wmo of Jeugd"


def _derived(found: Numbering, category: str, domain: str, why: str) -> TaskField:
    code = found.categories.get(category)
    if code is None:
        told = f"uit categorie {category} volgt geen taakveld"
        return _unassigned(domain, f"{why}; {told}")
    if _category_domain(category) != domain:
        return _unassigned(domain, f"{why}; categorie {category} hoort niet bij {domain}")
    source = f"afgeleid van {_DERIVED_FROM[domain]} {category}"
    if code in found.fields:
        return TaskField(code, found.fields[code][1], domain, True, source)
    reason = f"{source}, die niet zegt welk taakveld het precies is"
    return TaskField(code, found.undivided[code], domain, False, reason)
