"""The service's commands: serve, export and keys."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

from models.catalogue import MEASURES
from models.edition import open_edition
from service.cli_serve import keys, serve
from service.export import TIMES, Extract, Wish, about, extract, find_edition, write_file
from service.formats import FORMATS

__all__ = ["export", "keys", "serve"]

DIMENSIONS = ("municipality", "product", "district")


class By(click.ParamType[tuple[str, ...]]):
    """Dimensions to keep apart, comma-separated, with at most one length of periods.

    Args:
        times: the lengths of periods that may be named.
    """

    def __init__(self, times: tuple[str, ...] = TIMES) -> None:
        self.allowed = (*DIMENSIONS, *times)
        self.name = "product,district,year" if times else "product,district"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's own signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, ...]:
        """Parse the names, or end with a usage error."""
        names = tuple(name.strip() for name in str(value).split(",")) if str(value).strip() else ()
        unknown = [name for name in names if name not in self.allowed]
        if unknown:
            self.fail(f"{unknown[0]!r} is none of {', '.join(self.allowed)}", param, ctx)
        if len(set(names)) < len(names):
            self.fail(f"{value!r} names something twice", param, ctx)
        if sum(name in TIMES for name in names) > 1:
            self.fail(f"{value!r} asks for more than one of {', '.join(TIMES)}", param, ctx)
        return names


class Month(click.ParamType[date]):
    """A month, read as its first day."""

    name = "YYYY-MM"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's own signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> date:
        """Parse a month, or end with a usage error."""
        try:
            if len(str(value)) != len("2026-01"):
                raise ValueError
            return date.fromisoformat(f"{value}-01")
        except ValueError:
            self.fail(f"{value!r} is not a month like 2026-01", param, ctx)


@click.command()
@click.argument("edition")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="csv", show_default=True
)
@click.option("--by", type=By(), help="Keep these apart; what is not named is summed.")
@click.option("--measure", type=click.Choice(MEASURES), help="One measure (default: all).")
@click.option("--from", "start", type=Month(), help="Periods that begin in this month or later.")
@click.option("--to", "end", type=Month(), help="Periods that begin in this month or earlier.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option(
    "--editions",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: os.environ.get("ZORGRAMING_EDITIONS", "editions"),
    help="Where to find an edition by its id (default: ZORGRAMING_EDITIONS or ./editions).",
)
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object (with --output).")
@click.option("--quiet", is_flag=True, help="No notes on standard error.")
def export(
    *,
    edition: str,
    form: str,
    by: tuple[str, ...] | None,
    measure: str | None,
    start: date | None,
    end: date | None,
    output: Path | None,
    editions: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the figures of EDITION (a folder, or an id) as CSV, XLSX or Parquet.

    Columns: municipality, product, district, period, frequency, measure, unit, kind, p10, p50,
    p90, mean. What is summed over reads 'all'; every sum has its own band, from the joint sample
    paths.

    Without --by: every municipality, product and district, by the coarsest period in which any of
    the products is delivered. With --by but without month, quarter or year, time is summed over
    too: one row for what is actual and one for what is forecast. Only complete periods are given.

    CSV goes to standard output unless --output names a file; csv-nl is what Dutch Excel opens.
    """
    chosen = FORMATS[form]
    if output is None and (as_json or not chosen.is_text):
        raise click.UsageError(f"{'--json' if as_json else form} needs --output FILE")
    opened = open_edition(find_edition(edition, editions))
    found = extract(opened, Wish(by, measure, start, end))
    for note in () if quiet else notes(found):
        click.echo(f"Note: {note}", err=True)
    if output is None:
        chosen.write(found.columns, sys.stdout.buffer, about(opened))
        return
    write_file(found.columns, chosen, about(opened), output)
    if as_json:
        click.echo(json.dumps(_summary(opened.edition_id, found, output), ensure_ascii=False))


def notes(found: Extract) -> Iterator[str]:
    """Yield what somebody should know about the rows."""
    for measure, reason in found.left_out.items():
        yield f"{measure} is left out: {reason}"
    if found.held:
        yield f"{found.held} series have no forecast and count in the past only (outcome: held)"


def _summary(edition_id: str, found: Extract, output: Path) -> dict[str, object]:
    return {
        "edition_id": edition_id,
        "file": str(output),
        "rows": len(found.columns["mean"]),
        "measures": list(found.measures),
        "left_out": dict(found.left_out),
        "held": found.held,
    }
