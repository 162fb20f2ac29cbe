"""The tables of budgets and scenarios, as the migrations leave them (a test compares the two).

The key begins with the municipality: two municipalities may use the same id without knowing it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKeyConstraint, Integer, String, Table, Text

from service.access.tables import METADATA
from service.database import UtcDateTime

__all__ = ["BUDGET", "BUDGET_LINE", "METADATA", "SCENARIO"]


def _kept() -> tuple[Column[object], ...]:
    """Return the columns that everything kept has: whose, which, by whom, when, cited by what."""
    return (
        Column("municipality", String(200), primary_key=True),
        Column("id", String(64), primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("author", String(200), nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        Column("changed_by", String(200), nullable=False),
        Column("changed_at", UtcDateTime, nullable=False),
        Column("cited_reference", String(500)),
        Column("cited_by", String(200)),
        Column("cited_at", UtcDateTime),
        Column("name", String(200), nullable=False),
    )


BUDGET = Table(
    "budget",
    METADATA,
    *_kept(),
    Column("version", String(100), nullable=False),
    Column("decided_on", Date),
)

BUDGET_LINE = Table(
    "budget_line",
    METADATA,
    Column("municipality", String(200), primary_key=True),
    Column("budget", String(64), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("scope", String(10), nullable=False),
    Column("code", String(200)),
    Column("label", String(200)),
    Column("basis", String(5), nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["municipality", "budget"],
        ["budget.municipality", "budget.id"],
        name="fk_budget_line_budget",
        ondelete="CASCADE",
    ),
)

SCENARIO = Table(
    "scenario",
    METADATA,
    *_kept(),
    Column("reason", Text, nullable=False),
    Column("edition", String(200), nullable=False),
    Column("levers", Text, nullable=False),
)
