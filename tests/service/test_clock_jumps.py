"""A clock that is put forward and back while the service runs: nothing fails or is mixed up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from service.access.keys import KeyRing
from service.access.roles import Role
from service.app import create_app
from service.audit.reading import Wish, accesses
from service.audit.requests import EXTENSION
from service.audit.verification import verify
from service.context import service_of
from service.settings import read_settings
from tests.editions import build_edition
from tests.service.conftest import FIRST, Asker
from tests.service.test_serve import SMALL

pytestmark = pytest.mark.contract
NIGHT = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # before summer time
UNTIL = date(2026, 6, 30)
JUMPS = (timedelta(days=400), timedelta(days=-800), timedelta(hours=1), timedelta(hours=-2))


@dataclass
class Jumping:
    """A service whose clock is set by hand."""

    app: Flask
    now: list[datetime]

    @property
    def ring(self) -> KeyRing:
        """Its keys."""
        keys = service_of(self.app).keys
        assert keys is not None
        return keys

    def asker(self, days: int = 30) -> Asker:
        """Return somebody with a key for some days."""
        key, _ = self.ring.create("x", Role.CONTROLLER, [FIRST], days)
        return Asker(self.app.test_client(), key)


@pytest.fixture
def jumping(tmp_path: Path) -> Iterator[Jumping]:
    """Return a service with an edition whose approval ends."""
    build_edition(tmp_path / "editions", valid_until=UNTIL, **SMALL)
    url = f"sqlite:///{tmp_path}/k.sqlite"
    now = [NIGHT]
    settings = read_settings(
        editions=tmp_path / "editions",
        database_url=url,
        refresh_seconds=3_600,  # the test looks itself
        audit_dir=tmp_path / "trail",
    )
    app = create_app(settings, clock=lambda: now[0])
    yield Jumping(app, now)
    app.extensions[EXTENSION].close()
    engine = service_of(app).engine
    assert engine is not None
    engine.dispose()


def test_the_audit_trail_stays_whole_and_in_the_order_of_what_happened(
    jumping: Jumping, tmp_path: Path
) -> None:
    one, numbers = jumping.asker(days=3_650), []
    for jump in (timedelta(0), *JUMPS):
        jumping.now[0] = NIGHT + jump
        for _ in range(3):
            answer = one.get("/v1/editions")
            assert answer.status_code == 200, jump
            numbers.append(answer.headers["X-Request-Id"])
    jumping.app.extensions[EXTENSION].close()
    found = verify(tmp_path / "trail")
    assert (found.faults, found.open_chains) == ((), 0)
    entries = list(accesses(tmp_path / "trail", Wish()))
    assert {entry["attributes"]["request_id"] for entry in entries} == set(numbers)
    assert all(entry["start_time"] <= entry["end_time"] for entry in entries)
    # Each day has its chain; which follows which is told by the chain, not by the clock.
    assert found.chains >= 4


def test_a_key_ends_with_the_clock_and_a_revoked_one_stays_so_whatever_the_clock_says(
    jumping: Jumping,
) -> None:
    one, ended = jumping.asker(), jumping.asker()
    jumping.ring.revoke(ended.key.split("_")[1])
    seen = []
    for days in (0, 29, 31, 10_000, 0, -400, 29, 30):
        jumping.now[0] = NIGHT + timedelta(days=days)
        seen.append(one.get("/v1/editions").status_code)
        assert ended.get("/v1/editions").status_code == 401
    # As docs/operations.md states: a key ends when the clock of the machine says so.
    assert seen == [200, 200, 401, 401, 200, 200, 200, 401]


def test_limits_do_not_look_at_the_clock(jumping: Jumping) -> None:
    client = jumping.app.test_client()
    wrong = {"Authorization": "Bearer zr_0123456789_x"}
    statuses = []
    for turn in range(40):
        jumping.now[0] = NIGHT + JUMPS[turn % len(JUMPS)]
        statuses.append(client.get("/v1/editions", headers=wrong).status_code)
    assert statuses == [401] * 20 + [429] * 20


def test_an_approval_ends_and_is_in_force_again_when_the_clock_is_put_right(
    jumping: Jumping,
) -> None:
    one, store = jumping.asker(days=3_650), service_of(jumping.app).store
    in_force = []
    for days in (0, 400, 0, -800, 93, 94, 95):
        jumping.now[0] = NIGHT + timedelta(days=days)
        store.refresh()
        answer = one.get("/v1/forecasts?measure=cost&frequency=year&groupBy=period")
        assert answer.status_code == 200
        ready = one.get("/v1/health/ready").status_code
        in_force.append((bool(answer.get_json()["rows"]), ready))
    held, over = (True, 200), (False, 503)
    assert in_force == [held, over, held, held, held, held, over]


def test_what_could_not_be_read_is_tried_again_soon_after_the_clock_was_put_back(
    tmp_path: Path,
) -> None:
    folder = build_edition(tmp_path / "editions", **SMALL)
    largest = max(folder.rglob("*.npy"), key=lambda path: path.stat().st_size)
    good, now = largest.read_bytes(), [NIGHT + timedelta(hours=20)]
    largest.write_bytes(good[:-1])
    settings = read_settings(
        editions=tmp_path / "editions", database_url=f"sqlite:///{tmp_path}/k.sqlite"
    )
    app = create_app(settings, clock=lambda: now[0])
    store = service_of(app).store
    assert store.served() == ()
    largest.write_bytes(good)
    assert store.refresh() is False  # not every time: it is checked byte by byte
    now[0] -= timedelta(hours=15)
    store.refresh()
    assert [one.edition.edition_id for one in store.served()] == [folder.name]


def test_what_is_kept_bears_the_moment_of_the_clock_and_changes_in_order(
    jumping: Jumping,
) -> None:
    one = jumping.asker(days=3_650)
    revisions = []
    for turn, jump in enumerate((timedelta(0), *JUMPS)):
        jumping.now[0] = NIGHT + jump
        body = {
            "municipality": FIRST,
            "name": f"Begroting {turn}",
            "version": "primitief",
            "lines": [{"year": 2025, "amount_eur": 1000 + turn, "product": "HH"}],
            "amounts_confirmed": True,
        }
        headers = {"Authorization": f"Bearer {one.key}"}
        answer = one.client.put("/v1/budgets/begroting", json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.get_json()
        revisions.append(answer.get_json()["revision"])
    assert revisions == [1, 2, 3, 4, 5]
