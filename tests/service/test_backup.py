"""Backup and restore, tried on SQLite and on a real PostgreSQL: the same keys open afterwards."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import Engine

from service.access.keys import KeyRing
from service.access.roles import Role
from service.app import create_app
from service.backup import back_up, restore
from service.cli_state import state
from service.context import service_of
from service.database import DatabaseError, known_versions, migrate, open_database
from service.settings import read_settings
from tests.service.conftest import FIRST, NOW, Asker
from tests.service.postgres import PostgreSQL

pytestmark = pytest.mark.contract


def opened(url: str) -> Engine:
    """Return a database of state with its tables."""
    engine = open_database(url)
    migrate(engine)
    return engine


def ring_of(engine: Engine) -> KeyRing:
    """Return the keys of a database."""
    return KeyRing(engine, lambda: NOW)


@pytest.fixture
def lived(tmp_path: Path) -> Engine:
    """Return an SQLite database with something in it."""
    engine = opened(f"sqlite:///{tmp_path}/state/k.sqlite")
    ring_of(engine).create("oud", Role.READER, [FIRST], 30)
    return engine


def test_a_restored_sqlite_knows_the_same_keys(lived: Engine, tmp_path: Path) -> None:
    text, key = ring_of(lived).create("Power BI", Role.CONTROLLER, [FIRST, "X"], 30, "dashboard")
    back_up(lived, tmp_path / "kopie")
    known = ring_of(lived).all()
    other = opened(f"sqlite:///{tmp_path}/elsewhere/k.sqlite")
    restore(other, tmp_path / "kopie")
    assert ring_of(other).all() == known
    assert ring_of(other).find(text) is not None
    assert key.purpose == "dashboard"


def test_a_backup_is_one_private_file_whatever_was_written_last(
    lived: Engine, tmp_path: Path
) -> None:
    target = tmp_path / "backups" / "kopie.sqlite"
    target.parent.mkdir()
    reader = lived.connect()  # keeps what was written last beside the file
    ring_of(lived).create("laatste", Role.READER, None, 1)
    back_up(lived, target)
    reader.close()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with sqlite3.connect(target) as copy:
        names = {name for (name,) in copy.execute("SELECT name FROM api_key")}
    copy.close()
    assert names == {"oud", "laatste"}
    assert list(target.parent.iterdir()) == [target]


def test_a_backup_is_made_and_put_back_while_the_service_answers(
    editions: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/state/k.sqlite"
    settings = read_settings(editions=editions, database_url=url, key_cache_seconds=0)
    app = create_app(settings, clock=lambda: NOW)
    good = asker_of(app)
    statuses: list[int] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            statuses.append(good.get("/v1/products").status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    engine = open_database(url)
    back_up(engine, tmp_path / "kopie")
    later = asker_of(app)
    assert later.get("/v1/products").status_code == 200
    restore(engine, tmp_path / "kopie")
    done.set()
    asking.join()
    assert set(statuses) == {200}
    assert later.get("/v1/products").status_code == 401  # made after the backup
    assert good.get("/v1/products").status_code == 200


def asker_of(app: Flask) -> Asker:
    """Return somebody with a new key."""
    ring = service_of(app).keys
    assert ring is not None
    return Asker(app.test_client(), ring.create("x", Role.CONTROLLER, None, 1)[0])


def test_an_older_backup_is_brought_up_to_date(lived: Engine, tmp_path: Path) -> None:
    text, _ = ring_of(lived).create("x", Role.READER, None, 1)
    back_up(lived, tmp_path / "kopie")
    with sqlite3.connect(tmp_path / "kopie") as old:
        for (name,) in old.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT IN ('api_key', 'api_key_municipality', 'alembic_version')"
        ).fetchall():
            old.execute(f"DROP TABLE {name}")
        old.execute("ALTER TABLE api_key DROP COLUMN purpose")
        old.execute("UPDATE alembic_version SET version_num = '0001'")
    old.close()
    restore(lived, tmp_path / "kopie")
    assert ring_of(lived).find(text) is not None


def _newer(file: Path) -> None:
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5_000])


def _garbage(file: Path) -> None:
    file.write_bytes(b"geen database")


def _foreign(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE iets_anders (x)")
    database.close()


@pytest.mark.parametrize("spoil", [_newer, _cut, _garbage, _foreign, Path.unlink])
def test_what_is_no_whole_backup_changes_nothing(
    lived: Engine, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    back_up(lived, tmp_path / "kopie")
    spoil(tmp_path / "kopie")
    before = ring_of(lived).all()
    with pytest.raises(DatabaseError):
        restore(lived, tmp_path / "kopie")
    assert ring_of(lived).all() == before


def test_a_backup_is_never_written_over_or_left_half(lived: Engine, tmp_path: Path) -> None:
    back_up(lived, tmp_path / "kopie")
    content = (tmp_path / "kopie").read_bytes()
    with pytest.raises(DatabaseError, match="exists already"):
        back_up(lived, tmp_path / "kopie")
    with pytest.raises(DatabaseError):
        back_up(lived, tmp_path / "nergens" / "kopie")
    assert (tmp_path / "kopie").read_bytes() == content
    assert {path.name for path in tmp_path.iterdir()} == {"state", "kopie"}


def test_the_versions_of_the_tables_are_known() -> None:
    assert {"0001", "0002"} <= known_versions()


# --- the commands -------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Run ``zorgraming state`` on a database of the test."""

    def call(*arguments: str) -> Result:
        url = f"sqlite:///{tmp_path}/state/k.sqlite"
        return CliRunner().invoke(state, [*arguments, "--database-url", url])

    return call


