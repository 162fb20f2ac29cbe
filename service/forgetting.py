"""Takes everything of one municipality out of the database of state, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from service.access.tables import API_KEY, API_KEY_MUNICIPALITY, SESSION, SHARED_MEASURE
from service.database import DatabaseError
from service.state.tables import BUDGET, BUDGET_LINE, SCENARIO

KINDS: tuple[tuple[str, Table], ...] = (("budgets", BUDGET), ("scenarios", SCENARIO))


@dataclass(frozen=True)
class Forgotten:
    """What there was of a municipality: ids, never figures.

    Attributes:
        budgets, scenarios: ids of what was kept, the cited ones too.
        shares: measures that were shared with others.
        keys: ids of keys that saw this municipality only; they are gone.
        narrowed: ids of keys that saw others too, and see those still.
        sessions: how many people were signed out.
    """

    budgets: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()
    sessions: int = 0

    def told(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
        }


def look_up(engine: Engine, municipality: str) -> Forgotten:
    """Return what there is of a municipality; nothing is changed.

    Raises:
        DatabaseError: the database cannot be read.
    """
    try:
        with engine.connect() as connection:
            return _found(connection, municipality)
    except SQLAlchemyError:
        raise DatabaseError("the database of state cannot be read") from None


def forget(
    engine: Engine, municipality: str, note: Callable[[Mapping[str, object]], None]
) -> Forgotten:
    """Remove all there is of a municipality.

    Args:
        engine: the database of state, with its tables.
        municipality: its code.
        note: puts on record what is removed; when it raises, nothing has been.

    Raises:
        DatabaseError: the database cannot be written; nothing has been removed then.
    """
    try:
        with engine.begin() as connection:
            _overwriting(connection)
            found = _found(connection, municipality)
            _remove(connection, municipality, found)
            note(found.told())
        _settle(engine)
        return found
    except SQLAlchemyError:
        raise DatabaseError("the database of state cannot be written; nothing changed") from None


def _overwriting(connection: Connection) -> None:
    """Let SQLite overwrite what it deletes; it would leave it in its file otherwise."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def _settle(engine: Engine) -> None:
    """Bring what SQLite wrote beside its file into it, so that the old pages are gone.

    A service that reads meanwhile may keep them a little longer.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _found(connection: Connection, municipality: str) -> Forgotten:
    kept = {name: _words(connection, table, "id", municipality) for name, table in KINDS}
    link = API_KEY_MUNICIPALITY.c
    mine = set(_words(connection, API_KEY_MUNICIPALITY, "key_id", municipality))
    places = func.count(link.municipality)
    counted = connection.execute(select(link.key_id, places).group_by(link.key_id))
    alone = {row.key_id for row in counted if row[1] == 1} & mine
    return Forgotten(
        **kept,
        shares=_words(connection, SHARED_MEASURE, "measure", municipality),
        keys=tuple(sorted(alone)),
        narrowed=tuple(sorted(mine - alone)),
        sessions=len(_sessions(connection, municipality)),
    )


def _words(connection: Connection, table: Table, column: str, municipality: str) -> tuple[str, ...]:
    found = connection.scalars(select(table.c[column]).where(table.c.municipality == municipality))
    return tuple(sorted(found))


def _sessions(connection: Connection, municipality: str) -> list[str]:
    """Return the sessions of who sees this municipality by name."""
    rows = connection.execute(
        select(SESSION.c.sha256, SESSION.c.municipalities).where(
            SESSION.c.municipalities.is_not(None)
        )
    )
    return [row.sha256 for row in rows if municipality in json.loads(row.municipalities)]


def _remove(connection: Connection, municipality: str, found: Forgotten) -> None:
    for table in (BUDGET_LINE, BUDGET, SCENARIO, SHARED_MEASURE, API_KEY_MUNICIPALITY):
        connection.execute(delete(table).where(table.c.municipality == municipality))
    connection.execute(delete(API_KEY).where(API_KEY.c.id.in_(found.keys)))
    gone = _sessions(connection, municipality)
    connection.execute(delete(SESSION).where(SESSION.c.sha256.in_(gone)))
