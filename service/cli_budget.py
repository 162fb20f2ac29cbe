"""``zorgraming budget``: a budget from a table into the service, and the table to fill in."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from models.edition import Edition
from service.api.budget_body import BudgetBody, content_of
from service.api.kept import KEPT_ID
from service.audit import commands
from service.audit.lines import AuditError
from service.budget_table import Target, read_budget_table
from service.budget_template import template as made_template
from service.database import migrate, open_database
from service.settings import Settings, read_settings
from service.state.kept import CitedError, Condition, FullError
from service.state.shelves import BudgetShelf
from service.store import EditionStore

__all__ = ["budget"]

AUTHOR = "command"
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


@click.group()
def budget() -> None:
    """Read budgets from tables, and write the table to fill in."""


@budget.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def template(file: Path, force: bool) -> None:
    """Write an empty workbook (.xlsx) for a budget to FILE."""
    if file.exists() and not force:
        raise click.UsageError(f"{file} is there already; --force writes over it")
    file.write_bytes(made_template())
    click.echo(f"{file} written: fill in the sheet Begroting, and Indeling for programmes.")


@budget.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--municipality", required=True, help="Code of the municipality.")
@click.option("--name", required=True, help="Such as 'Programmabegroting 2026-2029'.")
@click.option("--version", required=True, help="Such as 'primitief' or '1e wijziging'.")
@click.option("--id", "budget_id", help="Id to keep it under; without it nothing is kept.")
@click.option("--decided-on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the decision.")
@click.option(
    "--programmes",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Table that divides programmes over task fields (default: the sheet Indeling).",
)
@click.option("--amounts-confirmed", is_flag=True, help="Small amounts are euros, not thousands.")
@click.option("--control-total", "controls", multiple=True, help="EUR, or YEAR=EUR; repeatable.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the body to put as JSON.")
@click.option("--editions", type=click.Path(path_type=Path), help="To hold the lines against.")
@click.option("--database-url", help="Database of state (default: the setting, or ./state).")
@AS_JSON
def import_(
    *,
    file: Path,
    municipality: str,
    name: str,
    version: str,
    budget_id: str | None,
    decided_on: datetime | None,
    programmes: Path | None,
    amounts_confirmed: bool,
    controls: tuple[str, ...],
    output: Path | None,
    editions: Path | None,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Read the budget in FILE (CSV or XLSX) and keep it under --id; tells every fault at once."""
    settings = read_settings(editions=editions, database_url=database_url)
    target = Target(
        municipality,
        name,
        version,
        None if decided_on is None else decided_on.date(),
        _edition(settings, municipality),
        amounts_confirmed,
        dict(map(_control, controls)),
    )
    mapping = None if programmes is None else (programmes.read_bytes(), programmes.name)
    body, faults = read_budget_table(file.read_bytes(), file.name, target, mapping)
    if body is None:
        _tell(faults, as_json)
        raise SystemExit(1)
    if output is not None:
        output.write_text(_json(body, indent=1) + "\n", encoding="utf-8")
    kept = None if budget_id is None else _keep(settings, body, budget_id)
    _report(body, kept, target, as_json)


def _edition(settings: Settings, municipality: str) -> Edition | None:
    """Return the edition in force of a municipality, if it is there."""
    store = EditionStore(settings.editions, demo=settings.demo, clock=lambda: datetime.now(UTC))
    found = (one for one in store.served() if municipality in one.current_for)
    return next((one.edition for one in found), None)


def _control(text: str) -> tuple[int | None, Decimal]:
    year, _, amount = text.rpartition("=")
    try:
        return int(year) if year else None, Decimal(amount)
    except (ValueError, InvalidOperation):
        raise click.BadParameter(f"{text} is neither EUR nor YEAR=EUR") from None


def _tell(faults: list[Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"faults": [vars(one) for one in faults]}, ensure_ascii=False))
        return
    for one in faults:
        click.echo(one.text(), err=True)
    click.echo(f"{len(faults)} fouten; niets is bewaard.", err=True)


def _keep(settings: Settings, body: dict[str, Any], budget_id: str) -> dict[str, Any]:
    if re.fullmatch(KEPT_ID, budget_id) is None:
        raise click.BadParameter(f"{budget_id} does not fit {KEPT_ID}", param_hint="--id")
    if settings.demo:
        raise click.UsageError("the demonstration keeps nothing")
    try:
        sent = BudgetBody.model_validate(body)
    except ValidationError as error:
        raise click.ClickException(str(error)) from None
    engine = open_database(settings.database_url.get_secret_value())
    migrate(engine)
    shelf = BudgetShelf(engine, lambda: datetime.now(UTC))
    try:
        kept, is_new = shelf.put(
            sent.municipality, budget_id, content_of(sent), AUTHOR, Condition()
        )
    except CitedError as error:
        raise click.ClickException(f"{budget_id} was cited in '{error}' and is fixed") from None
    except FullError:
        raise click.ClickException(f"{sent.municipality} keeps as many as it may") from None
    told = {"municipality": sent.municipality, "id": budget_id, "revision": kept.revision}
    _note(settings, told)
    return told | {"new": is_new}


def _note(settings: Settings, told: dict[str, Any]) -> None:
    try:
        commands.note(settings, "budget-imported", told)
    except AuditError as error:
        if settings.audit_required:
            raise
        click.echo(f"Note: {error}", err=True)


def _report(
    body: dict[str, Any], kept: dict[str, Any] | None, target: Target, as_json: bool
) -> None:
    if as_json:
        held = None if target.edition is None else target.edition.edition_id
        click.echo(_json({"body": body, "kept": kept, "edition": held}))
        return
    years = sorted({line["year"] for line in body["lines"]})
    for year in years:
        total = sum(line["amount_eur"] for line in body["lines"] if line["year"] == year)
        click.echo(f"{year}: {total:>18,.2f} EUR")
    click.echo(f"{len(body['lines'])} lines of {target.municipality}")
    if target.edition is None:
        click.echo("Note: no edition in force was found, so products were not checked.", err=True)
    if kept is None:
        click.echo("Nothing was kept: give --id to keep it, or --output for the body to put.")
    else:
        click.echo(f"Kept as {kept['id']}, revision {kept['revision']}.")


def _json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value.isoformat() if isinstance(value, date) else str(value)
