"""What the commands that show figures of an edition share: options, files, notes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
import numpy as np

from models.asking import DIMENSIONS, Selection, chosen_series
from models.catalogue import ALL
from models.edition import Edition, open_edition
from service.cli import By
from service.export import HELD, find_edition, write_file
from service.formats import FORMATS, About, Columns, Format

Command = TypeVar("Command", bound=Callable[..., Any])
_OPTIONS = (
    click.argument("edition"),
    click.option("--by", type=By(()), default="", help="Keep these apart; the rest is summed."),
    click.option("--municipality", "municipalities", multiple=True, help="Only this; repeatable."),
    click.option("--product", "products", multiple=True, help="Only this one; repeatable."),
    click.option("--district", "districts", multiple=True, help="Only this one; repeatable."),
    click.option("--format", "form", type=click.Choice(list(FORMATS)), help="Rows, not a table."),
    click.option(
        "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write."
    ),
    click.option(
        "--editions",
        type=click.Path(path_type=Path, file_okay=False),
        default=lambda: os.environ.get("ZORGRAMING_EDITIONS", "editions"),
        help="Where to find an edition by its id (default: ZORGRAMING_EDITIONS or ./editions).",
    ),
    click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table."),
    click.option("--quiet", is_flag=True, help="No notes on standard error."),
)


@dataclass(frozen=True)
class Wanted:
    """What the shared options ask for.

    Attributes:
        edition: a folder or an id.
        by: what is kept apart.
        municipalities, products, districts: codes; empty = all.
        form: name of a format, or None.
        output: file to write, or None.
        editions: where editions are kept.
        as_json: one JSON object.
        quiet: no notes.
    """

    edition: str
    by: tuple[str, ...]
    municipalities: tuple[str, ...]
    products: tuple[str, ...]
    districts: tuple[str, ...]
    form: str | None
    output: Path | None
    editions: Path
    as_json: bool
    quiet: bool

    def selection(self, measure: str) -> Selection:
        """Return the question to the edition."""
        return Selection(measure, self.municipalities, self.products, self.districts, self.by)

    def opened(self) -> Edition:
        """Open the edition.

        Raises:
            UsageError: form and output do not go together.
            EditionError: there is no such edition, or it cannot be trusted.
        """
        self.written()
        return open_edition(find_edition(self.edition, self.editions))

    def written(self) -> Format | None:
        """Return the form in which rows are written; None = a table or JSON.

        Raises:
            UsageError: form and output do not go together.
        """
        name = self.form
        if name is None and self.output is not None:
            endings = {form.extension: form.name for form in reversed(FORMATS.values())}
            name = endings.get(self.output.suffix)
            if name is None:
                known = ", ".join(sorted(endings))
                told = f"{self.output.name} needs --format, for it ends in none of {known}"
                raise click.UsageError(told)
        pointless = name is not None and (self.as_json or not FORMATS[name].is_text)
        if pointless and self.output is None:
            raise click.UsageError(f"{'--json' if self.as_json else name} needs --output FILE")
        return None if name is None else FORMATS[name]


def shared_options(command: Command) -> Command:
    """Give a command the options of ``Wanted``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True)
class Shown:
    """Rows of figures and how to show them.

    Attributes:
        columns: the rows.
        described: what travels along in a file.
        lines: the table.
        about: further members of the JSON object.
        notes: what somebody should know about the rows.
    """

    columns: Columns
    described: About
    lines: Iterable[str]
    about: Mapping[str, object]
    notes: Iterable[str]


def show(wanted: Wanted, found: Shown) -> None:
    """Write rows to a file or to standard output, or show them as a table or as JSON."""
    for note in () if wanted.quiet else found.notes:
        click.echo(f"Note: {note}", err=True)
    form = wanted.written()
    if form is not None and wanted.output is None:
        form.write(found.columns, sys.stdout.buffer, found.described)
        return
    if form is not None and wanted.output is not None:
        write_file(found.columns, form, found.described, wanted.output)
        told = {"file": str(wanted.output), "rows": len(found.columns["mean"])}
    else:
        told = {"rows": list(rows_of(found.columns))} if wanted.as_json else {}
    if wanted.as_json:
        click.echo(json.dumps({**found.about, **told}, ensure_ascii=False, allow_nan=False))
    elif form is None:
        for line in found.lines:
            click.echo(line)


def rows_of(columns: Columns) -> Iterator[dict[str, object]]:
    """Yield each row by name of its columns."""
    for row in zip(*(values.tolist() for values in columns.values()), strict=True):
        yield dict(zip(columns, row, strict=True))


def held_count(edition: Edition, selection: Selection) -> int:
    """Return how many of the selected series have no forecast of the measure."""
    chosen = chosen_series(edition, selection)
    return int((edition.series[f"outcome_{selection.measure}"][chosen] == HELD).sum())


def group_names(edition: Edition, columns: Columns) -> list[str]:
    """Return what each row is about, in words; a sum over everything is called so."""
    labels = {
        "product": {row["product"]: row["label"] for row in edition.products},
        "district": {row["district"]: row["label"] for row in edition.districts},
    }
    parts = [
        [_name(code, labels.get(name, {})) for code in columns[name].tolist()]
        for name in DIMENSIONS
    ]
    rows = (", ".join(part for part in row if part) for row in zip(*parts, strict=True))
    return [row or "Totaal" for row in rows]


def _name(code: str, labels: Mapping[str, str | None]) -> str:
    return "" if code == ALL else labels.get(code) or code


def starts_of(columns: Columns, others: tuple[str, ...] = ()) -> list[slice]:
    """Return the rows of each group, in order."""
    names = (*DIMENSIONS, *others)
    keys = list(zip(*(columns[name].tolist() for name in names), strict=True))
    edges = [at for at, key in enumerate(keys) if not at or key != keys[at - 1]]
    return [slice(a, b) for a, b in zip(edges, [*edges[1:], len(keys)], strict=True)]


def with_labels(columns: Columns, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns with a column of Dutch labels behind a column of codes."""
    found: dict[str, Any] = {}
    for own, values in columns.items():
        found[own] = values
        if own == name:
            told = [*(labels[code] for code in values.tolist()), None]
            found[f"{name}_label"] = np.array(told, dtype=object)[:-1]
    return found
