"""A copy of the SQLite database of state while it is in use, and back again.

Copying the file itself is not enough: what was written last stands beside it (``-wal``), and
putting one back under a running service mixes the two. PostgreSQL has tools of its own for this.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from service.database import DatabaseError, known_versions, migrate

POSTGRESQL = (
    "the state is in PostgreSQL, which has its own tools: pg_dump --format=custom and pg_restore "
    "(docs/operations.md)"
)


def back_up(engine: Engine, target: Path) -> None:
    """Write the whole database to a new file, as it is at one moment; the service may go on.

    Args:
        engine: of an SQLite database.
        target: file to make, readable to its owner only; it appears when it is complete.

    Raises:
        DatabaseError: it is no SQLite database, the file exists, or something cannot be read or
            written.
    """
    _check_kind(engine)
    if target.exists():
        raise DatabaseError(f"{target} exists already; a backup is never written over")
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with _own(engine) as source, closing(sqlite3.connect(aside)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        _check(aside)
        _to_disk(aside)
        os.link(aside, target)  # unlike a rename, never over what appeared meanwhile
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise DatabaseError(f"the backup cannot be made: {error}") from None
    finally:
        aside.unlink(missing_ok=True)


def restore(engine: Engine, source: Path) -> None:
    """Put a backup in the place of all that is in the database; the service may go on.

    Args:
        engine: of an SQLite database.
        source: a backup, of this version or an older one.

    Raises:
        DatabaseError: it is no SQLite database, or the file no whole backup that this version
            knows; nothing has been changed then.
    """
    _check_kind(engine)
    try:
        _check(source)
        with closing(_read_only(source)) as backup, _own(engine) as target:
            backup.backup(target)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise DatabaseError(f"the backup cannot be put back: {error}") from None
    engine.dispose()
    migrate(engine)


def _check_kind(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        raise DatabaseError(POSTGRESQL)


def _check(file: Path) -> None:
    """Refuse a file that is no whole database of ours, or of a newer version.

    Raises:
        DatabaseError: with the reason.
    """
    try:
        with closing(_read_only(file)) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            versions = database.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error as error:
        raise DatabaseError(f"{file} is no backup of the state: {error}") from None
    if found != "ok":
        raise DatabaseError(f"{file} is damaged: {found}")
    unknown = {version for (version,) in versions} - known_versions()
    if unknown or not versions:
        raise DatabaseError(
            f"{file} is of another version ({', '.join(sorted(unknown)) or 'none'})"
        )


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


@contextmanager
def _own(engine: Engine) -> Iterator[sqlite3.Connection]:
    """Yield the library's own connection to the database."""
    lent = engine.raw_connection()
    try:
        own = lent.driver_connection
        assert isinstance(own, sqlite3.Connection)  # noqa: S101 - the kind was checked
        yield own
    finally:
        lent.close()


def _to_disk(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
