"""The database of state (keys, sharing, budgets, scenarios): SQLite, or PostgreSQL by address.

The tables are made and changed by the migrations in ``service/migrations`` only.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import DateTime, Engine, create_engine, event, select
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.types import TypeDecorator

from models.errors import ZorgramingError

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MILLISECONDS = 5_000


class DatabaseError(ZorgramingError):
    """The database cannot be opened; the message never holds its address, which has a password."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse moments without a zone; store the others in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _prepare_sqlite(engine: Engine, file: str | None) -> None:
    if file and file != ":memory:":
        Path(file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, _record: object) -> None:
        for pragma in (
            "foreign_keys = ON",
            "journal_mode = WAL",
            f"busy_timeout = {BUSY_MILLISECONDS}",
        ):
            connection.cursor().execute(f"PRAGMA {pragma}")


def open_database(url: str) -> Engine:
    """Return an engine for an address; nothing is connected to yet.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user:password@host/name``.

    Raises:
        DatabaseError: the address is unreadable, its driver is missing, or the folder of an SQLite
            file cannot be made.
    """
    try:
        address = make_url(url)
        engine = create_engine(address, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine, address.database)
    except ArgumentError:
        raise DatabaseError("the database address cannot be read") from None
    except ModuleNotFoundError as error:
        advice = f"the database needs {error.name}: pip install 'zorgraming[pg]'"
        raise DatabaseError(advice) from None
    except OSError as error:
        raise DatabaseError(f"the folder of the database cannot be made: {error}") from None
    return engine


def _migrations() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - slow to load, needed once per start only

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def known_versions() -> set[str]:
    """Return the versions of the tables that this code knows."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory.from_config(_migrations())
    return {script.revision for script in scripts.walk_revisions()}


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest version; does nothing when they are.

    Raises:
        DatabaseError: they are of a version that this code does not know.
    """
    from alembic import command  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = _migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise DatabaseError(
                "the database is of a newer version than this program; install that version, or "
                "restore the backup that was made before the upgrade"
            ) from None


def is_reachable(engine: Engine) -> bool:
    """Tell whether the database answers."""
    try:
        with engine.connect() as connection:
            connection.execute(select(1))
    except SQLAlchemyError:
        return False
    return True
