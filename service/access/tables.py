"""The tables of keys, sessions and sharing, as the migrations leave them (tests compare)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, MetaData, String, Table, Text

from service.database import UtcDateTime

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

API_KEY = Table(
    "api_key",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("every_municipality", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("purpose", String(200)),
)

API_KEY_MUNICIPALITY = Table(
    "api_key_municipality",
    METADATA,
    Column("key_id", ForeignKey("api_key.id", ondelete="CASCADE"), primary_key=True),
    Column("municipality", String(200), primary_key=True),
)

SHARED_MEASURE = Table(
    "shared_measure",
    METADATA,
    Column("municipality", String(200), primary_key=True),
    Column("measure", String(20), primary_key=True),
    Column("shared_by", String(200), nullable=False),
    Column("shared_at", UtcDateTime, nullable=False),
)

SESSION = Table(
    "session",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("viewer", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("shown_as", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("municipalities", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)
