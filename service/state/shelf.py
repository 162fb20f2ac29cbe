"""Keeping things under an id: put, read, cite and removed, each of one municipality.

A put replaces the whole, so that it may be sent twice. Conditions (``If-Match``) are held against
what is there within the same transaction, and a change made in between is noticed by the number of
the revision. What was cited does not change any more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError

from service.access.keys import Clock
from service.state.kept import (
    ChangedError,
    Citation,
    CitedError,
    Condition,
    Content,
    FullError,
    Kept,
    MissingError,
)

MOST = 1_000  # of one kind per municipality
_TRIES = 20  # when others change the same thing at the same moment


class _LostRaceError(ChangedError):
    """Somebody else changed it between reading and writing."""


class Shelf(ABC):
    """Everything of one kind in a database.

    Args:
        engine: the database.
        clock: the present moment.
        table: where it is kept.
    """

    def __init__(self, engine: Engine, clock: Clock, table: Table) -> None:
        self._engine, self._clock, self._table = engine, clock, table

    @abstractmethod
    def _columns(self, content: Content) -> dict[str, Any]:
        """Return the columns of the table that hold the content."""

    @abstractmethod
    def _contents(self, connection: Connection, rows: list[Row[Any]]) -> list[Content]:
        """Return the content of each row."""

    @abstractmethod
    def _stored(self, connection: Connection, kept: Kept) -> None:
        """Store what does not fit in columns, in place of what was there."""

    def all(self, seen: Collection[str] | None, kept_id: str | None = None) -> list[Kept]:
        """Return what is kept, sorted by municipality and id.

        Args:
            seen: municipalities whose things may be read; None = all.
            kept_id: only under this id.
        """
        table = self._table
        wanted: ColumnElement[bool] = (
            true() if seen is None else table.c.municipality.in_(sorted(seen))
        )
        if kept_id is not None:
            wanted = and_(wanted, table.c.id == kept_id)
        with self._engine.connect() as connection:
            return self._read(connection, wanted)

    def put(
        self, municipality: str, kept_id: str, content: Content, by: str, condition: Condition
    ) -> tuple[Kept, bool]:
        """Keep something in place of what is there; return it, and whether it is new.

        Raises:
            ChangedError: the condition does not hold.
            CitedError: what is there was cited and is not the same.
            FullError: the municipality keeps as many as it may.
        """
        for attempt in range(_TRIES):
            try:
                with self._engine.begin() as connection:
                    return self._put(connection, (municipality, kept_id), content, by, condition)
            except IntegrityError:  # somebody else put it just now: look again
                if attempt == _TRIES - 1:
                    raise
            except _LostRaceError:
                if condition.tags is not None or attempt == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def cite(
        self, municipality: str, kept_id: str, reference: str, by: str, condition: Condition
    ) -> Kept:
        """Note where something was cited; from then on it does not change.

        Raises:
            MissingError: there is nothing under this id.
            ChangedError: the condition does not hold.
            CitedError: it was cited elsewhere before.
        """
        with self._engine.begin() as connection:
            there = self._one(connection, municipality, kept_id)
            if there is None:
                raise MissingError(kept_id)
            if there.citation is not None:
                if there.citation.reference == reference:
                    return there
                raise CitedError(there.citation.reference)
            condition.check(there)
            now = self._clock()
            cited = {"cited_reference": reference, "cited_by": by, "cited_at": now}
            self._change(connection, there, cited)
            return replace(there, citation=Citation(reference, by, now))

    def remove(self, municipality: str, kept_id: str, condition: Condition) -> None:
        """Remove something that was never cited.

        Raises:
            MissingError: there is nothing under this id.
            ChangedError: the condition does not hold.
            CitedError: it was cited.
        """
        with self._engine.begin() as connection:
            there = self._one(connection, municipality, kept_id)
            if there is None:
                raise MissingError(kept_id)
            condition.check(there)
            if there.citation is not None:
                raise CitedError(there.citation.reference)
            connection.execute(delete(self._table).where(self._same(there)))

    def _put(
        self,
        connection: Connection,
        key: tuple[str, str],
        content: Content,
        by: str,
        condition: Condition,
    ) -> tuple[Kept, bool]:
        there = self._one(connection, *key)
        condition.check(there)
        if there is not None and there.content == content:
            return there, False
        now = self._clock()
        if there is None:
            self._check_room(connection, key[0])
            kept = Kept(*key, content, by, now, by, now, 1)
            connection.execute(insert(self._table), self._row(kept))
        elif there.citation is not None:
            raise CitedError(there.citation.reference)
        else:
            revision = there.revision + 1
            kept = replace(there, content=content, changed_by=by, changed_at=now, revision=revision)
            self._change(connection, there, self._row(kept))
        self._stored(connection, kept)
        return kept, there is None

    def _check_room(self, connection: Connection, municipality: str) -> None:
        mine = self._table.c.municipality == municipality
        count = connection.execute(select(func.count()).select_from(self._table).where(mine))
        if count.scalar_one() >= MOST:
            raise FullError(municipality)

    def _change(self, connection: Connection, there: Kept, values: dict[str, Any]) -> None:
        done = connection.execute(update(self._table).where(self._same(there)).values(**values))
        if done.rowcount != 1:
            raise _LostRaceError("it was changed at the same moment")

    def _same(self, there: Kept) -> ColumnElement[bool]:
        columns = self._table.c
        cited = columns.cited_reference.is_(None)
        return and_(
            columns.municipality == there.municipality,
            columns.id == there.id,
            columns.revision == there.revision,
            cited,
        )

    def _one(self, connection: Connection, municipality: str, kept_id: str) -> Kept | None:
        columns = self._table.c
        found = self._read(
            connection, and_(columns.municipality == municipality, columns.id == kept_id)
        )
        return found[0] if found else None

    def _read(self, connection: Connection, wanted: ColumnElement[bool]) -> list[Kept]:
        columns = self._table.c
        order = (columns.municipality, columns.id)
        rows = list(connection.execute(select(self._table).where(wanted).order_by(*order)))
        contents = self._contents(connection, rows)
        return [_kept(row, content) for row, content in zip(rows, contents, strict=True)]

    def _row(self, kept: Kept) -> dict[str, Any]:
        return {
            "municipality": kept.municipality,
            "id": kept.id,
            "revision": kept.revision,
            "author": kept.author,
            "created_at": kept.created_at,
            "changed_by": kept.changed_by,
            "changed_at": kept.changed_at,
            **self._columns(kept.content),
        }


def _kept(row: Row[Any], content: Content) -> Kept:
    citation = None
    if row.cited_reference is not None:
        citation = Citation(row.cited_reference, row.cited_by, row.cited_at)
    return Kept(
        municipality=row.municipality,
        id=row.id,
        content=content,
        author=row.author,
        created_at=row.created_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        revision=row.revision,
        citation=citation,
    )
