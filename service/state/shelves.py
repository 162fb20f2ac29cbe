"""The two shelves: budgets with their lines, and scenarios with their levers."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, tuple_

from service.access.keys import Clock
from service.state.kept import Content, Kept
from service.state.shelf import Shelf
from service.state.tables import BUDGET, BUDGET_LINE, SCENARIO

LINE = ("year", "scope", "code", "label", "basis", "amount_cents")


class BudgetShelf(Shelf):
    """Budgets: ``name``, ``version``, ``decided_on`` (a date or None) and ``lines``, in order."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock, BUDGET)

    def _columns(self, content: Content) -> dict[str, Any]:
        return {name: content[name] for name in ("name", "version", "decided_on")}

    def _contents(self, connection: Connection, rows: list[Row[Any]]) -> list[Content]:
        if not rows:
            return []
        table = BUDGET_LINE.c
        mine = tuple_(table.municipality, table.budget).in_([(r.municipality, r.id) for r in rows])
        order = (table.municipality, table.budget, table.position)
        lines: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for line in connection.execute(select(BUDGET_LINE).where(mine).order_by(*order)):
            here = lines.setdefault((line.municipality, line.budget), [])
            here.append({name: getattr(line, name) for name in LINE})
        return [
            {
                "name": row.name,
                "version": row.version,
                "decided_on": row.decided_on,
                "lines": lines.get((row.municipality, row.id), []),
            }
            for row in rows
        ]

    def _stored(self, connection: Connection, kept: Kept) -> None:
        table = BUDGET_LINE.c
        mine = (table.municipality == kept.municipality) & (table.budget == kept.id)
        connection.execute(delete(BUDGET_LINE).where(mine))
        key = {"municipality": kept.municipality, "budget": kept.id}
        lines = [{**key, "position": at, **line} for at, line in enumerate(kept.content["lines"])]
        if lines:
            connection.execute(insert(BUDGET_LINE), lines)


class ScenarioShelf(Shelf):
    """Scenarios: ``name``, ``reason``, ``edition`` and ``levers``, in order."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock, SCENARIO)

    def _columns(self, content: Content) -> dict[str, Any]:
        levers = json.dumps(content["levers"], sort_keys=True, allow_nan=False)
        return {name: content[name] for name in ("name", "reason", "edition")} | {"levers": levers}

    def _contents(self, connection: Connection, rows: list[Row[Any]]) -> list[Content]:
        return [
            {
                "name": row.name,
                "reason": row.reason,
                "edition": row.edition,
                "levers": json.loads(row.levers),
            }
            for row in rows
        ]

    def _stored(self, connection: Connection, kept: Kept) -> None:
        """A scenario has nothing beside its row."""
