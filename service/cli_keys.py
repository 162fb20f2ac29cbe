"""``zorgraming keys``: make, list and revoke API keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from models.errors import EditionError
from models.manifest import read_manifest
from service.access.keys import ApiKey, KeyRing
from service.access.roles import Role
from service.audit import commands
from service.audit.lines import AuditError
from service.audit.purpose import cleaned
from service.database import migrate, open_database
from service.settings import read_settings

HOW_TO = "zorgraming keys create --name … --municipality …"
READER_NOTE = (
    "Note: a reader sees figures by year, in which small numbers are hidden and the rest is "
    "rounded; use --role controller for exact figures, months and causes."
)


def _ring(database_url: str | None) -> KeyRing:
    settings = read_settings(database_url=database_url)
    engine = open_database(settings.database_url.get_secret_value())
    migrate(engine)
    return KeyRing(engine, lambda: datetime.now(UTC))


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _record(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role.value,
        "municipalities": None if key.municipalities is None else sorted(key.municipalities),
        "purpose": key.purpose,
        "created_at": _moment(key.created_at),
        "expires_at": _moment(key.expires_at),
        "last_used_at": _moment(key.last_used_at),
        "revoked_at": _moment(key.revoked_at),
    }


def _note(name: str, key: ApiKey) -> None:
    """Put on record what was done to a key; where that may fail, a failure is told only."""
    settings = read_settings()
    record = _record(key)
    told = {
        part: record[part]
        for part in ("id", "name", "role", "municipalities", "purpose", "expires_at")
    }
    try:
        commands.note(settings, name, told)
    except AuditError as error:
        if settings.audit_required:
            raise
        click.echo(f"Note: {error}", err=True)


def known_municipalities(editions: Path) -> set[str]:
    """Return the municipalities of all readable editions in a folder."""
    found: set[str] = set()
    for manifest in sorted(editions.glob("*/manifest.json")):
        try:
            found.update(read_manifest(manifest.parent)["municipalities"])
        except EditionError:  # serve tells about damaged editions; a key does not need them
            continue
    return found


@click.group()
def keys() -> None:
    """Make, list and revoke the API keys that dashboards and people use."""


DATABASE = click.option(
    "--database-url", help="Database of the keys (default: the setting, or ./state)."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


@keys.command()
@click.option("--name", required=True, help="Who or what uses the key, for example 'Power BI'.")
@click.option("--municipality", "municipalities", multiple=True, help="May be repeated.")
@click.option("--all-municipalities", is_flag=True, help="See every municipality.")
@click.option("--role", type=click.Choice([r.value for r in Role]), default="controller")
@click.option("--days", type=click.IntRange(1, 3650), default=365, help="How long it works.")
@click.option("--purpose", help="What for; stands in the audit trail with each access.")
@click.option("--editions", type=click.Path(path_type=Path), help="To check codes against.")
@DATABASE
@AS_JSON
def create(
    *,
    name: str,
    municipalities: tuple[str, ...],
    all_municipalities: bool,
    role: str,
    days: int,
    purpose: str | None,
    editions: Path | None,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Make a key and show it, once."""
    if all_municipalities == bool(municipalities):
        raise click.UsageError("give either --municipality (one or more) or --all-municipalities")
    settings = read_settings(editions=editions)
    seen = None if all_municipalities else municipalities
    ring = _ring(database_url)
    text, key = ring.create(name, Role(role), seen, days, cleaned(purpose or ""))
    try:
        _note("key-created", key)
    except AuditError:  # a key that is not on record must not work
        ring.revoke(key.id)
        raise
    if as_json:
        click.echo(json.dumps({"key": text, **_record(key)}, ensure_ascii=False))
    else:
        _show(text, key, settings.public_url or settings.local_address)
    for note in _notes(key, settings.editions):
        click.echo(note, err=True)


def _show(text: str, key: ApiKey, base: str) -> None:
    places = "every municipality" if key.municipalities is None else ", ".join(key.municipalities)
    click.echo(
        f"Key {key.id} for {key.name}: {key.role}, sees {places}, until {key.expires_at:%Y-%m-%d}"
    )
    click.echo("")
    click.echo(f"  {text}")
    click.echo("")
    click.echo("Keep it now: it is stored as a hash only and cannot be shown again. Use it as")
    click.echo(f"  curl -H 'Authorization: Bearer {text}' {base}/v1/editions")
    click.echo(f"or, in Power BI and Excel, as Basic: user name {key.id}, password the whole key.")


def _notes(key: ApiKey, editions: Path) -> list[str]:
    notes = [READER_NOTE] if key.role is Role.READER else []
    known = known_municipalities(editions)
    missing = sorted((key.municipalities or frozenset()) - known)
    if missing:
        there = ", ".join(sorted(known)[:20]) or f"none: {editions} holds no edition"
        notes.append(f"Note: no edition holds {', '.join(missing)} yet (there: {there}).")
    return notes


@keys.command("list")
@DATABASE
@AS_JSON
def list_keys(database_url: str | None, as_json: bool) -> None:
    """Show all keys, never their secrets."""
    found = _ring(database_url).all()
    if as_json:
        click.echo(json.dumps([_record(key) for key in found], ensure_ascii=False))
        return
    if not found:
        click.echo(
            "There are no keys. Make one with: zorgraming keys create --name … --municipality …"
        )
    now = datetime.now(UTC)
    for key in found:
        click.echo(_line(key, now))


def _line(key: ApiKey, now: datetime) -> str:
    state = "valid" if key.is_valid(now) else "revoked" if key.revoked_at else "expired"
    places = "all" if key.municipalities is None else ",".join(sorted(key.municipalities))
    used = _moment(key.last_used_at) or "never"
    return (
        f"{key.id}  {state:<7}  {key.role:<13}  until {key.expires_at:%Y-%m-%d}  "
        f"used {used}  {places}  {key.name}"
    )


@keys.command()
@click.argument("key_id")
@DATABASE
def revoke(key_id: str, database_url: str | None) -> None:
    """End a key; it stays in the list."""
    key = _ring(database_url).revoke(key_id)
    _note("key-revoked", key)
    click.echo(f"Key {key.id} ({key.name}) has been revoked since {_moment(key.revoked_at)}.")
