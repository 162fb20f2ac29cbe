"""``zorgraming state forget``: what the service keeps of a municipality is removed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial

import click

from service.audit import commands
from service.audit.lines import AuditError
from service.database import migrate, open_database
from service.forgetting import Forgotten, look_up
from service.forgetting import forget as remove
from service.settings import Settings, read_settings

WORDS = {
    "budgets": "budgets",
    "scenarios": "scenarios",
    "shares": "measures shared with others",
    "keys": "keys that see no other municipality",
    "narrowed": "keys that go on seeing others",
    "sessions": "sessions",
}


@click.command()
@click.argument("municipality")
@click.option("--by", required=True, help="Who decides: name and office.")
@click.option("--reference", required=True, help="The decision that this rests on.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--database-url", help="Database of the state (default: the setting).")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
def forget(
    *,
    municipality: str,
    by: str,
    reference: str,
    dry_run: bool,
    yes: bool,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Remove budgets, scenarios, shares, keys and sessions of a municipality, for good.

    The audit trail stays, and tells who decided and what went. Keys for every municipality stay.
    """
    if not by.strip() or not reference.strip():
        raise click.UsageError("--by and --reference may not be empty: a person decides")
    settings = read_settings(database_url=database_url)
    engine = open_database(settings.database_url.get_secret_value())
    try:
        migrate(engine)
        found = look_up(engine, municipality)
        if dry_run or not yes:
            for line in _lines(municipality, found):
                click.echo(line, err=True)
        if dry_run:
            if as_json:
                told = {"municipality": municipality, "dry_run": True} | found.told()
                click.echo(json.dumps(told))
            return
        if not yes:
            click.confirm("Remove all of this, for good?", abort=True, err=True)
        who = {"municipality": municipality, "by": by.strip(), "reference": reference.strip()}
        found = remove(engine, municipality, partial(_note, settings, who))
    finally:
        engine.dispose()
    if as_json:
        click.echo(json.dumps({"municipality": municipality} | found.told()))
        return
    for line in _lines(municipality, found):
        click.echo(line)


def _lines(municipality: str, found: Forgotten) -> Iterator[str]:
    yield f"Of {municipality} in the state:"
    for name, value in found.told().items():
        names = f": {', '.join(value)}" if isinstance(value, list) and value else ""
        count = len(value) if isinstance(value, list) else value
        yield f"  {count} {WORDS[name]}{names}"


def _note(settings: Settings, who: Mapping[str, object], told: Mapping[str, object]) -> None:
    """Put on record what is removed; where that may fail, a failure is told only."""
    try:
        commands.note(settings, "municipality-forgotten", {**who, **told})
    except AuditError as error:
        if settings.audit_required:
            raise
        click.echo(f"Note: {error}", err=True)
