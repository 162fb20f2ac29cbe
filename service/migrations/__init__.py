"""Alembic migrations of the state database; ``service.database.migrate`` runs them."""
