"""``zorgraming sharing``: what municipalities in one service let each other see."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from models.catalogue import MEASURES
from service.access.sharing import SharedMeasure, SharingBook
from service.audit import commands
from service.cli_keys import AS_JSON, DATABASE
from service.database import migrate, open_database
from service.settings import Settings, read_settings

MEANING = (
    "Others see totals of the municipality per product, law and everything, by year, with small "
    "numbers hidden and the rest rounded; no districts, no months."
)


def _book(database_url: str | None) -> tuple[SharingBook, Settings]:
    settings = read_settings(database_url=database_url)
    engine = open_database(settings.database_url.get_secret_value())
    migrate(engine)
    return SharingBook(engine, lambda: datetime.now(UTC)), settings


@click.group()
def sharing() -> None:
    """Decide what municipalities in one service let each other see."""


@sharing.command("set", epilog=MEANING)
@click.argument("municipality")
@click.option(
    "--measure", "measures", multiple=True, type=click.Choice(MEASURES), help="May be repeated."
)
@click.option("--nothing", is_flag=True, help="Share nothing any more.")
@click.option("--by", required=True, help="Name and office of who decides.")
@DATABASE
def change(
    municipality: str, measures: tuple[str, ...], nothing: bool, by: str, database_url: str | None
) -> None:
    """Share measures of a municipality with the others, in place of what it shared before."""
    if nothing == bool(measures):
        raise click.UsageError("give either --measure (one or more) or --nothing")
    book, settings = _book(database_url)
    # On record first: what is not on record is not shared.
    commands.note(
        settings,
        "sharing-changed",
        {"municipality": municipality, "measures": ",".join(sorted(set(measures))), "by": by},
    )
    book.share(municipality, measures, by)
    told = ", ".join(sorted(set(measures))) or "nothing"
    click.echo(f"{municipality} shares {told} with the other municipalities of this service.")


@sharing.command("list")
@DATABASE
@AS_JSON
def show(database_url: str | None, as_json: bool) -> None:
    """Show who shares what, by whose decision."""
    lines = _book(database_url)[0].lines()
    if as_json:
        click.echo(json.dumps([_record(line) for line in lines], ensure_ascii=False))
        return
    if not lines:
        click.echo("No municipality shares anything.")
    for line in lines:
        click.echo(
            f"{line.municipality}  {line.measure:<8}  since {line.shared_at:%Y-%m-%d}  "
            f"{line.shared_by}"
        )


def _record(line: SharedMeasure) -> dict[str, str]:
    return {
        "municipality": line.municipality,
        "measure": line.measure,
        "shared_by": line.shared_by,
        "shared_at": line.shared_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
