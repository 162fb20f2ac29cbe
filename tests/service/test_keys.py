"""The keys themselves: made, stored as a hash, found, ended; and the tables they lie in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, inspect

from service.access.keys import ApiKey, KeyRefusedError, KeyRing, key_id_of
from service.access.roles import Role, Viewer
from service.access.tables import METADATA
from service.database import DatabaseError, is_reachable, migrate, open_database
from tests.service.conftest import FIRST

pytestmark = pytest.mark.contract
NEW = datetime(2026, 1, 1, tzinfo=UTC)
REFUSING = {
    "sqlite": [
        "CREATE TRIGGER no_room BEFORE UPDATE ON api_key "
        "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no space left on device'; END $$",
        "CREATE TRIGGER no_room BEFORE UPDATE ON api_key FOR EACH ROW EXECUTE FUNCTION no_room()",
    ],
}


def test_a_key_is_stored_as_a_hash_only(database: Engine, tmp_path: Path) -> None:
    text, key = KeyRing(database, lambda: NEW).create("Power BI", Role.CONTROLLER, [FIRST], 30)
    secret = text.split("_", 2)[2]
    assert len(secret) >= 43
    with database.connect() as connection:
        rows = [connection.execute(table.select()).all() for table in METADATA.tables.values()]
    database.dispose()
    files = b"".join(path.read_bytes() for path in tmp_path.glob("state/*"))
    stored = str(rows).encode() + files
    assert key.id.encode() in stored
    assert secret.encode() not in stored


def test_what_was_made_is_what_is_read_back(database: Engine) -> None:
    ring = KeyRing(database, lambda: NEW)
    made = [
        ring.create("a", Role.READER, [FIRST, "X"], 1)[1],
        ring.create("b", Role.ADMINISTRATOR, None, 365)[1],
    ]
    assert sorted(ring.all(), key=lambda key: key.name) == made
    assert made[0].expires_at == NEW + timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "places", "days"), [(" ", [FIRST], 1), ("a", [], 1), ("a", [FIRST], 0)]
)
def test_a_key_without_name_place_or_days_is_refused(
    database: Engine, name: str, places: list[str], days: int
) -> None:
    with pytest.raises(KeyRefusedError):
        KeyRing(database, lambda: NEW).create(name, Role.READER, places, days)


def test_revoking_an_unknown_key_says_where_to_look(database: Engine) -> None:
    with pytest.raises(KeyRefusedError, match="keys list"):
        KeyRing(database, lambda: NEW).revoke("nee")


def test_a_key_ends_at_its_moment(database: Engine) -> None:
    now = [NEW]
    ring = KeyRing(database, lambda: now[0])
    text, key = ring.create("a", Role.READER, None, 1)
    now[0] = key.expires_at - timedelta(seconds=1)
    assert ring.find(text) is not None
    now[0] = key.expires_at
    assert ring.find(text) is None


def test_a_cached_key_is_still_compared_whole(database: Engine) -> None:
    ring = KeyRing(database, lambda: NEW, cache_seconds=60)
    text, _ = ring.create("a", Role.READER, None, 1)
    assert ring.find(text) is not None
    assert ring.find(text + "x") is None
    assert ring.find(text) is not None


def test_a_database_that_refuses_the_note_of_use_does_not_refuse_the_key(database: Engine) -> None:
    ring = KeyRing(database, lambda: NEW)
    text, _ = ring.create("a", Role.READER, None, 1)
    with database.begin() as connection:
        for statement in REFUSING[database.dialect.name]:
            connection.exec_driver_sql(statement)
    assert ring.find(text) is not None


@given(st.text(max_size=300))
def test_any_text_is_a_key_or_not_and_never_an_error(text: str) -> None:
    found = key_id_of(text)
    assert found is None or text.startswith(f"zr_{found}_")


def test_the_migrations_make_the_tables_that_the_code_uses(database: Engine) -> None:
    found = inspect(database)
    assert set(found.get_table_names()) == {*METADATA.tables, "alembic_version"}
    for name, table in METADATA.tables.items():
        columns = {c["name"]: c["nullable"] for c in found.get_columns(name)}
        assert columns == {c.name: c.nullable for c in table.columns}
        assert found.get_pk_constraint(name)["constrained_columns"] == [
            c.name for c in table.primary_key
        ]
    migrate(database)


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////proc/nowhere/x.sqlite"])
def test_a_database_that_cannot_be_opened_is_refused(url: str) -> None:
    with pytest.raises(DatabaseError):
        open_database(url)


def test_a_database_that_is_gone_is_noticed(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/a/x.sqlite")
    assert is_reachable(engine)
    engine.dispose()
    (tmp_path / "a" / "x.sqlite").unlink()
    (tmp_path / "a" / "x.sqlite").mkdir()
    assert not is_reachable(engine)


def test_each_role_includes_the_ones_before_it() -> None:
    order = list(Role)
    for at, role in enumerate(order):
        assert [role.includes(other) for other in order] == [n <= at for n in range(len(order))]


def test_a_viewer_sees_what_it_may() -> None:
    one = Viewer("x", Role.READER, frozenset({"b", "a"}))
    assert one.seen(["c", "b", "a"]) == ("a", "b")
    assert Viewer("y", Role.READER, None).seen(["c", "b"]) == ("b", "c")


def test_moments_without_a_zone_are_refused(database: Engine) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - that is the point
    with pytest.raises(Exception, match="without a zone"):
        KeyRing(database, lambda: naive).create("a", Role.READER, None, 1)


def test_a_revoked_key_stays_in_the_list(database: Engine) -> None:
    ring = KeyRing(database, lambda: NEW)
    key: ApiKey = ring.create("a", Role.READER, None, 1)[1]
    assert ring.revoke(key.id).revoked_at == NEW
    assert [found.id for found in ring.all()] == [key.id]
