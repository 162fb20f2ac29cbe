"""Budgets with their lines, and scenarios.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "budget",
        *_kept(),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("decided_on", sa.Date),
        sa.PrimaryKeyConstraint("municipality", "id", name="pk_budget"),
    )
    op.create_table(
        "budget_line",
        sa.Column("municipality", sa.String(200), nullable=False),
        sa.Column("budget", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("code", sa.String(200)),
        sa.Column("label", sa.String(200)),
        sa.Column("basis", sa.String(5), nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("municipality", "budget", "position", name="pk_budget_line"),
        sa.ForeignKeyConstraint(
            ["municipality", "budget"],
            ["budget.municipality", "budget.id"],
            name="fk_budget_line_budget",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "scenario",
        *_kept(),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("edition", sa.String(200), nullable=False),
        sa.Column("levers", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("municipality", "id", name="pk_scenario"),
    )


def _kept() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("municipality", sa.String(200), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cited_reference", sa.String(500)),
        sa.Column("cited_by", sa.String(200)),
        sa.Column("cited_at", sa.DateTime(timezone=True)),
        sa.Column("name", sa.String(200), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables, and with them every budget and scenario."""
    op.drop_table("scenario")
    op.drop_table("budget_line")
    op.drop_table("budget")
