"""What a key is used for, noted with each access.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; keys that exist have no purpose."""
    with op.batch_alter_table("api_key") as table:
        table.add_column(sa.Column("purpose", sa.String(200)))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("api_key") as table:
        table.drop_column("purpose")
