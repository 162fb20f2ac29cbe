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
    op.add_column("api_key", sa.Column("purpose", sa.String(200)))


def downgrade() -> None:
    """Drop the column, in place: a copied table would take the municipalities of keys with it."""
    op.drop_column("api_key", "purpose")
