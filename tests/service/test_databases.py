"""Keys on a real PostgreSQL as on SQLite; skipped where no PostgreSQL is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from service.access.keys import KeyRing
from service.access.roles import Role
from service.access.tables import METADATA
from service.database import is_reachable, migrate, open_database

pytestmark = [pytest.mark.contract, pytest.mark.slow]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PATIENCE = 60


def _account() -> dict[str, int]:
    """Return who may run the server: it refuses the administrator of the machine."""
    if os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - on this kind of machine only

    found = pwd.getpwnam("nobody")
    return {"user": found.pw_uid, "group": found.pw_gid}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL of its own and return its address."""
    if shutil.which("initdb") is None or shutil.which("postgres") is None:
        pytest.skip("no PostgreSQL on this machine")
    if find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed (zorgraming[pg])")
    account = _account()
    folder = Path(tempfile.mkdtemp())
    try:
        if account:
            os.chown(folder, account["user"], account["group"])
        with socket.socket() as trial:
            trial.bind(("127.0.0.1", 0))
            port = trial.getsockname()[1]
        data = str(folder / "data")
        subprocess.run(
            ["initdb", "-D", data, "-U", "zorgraming", "--auth=trust", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
            **account,
        )
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k", str(folder)]
        server = subprocess.Popen(
            ["postgres", "-D", data, "-p", str(port), *options],
            cwd=folder,
            stderr=subprocess.DEVNULL,
            **account,
        )
        url = f"postgresql://zorgraming@127.0.0.1:{port}/postgres"
        _wait(url)
        yield url
        server.terminate()
        server.wait(PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str) -> None:
    engine = open_database(url)
    end = time.monotonic() + PATIENCE
    while not is_reachable(engine):
        assert time.monotonic() < end, "PostgreSQL did not start"
        time.sleep(0.1)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return an empty database of either kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/keys.sqlite"
    else:
        url = request.getfixturevalue("postgresql")
    engine = open_database(url)
    migrate(engine)
    yield engine
    with engine.begin() as connection:
        METADATA.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    engine.dispose()


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


def test_a_removed_key_takes_its_municipalities_along(database: Engine) -> None:
    ring = KeyRing(database, lambda: NOW)
    _, key = ring.create("x", Role.READER, ["a"], 1)
    tables = METADATA.tables
    with database.begin() as connection:
        connection.execute(tables["api_key"].delete().where(tables["api_key"].c.id == key.id))
        left = connection.execute(tables["api_key_municipality"].select()).all()
    assert left == []
