"""Runs the migrations on the connection that ``service.database.migrate`` opened."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from service.state.tables import METADATA

LOCK = 5_291_746  # any number, as long as it stays the same: one migration at a time


def run(connection: Connection) -> None:
    """Upgrade within the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    context.run_migrations()


run(context.config.attributes["connection"])
