"""``zorgraming running-year``: what a year comes to, declared, still to come and remaining."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import click

from models.drivers import Columns
from models.edition import Edition
from models.labels import dutch_date
from models.running_year import PARTS, running_year
from service.api import explanations
from service.api.running_year_answer import RunningYearRow
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

LABELS = {code: label for code, (label, _) in explanations.PARTS.items()}
MEASURE, SIZE = "cost", 1000.0
HEAD = ("", "Deel", "maanden", "p10", "verwacht", "p90")


@click.command(name="running-year")
@shared_options
@click.option("--year", type=click.IntRange(1900, 2199), help="[default: in which the data ends]")
def command(year: int | None, **options: Any) -> None:  # noqa: ANN401 (the shared options)
    """Show what a year of EDITION (a folder, or an id) costs: known, to come and forecast.

    Declared so far, still to come over months that have passed, the forecast of the remaining
    months, and their total, each with its band, x EUR 1,000 in euros of the year itself.
    """
    wanted = Wanted(**options)
    edition = wanted.opened()
    selection = wanted.selection(MEASURE)
    found = running_year(edition, selection, year)
    described = about(edition)
    known = {name: info.description or "" for name, info in RunningYearRow.model_fields.items()}
    columns = with_labels(found, "part", LABELS)
    facts = {
        "delen": explanations.told(explanations.PARTS),
        "optellen": explanations.PARTS_ADD_UP,
    }
    described = replace(
        described,
        facts={**described.facts, **facts},
        definitions={name: known[name] for name in columns},
    )
    held = held_count(edition, selection)
    told = {
        "edition_id": edition.edition_id,
        "held": held,
        "parts": explanations.terms(explanations.PARTS),
    }
    show(wanted, Shown(columns, described, _lines(edition, found), told, _notes(held)))


def _notes(held: int) -> Iterator[str]:
    if held:
        yield f"{held} series have no forecast and count with what is known of them only"


def _lines(edition: Edition, found: Columns) -> Iterator[str]:
    """Yield a table with a block per group and a row per part."""
    if not len(found["mean"]):
        yield "Geen cijfers: in dit jaar is van deze keuze niets bekend of geraamd."
        return
    until = dutch_date(date.fromisoformat(edition.manifest["data_until"]))
    yield f"Kosten van {found['year'][0]} x € 1.000, gegevens tot en met {until}"
    yield ""
    names = group_names(edition, found)
    blocks = [_block(found, rows, names[rows.start]) for rows in starts_of(found)]
    yield from table_lines(HEAD, blocks, texts=2)


def _block(found: Columns, rows: slice, name: str) -> list[list[str]]:
    _, *mean = rounded_parts(found["mean"][rows][:-1].tolist(), SIZE)
    low, high = (found[figure][rows].tolist() for figure in ("p10", "p90"))
    ends = [
        [mean[at]] * 2 if low[at] == high[at] else [round(low[at] / SIZE), round(high[at] / SIZE)]
        for at in range(len(PARTS))
    ]
    months = found["months"][rows].tolist()
    lines = [
        ["", LABELS[part], str(months[at]), *map(shown, (ends[at][0], mean[at], ends[at][1]))]
        for at, part in enumerate(PARTS)
    ]
    lines[0][0] = name
    return lines
