"""Keys and other state on SQLite and on a real PostgreSQL, which may be killed and come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from service.access.keys import KeyRing
from service.access.roles import Role
from service.access.tables import METADATA
from service.app import create_app
from service.context import service_of
from service.database import DatabaseError, migrate
from service.settings import read_settings
from tests.service.conftest import Asker
from tests.service.postgres import PostgreSQL

pytestmark = pytest.mark.contract
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_whole_life_of_a_key(database: Engine) -> None:
    now = [NOW]
    ring = KeyRing(database, lambda: now[0])
    text, key = ring.create("Power BI", Role.CONTROLLER, ["b", "a"], 30)
    assert ring.all() == [key]
    found = ring.find(text)
    assert found is not None
    assert found.municipalities == {"a", "b"}
    assert ring.all()[0].last_used_at == NOW
    now[0] += timedelta(minutes=2)
    assert ring.find(text) is not None
    assert ring.all()[0].last_used_at == now[0]
    assert ring.revoke(key.id).revoked_at == now[0]
    assert ring.find(text) is None


def test_moments_come_back_in_utc(database: Engine) -> None:
    ring = KeyRing(database, NOW.astimezone)
    ring.create("x", Role.READER, None, 1)
    (key,) = ring.all()
    assert key.created_at == NOW
    assert key.created_at.tzinfo is UTC


def test_migrating_again_changes_nothing(database: Engine) -> None:
    ring = KeyRing(database, lambda: NOW)
    ring.create("x", Role.READER, None, 1)
    migrate(database)
    assert len(ring.all()) == 1
    assert {*METADATA.tables} <= set(inspect(database).get_table_names())


def test_tables_of_a_newer_version_are_refused_in_words(database: Engine) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match="newer version"):
        migrate(database)


def test_a_removed_key_takes_its_municipalities_along(database: Engine) -> None:
    ring = KeyRing(database, lambda: NOW)
    _, key = ring.create("x", Role.READER, ["a"], 1)
    tables = METADATA.tables
    with database.begin() as connection:
        connection.execute(tables["api_key"].delete().where(tables["api_key"].c.id == key.id))
        left = connection.execute(tables["api_key_municipality"].select()).all()
    assert left == []


@pytest.mark.slow
def test_a_killed_postgresql_is_a_503_and_its_return_an_answer(
    postgresql: PostgreSQL, editions: Path
) -> None:
    url = postgresql.made("killed")
    settings = read_settings(editions=editions, database_url=url, key_cache_seconds=0)
    app = create_app(settings, clock=lambda: NOW)
    ring = service_of(app).keys
    assert ring is not None
    asker = Asker(app.test_client(), ring.create("x", Role.CONTROLLER, None, 1)[0])
    assert asker.get("/v1/products").status_code == 200
    postgresql.kill()
    try:
        for path in ("/v1/products", "/v1/health/ready", "/v1/products"):
            response = asker.get(path)
            assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
            assert str(postgresql.port) not in response.get_data(as_text=True)
        assert asker.get("/v1/health/live").status_code == 200
    finally:
        postgresql.start()
    assert asker.get("/v1/products").status_code == 200
    assert asker.get("/v1/health/ready").get_json()["database"] == "reachable"
    engine = service_of(app).engine
    assert engine is not None
    engine.dispose()
