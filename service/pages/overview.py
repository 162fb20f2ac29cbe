"""The overview: what the coming years cost, how sure that is, and why it changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.drivers import BASE, CAUSES, TOTAL
from models.labels import CAUSES as LABELS
from service.api.query import Asked
from service.api.revisions import RevisionQuestion, revision_rows
from service.api.scope import earlier_shares
from service.pages import pictures
from service.pages.beside import beside, drawn_budget
from service.pages.choices import measures, subject_label, subjects
from service.pages.figures import Figures, Row, causes, figures, rows_of
from service.pages.frame import Page, faults_shown, page
from service.pages.question import OverviewQuestion, products_of
from service.pages.telling import paragraphs

BEFORE = 3  # whole years before the first forecast that are shown


@page("overview", OverviewQuestion)
def overview(one: Page) -> Mapping[str, Any]:
    """Return what the overview shows."""
    if one.share is None:
        return {"figures": None}
    query = one.asked.query
    products = products_of(one.asked, one.seen.edition.products)
    found: Figures | None = None
    with faults_shown(one):
        found = figures(
            one,
            product=products,
            district=(query.district,) if query.district else None,
            measure=query.measure,
            frequency="year",
            groupBy=("municipality", "period"),
        )
    shown = {"subjects": subjects(one), "measures": measures(one, one.seen), "figures": None}
    if found is None or not found.rows:
        return shown
    rows = years(found.rows)
    about = edition_of(one)
    subject = f"{one.municipalities[one.municipality]}: {subject_label(one)}"
    why = explained(one, found, products)
    ahead = [row["year"] for row in rows if row["kind"] == "forecast"]
    year = why["year"] if why else ahead[0] if ahead else rows[-1]["year"]
    budget = beside(one, products) if found.measure == "cost" else None
    return shown | {
        "figures": found,
        "rows": rows,
        "subject": subject,
        "fan": pictures.fan(kept(found, rows), subject, about, budget=drawn_budget(budget)),
        "why": why,
        "changed": changed(one, found, products, year),
        "told": paragraphs(one, found.measure, products, (year,)),
        "downloads": downloads(one, found, products),
        "beside": budget,
    }


def years(rows: list[Row]) -> list[Row]:
    """Return the last actual years and all forecast ones, each with its growth."""
    ahead = [at for at, row in enumerate(rows) if row["kind"] == "forecast"]
    first = max(0, (ahead[0] if ahead else len(rows)) - BEFORE)
    shown = []
    for at, row in enumerate(rows):
        before = rows[at - 1]["mean"] if at else None
        growth = None
        if before and row["mean"] is not None:
            growth = row["mean"] / before - 1
        shown.append({**row, "year": row["period"].year, "growth": growth})
    return shown[first:]


def kept(found: Figures, rows: list[Row]) -> dict[str, Any]:
    """Return the columns of the rows that are shown."""
    count = len(found.columns["mean"])
    return {name: values[count - len(rows) :] for name, values in found.columns.items()}


def edition_of(one: Page) -> dict[str, Any]:
    """Return what a picture says about its edition."""
    manifest = one.seen.edition.manifest
    return {
        "id": one.seen.edition.edition_id,
        "data_until": date.fromisoformat(manifest["data_until"]),
        "synthetic": bool(manifest["synthetic"]),
    }


def explained(one: Page, found: Figures, products: tuple[str, ...]) -> dict[str, Any] | None:
    """Return growth by cause of one later year, with the years that can be chosen."""
    if not one.is_exact or found.measure not in ("cost", "clients"):
        return None
    rows: list[Row] = []
    with faults_shown(one):
        rows = causes(
            one,
            product=products,
            district=(one.asked.query.district,) if one.asked.query.district else None,
            measure=found.measure,
            groupBy=("municipality", "year"),
        )
    if not rows:
        return None
    there = sorted({row["year"] for row in rows})
    wanted = one.asked.query.year
    year = wanted if wanted in there else there[min(1, len(there) - 1)]
    chosen = [row for row in rows if row["year"] == year]
    place = one.municipalities[one.municipality]
    subject = f"{place}, {subject_label(one)}: van {chosen[0]['base_year']} naar {year}"
    order = {cause: at for at, cause in enumerate((BASE, *CAUSES, TOTAL))}
    chosen.sort(key=lambda row: order[row["cause"]])
    table = [{**row, "label": LABELS[row["cause"]]} for row in chosen]
    return {
        "years": there,
        "year": year,
        "base_year": chosen[0]["base_year"],
        "rows": table,
        "picture": pictures.causes(chosen, subject, edition_of(one)),
    }


def changed(one: Page, found: Figures, products: tuple[str, ...], year: int) -> list[Row] | None:
    """Return why this edition says something else of a year than the one before, by cause."""
    if not one.is_exact or found.measure not in ("cost", "clients") or one.share is None:
        return None
    if "drivers" not in one.seen.edition.manifest:
        return None
    other = earlier_shares(one.asked, [one.seen], None)
    other = [share for share in other if "drivers" in share.edition.manifest]
    values: dict[str, Any] = {
        "municipality": (one.municipality,),
        "product": products,
        "district": (one.asked.query.district,) if one.asked.query.district else (),
        "measure": found.measure,
        "groupBy": ("municipality", "year"),
        "from": str(year),
        "to": str(year),
    }
    rows: list[Row] = []
    with faults_shown(one):
        question = RevisionQuestion.model_validate(values)
        rows = list(rows_of(revision_rows(Asked(question), [one.seen], other)))
    return rows


def downloads(one: Page, found: Figures, products: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return names and addresses of the same figures as files."""
    wish = {name: value for name, value in found.wish.items() if name != "product"}
    forms = {"Excel": "xlsx", "CSV (Excel)": "csv-nl", "CSV": "csv", "JSON": "json"}
    return [
        (name, one.data("forecasts", product=products, **wish, format=form))
        for name, form in forms.items()
    ]
