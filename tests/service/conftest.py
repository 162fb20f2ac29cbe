"""Two municipalities in editions of their own, one delivery of two, and who asks about them."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete
from werkzeug.test import TestResponse

from service.access.issuer import Issuer
from service.access.keys import KeyRing
from service.access.oidc import AccessTokens, KeySet
from service.access.roles import Role
from service.access.tables import METADATA
from service.app import create_app
from service.context import service_of
from service.database import migrate, open_database
from service.settings import PREFIX, Settings, read_settings
from service.state.tables import BUDGET, SCENARIO
from tests.editions import build_edition
from tests.service.issuer import AUDIENCE, CONTROLLER, READER, RunningIssuer, running_issuer
from tests.service.postgres import PostgreSQL, running_postgresql
from tests.service.sign_in_issuer import CLIENT, SignInIssuer, running_sign_in
from tests.split_editions import build_split_edition

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIRST, PAIR, DRAFT = "VB0001", ("ZA0002", "ZB0003"), "CC0004"
ROLES = f"{READER}=reader, {CONTROLLER}=controller, beheer=administrator"
PLACES = f"{READER}={FIRST}, {CONTROLLER}={PAIR[0]} {PAIR[1]}, beheer=*"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SECRETS_DIR", *(field.upper() for field in Settings.model_fields)):
        monkeypatch.delenv(PREFIX + name, raising=False)
    monkeypatch.setenv(f"{PREFIX}AUDIT_DIR", str(tmp_path / "audit"))


@pytest.fixture(scope="session")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three approved editions (one superseded) and one draft.

    The draft has no split by cause, and the superseded one does not know what was declared.
    """
    folder = tmp_path_factory.mktemp("served") / "editions"
    older = date(2022, 12, 31)
    build_split_edition(folder, municipality=FIRST, as_of=older, seed=5, declarations=False)
    build_split_edition(folder, municipality=FIRST)
    build_split_edition(folder, municipality=PAIR, seed=2)
    build_edition(folder, municipality=DRAFT, seed=3, approved=False)
    return folder


@pytest.fixture(scope="session")
def demo_app(editions: Path) -> Flask:
    """Return the service in demo mode."""
    return create_app(read_settings(editions=editions, demo=True), clock=lambda: NOW)


@pytest.fixture
def demo(demo_app: Flask) -> FlaskClient:
    """Return a client of the service in demo mode."""
    return demo_app.test_client()


@pytest.fixture(scope="session")
def closed_app(editions: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return the service as it runs for real: nothing without a key."""
    state = tmp_path_factory.mktemp("state")
    settings = read_settings(
        editions=editions,
        database_url=f"sqlite:///{state}/zorgraming.sqlite",
        key_cache_seconds=0,
        audit_dir=state / "audit",
        rate_per_minute=0,
        rate_anonymous_per_minute=0,
        rate_refused_per_minute=0,
    )
    return create_app(settings, clock=lambda: NOW)


@dataclass(frozen=True)
class Asker:
    """Somebody with a key."""

    client: FlaskClient
    key: str

    def get(self, path: str, headers: dict[str, str] | None = None) -> TestResponse:
        """Ask with the key as bearer."""
        whole = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        return self.client.get(path, headers=whole)


@pytest.fixture
def ring(closed_app: Flask) -> KeyRing:
    """Return the keys of the closed service."""
    keys = service_of(closed_app).keys
    assert keys is not None
    return keys


@pytest.fixture
def asker(closed_app: Flask, ring: KeyRing) -> Callable[..., Asker]:
    """Return a maker of somebody with a key for some municipalities (none = every one)."""

    def make(*municipalities: str, role: Role = Role.CONTROLLER) -> Asker:
        key, _ = ring.create("test", role, municipalities or None, 30)
        return Asker(closed_app.test_client(), key)

    return make


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of Basic sign-in."""
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


@pytest.fixture
def engine(closed_app: Flask) -> Iterator[Engine]:
    """Return the database of the closed service."""
    found = service_of(closed_app).engine
    assert found is not None
    yield found


@pytest.fixture
def nothing_kept(engine: Engine) -> Iterator[None]:
    """Take away what a test kept: what was cited would stand in the way of the next."""
    yield
    with engine.begin() as connection:
        connection.execute(delete(BUDGET))
        connection.execute(delete(SCENARIO))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Run a PostgreSQL for all tests that ask for one."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return an empty database of state of either kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/state/keys.sqlite"
    else:
        url = request.getfixturevalue("postgresql").url
    engine = open_database(url)
    migrate(engine)
    yield engine
    with engine.begin() as connection:
        METADATA.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    engine.dispose()


@pytest.fixture
def issuer() -> Iterator[RunningIssuer]:
    """Run an issuer of access tokens with one key."""
    with running_issuer() as found:
        yield found


@pytest.fixture
def trusting(issuer: RunningIssuer, editions: Path, tmp_path: Path) -> Callable[..., Flask]:
    """Return a maker of services that trust the issuer, with a clock for the keys they keep."""

    def make(clock: Callable[[], float] = time.monotonic, **given: object) -> Flask:
        chosen = {
            "editions": editions,
            "database_url": f"sqlite:///{tmp_path}/k.sqlite",
            "audit_dir": tmp_path / "trail",
            "oidc_issuer": issuer[0].name,
            "oidc_audience": AUDIENCE,
            "oidc_roles": ROLES,
            "oidc_municipalities": PLACES,
            **given,
        }
        settings = read_settings(**chosen)
        app = create_app(settings, clock=lambda: NOW)
        tokens = AccessTokens(settings, KeySet(Issuer(issuer[0].name), clock))
        object.__setattr__(service_of(app), "tokens", tokens)  # with a clock of the test
        return app

    return make


@pytest.fixture
def login() -> Iterator[SignInIssuer]:
    """Run an issuer at which people sign in."""
    with running_sign_in() as found:
        yield found


@pytest.fixture
def signing(login: SignInIssuer, editions: Path, tmp_path: Path) -> Callable[..., Flask]:
    """Return a maker of services whose people sign in there; all have one database."""

    def make(clock: Callable[[], datetime] = lambda: NOW, **given: object) -> Flask:
        chosen = {
            "editions": editions,
            "database_url": f"sqlite:///{tmp_path}/s.sqlite",
            "audit_dir": tmp_path / "trail",
            "oidc_issuer": login.name,
            "oidc_audience": AUDIENCE,
            "oidc_roles": ROLES,
            "oidc_municipalities": PLACES,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": login.secret,
            **given,
        }
        return create_app(read_settings(**chosen), clock=clock)

    return make
