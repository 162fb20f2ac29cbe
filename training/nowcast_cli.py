"""The command that completes recent service months and shows what they will come to."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import click

from models.catalogue import Frequency, first_day, last_day, ordinal, ordinals
from models.errors import DeliveryError, HorizonError
from models.nowcast import Z80, Completed, complete
from models.panel import Panel
from training.cli_options import EXISTING, FOLDER, Day
from training.fault_report import fault_lines
from training.files import write_aside
from training.sources.folder import read_folder

COLUMNS = (
    *("municipality", "product", "service_month", "as_of", "declared_eur", "expected_eur"),
    *("p10_eur", "p90_eur", "share_declared", "method"),
)
_NO_DECLARATIONS = (
    "the delivery has no declarations. Deliver declarations.csv with the columns municipality, "
    "product, service_period, declared_period and cost_eur: per month of care what was declared in "
    "each later month (a credit is negative). allocations.csv sharpens the estimate. "
    "zorgraming template DIR writes both, empty, with an explanation of every column."
)
Row = dict[str, Any]


@click.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option(
    "--as-of",
    type=Day(),
    help="See only what was known by then. [default: end of the last month of declaration]",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--output", type=FOLDER, metavar="FILE.csv", help="Write the months to a file.")
def nowcast(
    folder: Path, as_of: date | None, as_json: bool, quiet: bool, output: Path | None
) -> None:
    """Complete the service months that are still being declared."""
    try:
        panel, _ = read_folder(folder)
        seen, completed = completed_months(panel, as_of)
    except DeliveryError as error:
        _refuse(error, as_json)
    rows = list(month_rows(completed, seen))
    if output is not None:
        write_rows(output, rows)
    if as_json:
        click.echo(json.dumps({"as_of": seen.isoformat(), "months": rows}, ensure_ascii=False))
    elif not quiet:
        for line in table_lines(rows, seen):
            click.echo(line)


def completed_months(
    panel: Panel, as_of: date | None
) -> tuple[date, dict[tuple[str, str], Completed]]:
    """Complete the open months of a delivery.

    Args:
        panel: as read.
        as_of: what was known later is left out, or None for the end of the last month of
            declaration. A month that has not ended on that day is not looked at.

    Returns:
        The last day of the last month looked at, and the open months per municipality and product.

    Raises:
        DeliveryError: the delivery has no declarations, and what to deliver.
        HorizonError: none was known yet on that day.
    """
    if panel.declarations.empty:
        raise DeliveryError(_NO_DECLARATIONS)
    declared = ordinals(panel.declarations["declared_period"].to_numpy(), Frequency.MONTH)
    at = int(declared.max()) if as_of is None else _last_ended(as_of)
    seen = last_day(at, Frequency.MONTH)
    known = panel.as_known_at(seen if as_of is None else as_of)
    if known.declarations.empty:
        raise HorizonError(f"--as-of {seen}: nothing had been declared by then")
    return seen, complete(known.declarations, known.allocations, at)


def _last_ended(day: date) -> int:
    month = ordinal(day, Frequency.MONTH)
    return month if last_day(month, Frequency.MONTH) == day else month - 1


def month_rows(completed: dict[tuple[str, str], Completed], seen: date) -> Iterator[Row]:
    """Yield one row per municipality, product and open month, columns ``COLUMNS``; euros."""
    for (municipality, product), months in completed.items():
        low, high = months.quantile(-Z80), months.quantile(Z80)
        for at, month in enumerate(months.months.tolist()):
            amounts = (months.declared_cents, months.completed_cents, low, high)
            euros = (round(float(amount[at]) / 100, 2) for amount in amounts)
            day = first_day(month, Frequency.MONTH)
            share = round(float(months.share[at]), 4)
            values = (municipality, product, day.isoformat(), seen.isoformat(), *euros, share)
            yield dict(zip(COLUMNS, (*values, months.method[at]), strict=True))


def table_lines(rows: list[Row], seen: date) -> Iterator[str]:
    """Show the rows as a table for the terminal, amounts in whole euros."""
    if not rows:
        yield f"Nothing is open on {seen}: every product declares at once, or has ended."
        return
    yield f"Service months still being declared, as seen at the end of {seen:%Y-%m} (EUR)"
    yield (
        f"{'municipality':<12} {'product':<24} {'month':<7} {'declared':>13} {'expected':>13} "
        f"{'P10':>13} {'P90':>13} {'share':>6}  method"
    )
    for row in rows:
        amounts = (row[name] for name in ("declared_eur", "expected_eur", "p10_eur", "p90_eur"))
        yield (
            f"{row['municipality']:<12} {row['product']:<24} {row['service_month'][:7]} "
            f"{' '.join(f'{amount:13,.0f}' for amount in amounts)} "
            f"{100 * row['share_declared']:5.0f}%  {row['method']}"
        )
    declared = sum(row["declared_eur"] for row in rows)
    expected = sum(row["expected_eur"] for row in rows)
    yield f"Declared {declared:,.0f}; expected {expected:,.0f}: {expected - declared:,.0f} to come."


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write the rows as CSV, UTF-8; an existing file is replaced.

    Raises:
        ZorgramingError: the file cannot be written.
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_aside(path, stream.getvalue().encode())


def _refuse(error: DeliveryError, as_json: bool) -> NoReturn:
    """End with exit code 1 and every fault, for people or for programs."""
    if as_json:
        faults = [vars(fault) for fault in error.faults]
        click.echo(json.dumps({"refused": str(error), "faults": faults}, ensure_ascii=False))
    click.echo(f"Refused: {error}", err=True)
    for line in fault_lines(error.faults):
        click.echo(f"  {line}", err=True)
    sys.exit(1)
