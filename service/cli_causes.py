"""``zorgraming causes``: why figures grow, from the base year to each later one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click

from models.drivers import BASE, CAUSES, MEASURES_SPLIT, TOTAL, Columns, causes
from models.edition import Edition
from models.labels import dutch_unit
from service.api import explanations
from service.api.driver_answer import DriverRow
from service.cli_figures import (
    Shown,
    Wanted,
    group_names,
    held_count,
    shared_options,
    show,
    starts_of,
    with_labels,
)
from service.export import about
from service.text_table import rounded_parts, shown, table_lines

__all__ = ["command"]

LABELS = {code: label for code, (label, _) in explanations.CAUSES.items()}
ADDED = (BASE, *CAUSES)
OF_COST = ("volume", "price")  # no causes of the number of clients
SIZES = {"cost": (1000.0, 0), "clients": (0.1, 1)}  # of what is shown, and its decimals


@click.command(name="causes")
@shared_options
@click.option("--measure", type=click.Choice(MEASURES_SPLIT), default="cost", show_default=True)
def command(measure: str, **options: Any) -> None:  # noqa: ANN401 (the shared options)
    """Show why cost or clients of EDITION (a folder, or an id) grow, by cause.

    From the base year to each later year: demography, use per inhabitant, volume per client, price,
    the measured effect of dated policy, and what they do together. Base and causes add up to the
    total. Cost x EUR 1,000 in euros of the year itself.
    """
    wanted = Wanted(**options)
    edition = wanted.opened()
    selection = wanted.selection(measure)
    found = causes(edition, selection)
    described = about(edition)
    known = {name: info.description or "" for name, info in DriverRow.model_fields.items()}
    columns = with_labels(found, "cause", LABELS)
    facts = {
        "oorzaken": explanations.told(explanations.CAUSES),
        "optellen": explanations.CAUSES_ADD_UP,
    }
    described = replace(
        described,
        facts={**described.facts, **facts},
        definitions={name: known[name] for name in columns},
    )
    told = {
        "edition_id": edition.edition_id,
        "measure": measure,
        "held": held_count(edition, selection),
        "causes": explanations.terms(explanations.CAUSES),
    }
    priced = edition.manifest["drivers"].get("priced", True) or measure != "cost"
    notes = _notes(told["held"], priced)
    show(wanted, Shown(columns, described, _lines(edition, measure, found), told, notes))


def _notes(held: object, priced: object) -> Iterator[str]:
    if held:
        yield f"{held} series have no forecast and so no split; they are in no figure here"
    if not priced:
        yield "no tariffs or prices were delivered: what prices did counts as volume or use"


def _lines(edition: Edition, measure: str, found: Columns) -> Iterator[str]:
    """Yield a table with a block per group, a row per cause and a column per year."""
    if not len(found["mean"]):
        yield "Geen oorzaken: van deze keuze is niets geraamd."
        return
    years = sorted(set(found["year"].tolist()))
    unit = "x € 1.000" if measure == "cost" else dutch_unit(str(found["unit"][0]))
    yield f"Oorzaken van groei vanaf {found['base_year'][0]}, {unit}; editie {edition.edition_id}"
    yield ""
    names = group_names(edition, found)
    blocks = [_block(found, rows, names[rows.start], measure) for rows in starts_of(found)]
    yield from table_lines(["", "Oorzaak", *map(str, years)], blocks, texts=2)


def _block(found: Columns, rows: slice, name: str, measure: str) -> list[list[str]]:
    size, decimals = SIZES[measure]
    per_year = len(ADDED) + 1
    mean = found["mean"][rows].reshape(-1, per_year)
    columns = [rounded_parts(year[1:-1].tolist(), size, float(year[0])) for year in mean]
    lines = [
        ["", LABELS[cause], *(shown(column[at], decimals) for column in columns)]
        for at, cause in enumerate((*ADDED, TOTAL))
        if measure == "cost" or cause not in OF_COST
    ]
    for figure in ("p10", "p90"):
        ends = found[figure][rows].reshape(-1, per_year)[:, -1]
        shares = (shown(round(end / size), decimals) for end in ends.tolist())
        lines.append(["", f"{LABELS[TOTAL]}, {figure}", *shares])
    lines[0][0] = name
    return lines
