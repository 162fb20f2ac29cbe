"""API keys and the municipalities they see.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("every_municipality", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("sha256", name="uq_api_key_sha256"),
    )
    op.create_table(
        "api_key_municipality",
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("municipality", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "municipality", name="pk_api_key_municipality"),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["api_key.id"],
            name="fk_api_key_municipality_key_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop the two tables, and with them every key."""
    op.drop_table("api_key_municipality")
    op.drop_table("api_key")
