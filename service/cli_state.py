"""``zorgraming state``: back up keys and other state, and put a backup back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from service.access.keys import KeyRing
from service.access.sessions import end_every_session
from service.audit import commands
from service.audit.lines import AuditError
from service.backup import back_up
from service.backup import restore as put_back
from service.cli_forget import forget
from service.database import DatabaseError, migrate, open_database
from service.settings import Settings, read_settings

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
DATABASE = click.option("--database-url", help="Database of the state (default: the setting).")


@click.group()
def state() -> None:
    """Back up keys and other state that lie in SQLite, put a backup back, forget a municipality."""


state.add_command(forget)


@contextmanager
def _opened(settings: Settings) -> Iterator[Engine]:
    engine = open_database(settings.database_url.get_secret_value())
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def _ids(engine: Engine) -> tuple[set[str], set[str]]:
    """Return the ids of all keys, and of those that were revoked."""
    keys = KeyRing(engine, lambda: datetime.now(UTC)).all()
    return {key.id for key in keys}, {key.id for key in keys if key.revoked_at is not None}


@state.command()
@FILE
@DATABASE
def backup(file: Path, database_url: str | None) -> None:
    """Write all state to FILE, which must not exist; the service may run meanwhile.

    FILE holds no key that could be used (keys are kept as hashes), but do keep it as a secret. The
    editions and the audit trail are folders of their own and not in it.
    """
    with _opened(read_settings(database_url=database_url)) as engine:
        back_up(engine, file)
    click.echo(f"{file}: {file.stat().st_size} bytes, checked.")


@state.command()
@FILE
@click.option("--replace", is_flag=True, help="Also where there are keys now: they are lost.")
@DATABASE
def restore(*, file: Path, replace: bool, database_url: str | None) -> None:
    """Put the state in FILE in the place of what is there now; the service may run meanwhile.

    What was done since the backup is undone: keys made since do not work any more, and keys revoked
    since work again. The audit trail tells which ones. Everybody signs in anew.
    """
    settings = read_settings(database_url=database_url)
    with _opened(settings) as engine:
        before, ended = _ids(engine)
        if before and not replace:
            raise DatabaseError(f"there are {len(before)} keys now; --replace replaces them all")
        put_back(engine, file)
        end_every_session(engine)  # who had signed out since would be signed in again
        after, still_ended = _ids(engine)
    _note(settings, {"file": file.name, "keys": len(after)})
    click.echo(f"The state is that of {file}: {len(after)} keys.")
    for key_id in sorted(ended & after - still_ended):
        click.echo(f"Note: key {key_id} works again; revoke it if that was not meant.", err=True)


def _note(settings: Settings, told: dict[str, object]) -> None:
    try:
        commands.note(settings, "state-restored", told)
    except AuditError as error:
        if settings.audit_required:
            raise
        click.echo(f"Note: {error}", err=True)
