"""What a municipality lets the others in its service see.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nobody shares anything."""
    op.create_table(
        "shared_measure",
        sa.Column("municipality", sa.String(200), nullable=False),
        sa.Column("measure", sa.String(20), nullable=False),
        sa.Column("shared_by", sa.String(200), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "measure", name="pk_shared_measure"),
    )


def downgrade() -> None:
    """Drop the table: nobody shares anything any more."""
    op.drop_table("shared_measure")
