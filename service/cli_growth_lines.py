"""``zorgraming growth-lines``: growth as a budget writes it, per task field and cause."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import click

from models.asking import Selection
from models.edition import open_edition
from models.growth_lines import GrowthLines, growth_lines
from service import growth_rows, growth_sheet
from service.export import about, find_edition, write_file
from service.formats import FORMATS, About, Columns, Format

__all__ = ["command"]

FORMS = {form.extension: form.name for form in reversed(FORMATS.values())}


@click.command(name="growth-lines")
@click.argument("edition")
@click.option(
    "--years", type=click.IntRange(1, 20), default=4, show_default=True, help="Budget years."
)
@click.option("--municipality", "municipalities", multiple=True, help="Only this one; repeatable.")
@click.option("--product", "products", multiple=True, help="Only this one; repeatable.")
@click.option("--district", "districts", multiple=True, help="Only this one; repeatable.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="Rows instead of a table.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option(
    "--editions",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: os.environ.get("ZORGRAMING_EDITIONS", "editions"),
    help="Where to find an edition by its id (default: ZORGRAMING_EDITIONS or ./editions).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def command(
    *,
    edition: str,
    years: int,
    municipalities: tuple[str, ...],
    products: tuple[str, ...],
    districts: tuple[str, ...],
    form: str | None,
    output: Path | None,
    editions: Path,
    as_json: bool,
) -> None:
    """Show the growth of cost of EDITION (a folder, or an id) as lines of a budget.

    Per task field (taakveld, by the numbering that holds in the year) and cause, the difference of
    each budget year from the base year, x EUR 1,000; minus is adverse. Thousands add up to the
    totals. A table in Dutch; --format gives rows, with the unrounded mean and band; an .xlsx file
    has its totals as formulas.
    """
    chosen = _form(form, output, as_json)
    opened = open_edition(find_edition(edition, editions))
    asked = Selection("cost", municipalities, products, districts)
    found = growth_lines(opened, asked, years)
    described = about(opened)
    if chosen is None:
        _show(found, described, as_json)
        return
    described = replace(described, definitions=growth_rows.COLUMN_DEFINITIONS)
    written = _with_sums(chosen, found) if chosen.name == "xlsx" else chosen
    columns = growth_rows.columns_of(found)
    if output is None:
        written.write(columns, sys.stdout.buffer, described)
        return
    write_file(columns, written, described, output)
    if as_json:
        told = {"edition_id": found.edition_id, "file": str(output), "rows": len(found.lines)}
        click.echo(json.dumps(told, ensure_ascii=False))


def _form(name: str | None, output: Path | None, as_json: bool) -> Format | None:
    """Return the form of the rows, by name or by the name of the file; None = no rows."""
    if name is None and output is not None:
        name = FORMS.get(output.suffix)
        if name is None:
            known = ", ".join(sorted(FORMS))
            raise click.UsageError(f"{output.name} needs --format, for it ends in none of {known}")
    if name is not None and output is None and (as_json or not FORMATS[name].is_text):
        raise click.UsageError(f"{'--json' if as_json else name} needs --output FILE")
    return None if name is None else FORMATS[name]


def _show(found: GrowthLines, described: About, as_json: bool) -> None:
    if as_json:
        told = growth_rows.json_of(found, described.facts)
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for line in growth_rows.table_of(found):
        click.echo(line)
    click.echo()
    for note in growth_rows.notes_of(found, described.facts):
        click.echo(note)


def _with_sums(form: Format, found: GrowthLines) -> Format:
    """Return a form of which the workbook has its totals as formulas."""

    def write(_: Columns, stream: BinaryIO, described: About) -> None:
        growth_sheet.write(found, list(growth_rows.notes_of(found, described.facts)), stream)

    return replace(form, write=write)