def test_the_commands_say_what_they_did_and_which_keys_work_again(
    lived: Engine, run: Callable[..., Result], tmp_path: Path
) -> None:
    ring, copy = ring_of(lived), str(tmp_path / "kopie")
    (old,) = ring.all()
    assert "checked" in run("backup", copy).stdout
    ring.revoke(old.id)
    made = ring.create("nieuw", Role.READER, None, 1)[0]
    refused = run("restore", copy)
    assert isinstance(refused.exception, DatabaseError)
    assert "--replace" in str(refused.exception)
    done = run("restore", copy, "--replace")
    assert done.exit_code == 0
    assert "1 keys" in done.stdout
    assert f"key {old.id} works again" in done.stderr
    assert ring.find(made) is None
    trail = "".join(path.read_text() for path in (tmp_path / "audit").glob("*-*.jsonl"))
    (line,) = [json.loads(text) for text in trail.splitlines() if "state-restored" in text]
    assert line["attributes"]["selection"] == {"file": "kopie", "keys": 1}


# --- PostgreSQL ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_restored_postgresql_knows_the_same_keys(postgresql: PostgreSQL) -> None:
    first = opened(postgresql.made("eerste"))
    text, key = ring_of(first).create("Power BI", Role.CONTROLLER, [FIRST, "X"], 30)
    ended, other = ring_of(first).create("weg", Role.READER, None, 30)
    ring_of(first).revoke(other.id)
    known = ring_of(first).all()
    postgresql.run("pg_dump", *postgresql.reached, "--format=custom", "--file=kopie", "eerste")
    ring_of(first).create("later", Role.READER, None, 30)
    second = open_database(postgresql.made("tweede"))
    into = ("--exit-on-error", "--no-owner", "--dbname=tweede")
    postgresql.run("pg_restore", *postgresql.reached, *into, "kopie")
    migrate(second)
    assert ring_of(second).all() == known
    assert ring_of(second).find(text) is not None
    assert ring_of(second).find(ended) is None
    assert key.id in {found.id for found in ring_of(second).all()}
    over = ("--exit-on-error", "--clean", "--if-exists", "--single-transaction", "--no-owner")
    first.dispose()
    postgresql.run("pg_restore", *postgresql.reached, *over, "--dbname=eerste", "kopie")
    assert ring_of(first).all() == known
    for engine in (first, second):
        engine.dispose()


@pytest.mark.slow
def test_the_commands_name_the_tools_of_postgresql(postgresql: PostgreSQL, tmp_path: Path) -> None:
    url = postgresql.made("derde")
    for arguments in (["backup", str(tmp_path / "x")], ["restore", str(tmp_path / "x")]):
        result = CliRunner().invoke(state, [*arguments, "--database-url", url])
        assert isinstance(result.exception, DatabaseError)
        assert "pg_dump" in str(result.exception)
