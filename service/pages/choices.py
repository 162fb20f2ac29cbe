"""What can be chosen on a page: subjects, districts, measures, as the options of a form."""

from __future__ import annotations

from dataclasses import dataclass

from models.labels import MEASURES
from service.api.figure_rows import district_labels, product_labels
from service.api.scope import Share
from service.pages.frame import Page
from service.pages.question import LAW, PRODUCT

ORDER = ("cost", "clients", "volume")


@dataclass(frozen=True)
class Option:
    """One choice.

    Attributes:
        value: as it stands in the address; empty for the usual one.
        label: as people read it.
    """

    value: str
    label: str


@dataclass(frozen=True)
class Group:
    """Choices of one kind."""

    label: str
    options: tuple[Option, ...]


def subjects(page: Page) -> list[Group]:
    """Return everything, each law and each product."""
    names = product_labels(page.seen)
    laws: dict[str, list[str]] = {}
    there = page.seen.codes("product")
    for row in page.seen.edition.products:
        if row["product"] in there:
            laws.setdefault(row["law"] or "", []).append(row["product"])
    whole = [Option(f"{LAW}{law}", law) for law in sorted(laws) if law]
    groups = [Group("", (Option("", page.words["everything"]), *whole))]
    for law in sorted(laws):
        codes = sorted(laws[law], key=lambda code: names.get(code) or code)
        options = tuple(Option(f"{PRODUCT}{code}", names.get(code) or code) for code in codes)
        groups.append(Group(law or page.words["product"], options))
    return groups


def subject_label(page: Page) -> str:
    """Return what the chosen subject is called."""
    wanted = page.asked.query.subject or ""
    for group in subjects(page):
        for option in group.options:
            if option.value == wanted:
                return option.label
    return wanted


def districts(page: Page) -> list[Option]:
    """Return the whole municipality and each district with figures."""
    names = district_labels(page.seen)
    codes = [code for code in page.seen.codes("district") if code != page.municipality]
    codes.sort(key=lambda code: names.get(code) or code)
    return [
        Option("", page.words["whole"]),
        *(Option(code, names.get(code) or code) for code in codes),
    ]


def measures(page: Page, share: Share) -> list[Option]:
    """Return the measures that the edition has."""
    order = [name for name in MEASURES if name in share.measures()]
    order.sort(key=ORDER.index)
    return [Option(name, page.words[name]) for name in order]
