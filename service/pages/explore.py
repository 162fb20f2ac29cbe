"""Exploring: product by district by period, with history, band, table and map."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.labels import MONTHS
from service.pages import pictures
from service.pages.beside import beside, drawn_budget
from service.pages.choices import Option, districts, measures, subject_label, subjects
from service.pages.district_map import drawn_map
from service.pages.figures import Figures, figures
from service.pages.frame import Page, faults_shown, page
from service.pages.overview import downloads, edition_of
from service.pages.question import ExploreQuestion, products_of
from service.pages.telling import paragraphs
from service.texts import Language

MOST_EVENTS = 6
FREQUENCIES = ("month", "quarter", "year")


@page("explore", ExploreQuestion)
def explore(one: Page) -> Mapping[str, Any]:
    """Return what exploring shows."""
    if one.share is None:
        return {"figures": None}
    query = one.asked.query
    products = products_of(one.asked, one.seen.edition.products)
    place = (query.district,) if query.district else None
    found: Figures | None = None
    with faults_shown(one):
        found = figures(
            one,
            product=products,
            district=place,
            measure=query.measure,
            frequency=query.frequency or (None if one.is_exact else "year"),
            groupBy=("municipality", "period"),
            from_=_text(query.start),
            to=_text(query.end),
        )
    shown: dict[str, Any] = {
        "subjects": subjects(one),
        "districts": districts(one),
        "measures": measures(one, one.seen),
        "frequencies": [Option(name, one.words[name]) for name in FREQUENCIES],
        "figures": None,
    }
    if found is None or not found.rows:
        return shown
    where = {option.value: option.label for option in shown["districts"]}
    place_name = where.get(query.district or "", "")
    parts = (one.municipalities[one.municipality], subject_label(one), place_name)
    subject = ", ".join(part for part in parts if part)
    return shown | {
        "figures": found,
        "rows": found.rows,
        "subject": subject,
        "fan": pictures.fan(
            found.columns,
            subject,
            edition_of(one),
            events(one, products),
            _budget(one, found, products),
        ),
        "map": _map(one, found, products),
        "told": paragraphs(one, found.measure, products, (shown_year(found),)),
        "period": period_label,
        "downloads": downloads(one, found, products),
    }


def _budget(one: Page, found: Figures, products: tuple[str, ...]) -> dict[int, float]:
    """Return the kept budget per year, where it is about all that is drawn."""
    if found.measure != "cost" or found.rows[0]["frequency"] != "year":
        return {}
    return drawn_budget(beside(one, products))


def shown_year(found: Figures) -> int:
    """Return the first year that is forecast, or the last one there is."""
    ahead = [row["period"] for row in found.rows if row["kind"] == "forecast"]
    return int((ahead[0] if ahead else found.rows[-1]["period"]).year)


def period_label(row: dict[str, Any], language: Language) -> str:
    """Return a period as people write it: 2026, 2e kwartaal 2026, mei 2026."""
    day: date = row["period"]
    if row["frequency"] == "year":
        return str(day.year)
    if row["frequency"] == "quarter":
        number = (day.month + 2) // 3
        return f"{number}e kwartaal {day.year}" if language == "nl" else f"{day.year} Q{number}"
    return f"{MONTHS[day.month - 1]} {day.year}" if language == "nl" else f"{day:%B %Y}"


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def events(one: Page, products: tuple[str, ...]) -> list[tuple[date, str]]:
    """Return the dated events of the edition that concern what is shown, few enough to draw."""
    found: dict[str, date] = {}  # of what lasted for months, its first day
    for event in one.seen.edition.manifest.get("policy_events") or ():
        concerns = not event["product"] or not products or event["product"] in products
        if event["note"] and concerns:
            found.setdefault(event["note"], date.fromisoformat(event["date"]))
    latest = sorted(((day, note) for note, day in found.items()), reverse=True)[:MOST_EVENTS]
    return sorted(latest)


def _map(one: Page, found: Figures, products: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the map of one year with the figure of each district."""
    ahead = [row["period"] for row in found.rows if row["kind"] == "forecast"]
    day = ahead[0] if ahead else found.rows[-1]["period"]
    by_district: Figures | None = None
    with faults_shown(one):
        by_district = figures(
            one,
            product=products,
            measure=found.measure,
            frequency="year",
            groupBy=("municipality", "district", "period"),
            from_=f"{day.year}",
            to=f"{day.year}",
        )
    if by_district is None or not by_district.rows:
        return None
    rows = by_district.rows
    values = {row["district"]: row["mean"] for row in rows}
    return {
        "year": day.year,
        "rows": rows,
        "unit": by_district.unit,
        "picture": drawn_map(one.seen.edition, values, one.asked.query.district),
    }
