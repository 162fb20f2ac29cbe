"""Rate limits: who asks too often is told when to come back, and nobody else notices."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from service.access.buckets import MINUTE, Buckets
from service.access.keys import KeyRing
from service.access.limits import EXTENSION, Limits
from service.access.roles import Role
from service.app import create_app
from service.context import service_of
from service.settings import read_settings
from tests.service.conftest import FIRST, NOW, Asker
from tests.service.test_buckets import Clock
from tests.service.test_serve import PATIENCE, Running

pytestmark = pytest.mark.contract


# --- answers ------------------------------------------------------------------------------------


@pytest.fixture
def limited(editions: Path, tmp_path: Path) -> Callable[..., Flask]:
    """Return a maker of services with limits, on a clock that stands still."""

    def make(**given: object) -> Flask:
        url = f"sqlite:///{tmp_path}/k.sqlite"
        read = read_settings(editions=editions, database_url=url, key_cache_seconds=0, **given)
        app = create_app(read, clock=lambda: NOW)
        app.extensions[EXTENSION].buckets = Buckets(monotonic=Clock())
        return app

    return make


def asker_of(app: Flask) -> Asker:
    """Return somebody with a key of a service."""
    ring = service_of(app).keys
    assert ring is not None
    return Asker(app.test_client(), ring.create("x", Role.CONTROLLER, [FIRST], 30)[0])


def test_too_many_questions_are_a_problem_document_that_says_when_to_come_back(
    limited: Callable[..., Flask],
) -> None:
    app = limited(rate_per_minute=6)
    one, other = asker_of(app), asker_of(app)
    answers = [one.get("/v1/products") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=6;w=60'
    assert answers[0].headers["RateLimit"] == '"key";r=5;t=10'
    refused = answers[-1]
    assert refused.content_type == "application/problem+json"
    assert refused.headers["Retry-After"] == "10"
    assert refused.headers["RateLimit"] == '"key";r=0;t=60'
    assert refused.get_json()["type"] == "urn:zorgraming:problem:too-many-requests"
    assert "deze sleutel" in refused.get_json()["detail"]
    assert "API-Version" in refused.headers
    assert one.get("/v1/forecasts").status_code == 429
    assert other.get("/v1/products").status_code == 200


def test_questions_that_are_wrong_or_not_allowed_count_too(limited: Callable[..., Flask]) -> None:
    one = asker_of(limited(rate_per_minute=3))
    paths = ["/v1/products?x=1", "/v1/editions/nee", "/v1/products", "/v1/products"]
    assert [one.get(path).status_code for path in paths] == [400, 404, 200, 429]


def test_without_a_key_an_address_is_limited_and_its_probes_are_not_in_the_way(
    limited: Callable[..., Flask],
) -> None:
    client = limited(rate_anonymous_per_minute=4).test_client()
    statuses = [client.get("/v1/openapi.json").status_code for _ in range(5)]
    assert statuses == [200] * 4 + [429]
    assert client.get("/v1/forecasts").status_code == 429
    assert client.get("/v1/health/ready").status_code == 200
    assert {client.get("/v1/health/live").status_code for _ in range(20)} == {200}
    assert client.options("/v1/forecasts").status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
    ],
)
def test_an_address_is_a_machine_or_a_network_of_ipv6(
    limited: Callable[..., Flask], first: str, second: str, shared: bool
) -> None:
    client = limited(rate_anonymous_per_minute=1, trusted_proxies=1).test_client()
    statuses = [
        client.get("/v1", headers={"X-Forwarded-For": sent}).status_code for sent in (first, second)
    ]
    assert statuses == [200, 429 if shared else 200]


@pytest.fixture
def questions() -> Callable[[Flask], list[str]]:
    """Return a way to see what a service asks its database."""

    def watch(app: Flask) -> list[str]:
        engine, seen = service_of(app).engine, []
        event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
        return seen

    return watch


def test_ten_thousand_wrong_keys_slow_nobody_and_fill_no_memory(
    limited: Callable[..., Flask], questions: Callable[[Flask], list[str]]
) -> None:
    app = limited(rate_refused_per_minute=20, rate_per_minute=0)
    good = asker_of(app)
    assert good.get("/v1/products").status_code == 200
    limits: Limits = app.extensions[EXTENSION]
    ring: KeyRing = service_of(app).keys  # type: ignore[assignment]
    size, kept, asked = limits.buckets.size, len(ring._cache), questions(app)
    client, statuses = app.test_client(), []
    for number in range(10_000):
        headers = {"Authorization": f"Bearer zr_{number:010x}_geheim"}
        statuses.append(client.get("/v1/products", headers=headers).status_code)
    assert (statuses.count(401), statuses.count(429)) == (20, 9_980)
    assert len(asked) <= 20 * 2
    assert (limits.buckets.size, len(ring._cache)) == (size, kept)
    assert good.get("/v1/products").status_code == 200  # from the very same address
    late = client.get("/v1/products", headers={"Authorization": f"Bearer {asker_of(app).key}"})
    assert (late.status_code, late.headers["Retry-After"]) == (429, "3")
    cast_clock(limits).now += 3
    assert good.get("/v1/products").status_code == 200


def cast_clock(limits: Limits) -> Clock:
    """Return the clock of the buckets of a test."""
    clock = limits.buckets._monotonic
    assert isinstance(clock, Clock)
    return clock


def test_wrong_keys_from_many_addresses_leave_a_good_key_alone(
    limited: Callable[..., Flask],
) -> None:
    app = limited(trusted_proxies=1, rate_per_minute=0)
    good, size = asker_of(app), app.extensions[EXTENSION].buckets.size
    client = app.test_client()
    for number in range(2_000):
        sent = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        headers = {"Authorization": "Bearer zr_1_x", "X-Forwarded-For": sent}
        assert client.get("/v1/products", headers=headers).status_code == 401
    assert app.extensions[EXTENSION].buckets.size == size
    assert good.get("/v1/products").status_code == 200


def test_a_wrong_secret_uses_up_nothing_of_the_key_it_belongs_to(
    limited: Callable[..., Flask],
) -> None:
    app = limited(rate_per_minute=3, rate_refused_per_minute=5)
    good = asker_of(app)
    wrong = {"Authorization": f"Bearer {good.key[:-3]}xxx"}
    for _ in range(10):
        good.client.get("/v1/products", headers=wrong)
    # The address has used up its refused keys, and the good key was not seen before: it waits.
    assert good.get("/v1/products").status_code == 429
    cast_clock(app.extensions[EXTENSION]).now += 12
    assert [good.get("/v1/products").status_code for _ in range(4)] == [200] * 3 + [429]


def test_zero_is_no_limit_and_the_demo_has_none(
    limited: Callable[..., Flask], demo_app: Flask
) -> None:
    app = limited(rate_per_minute=0, rate_anonymous_per_minute=0, rate_refused_per_minute=0)
    one = asker_of(app)
    answers = [one.get("/v1/editions") for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0].headers
    wrong = {"Authorization": "Bearer zr_1_x"}
    assert {one.client.get("/v1/editions", headers=wrong).status_code for _ in range(30)} == {401}
    assert EXTENSION not in demo_app.extensions


def test_who_asked_is_kept_as_a_hash_only(limited: Callable[..., Flask]) -> None:
    app = limited()
    one = asker_of(app)
    one.get("/v1/products")
    memory = app.extensions[EXTENSION].buckets._memory[:]
    assert one.key.split("_")[1].encode() not in memory
    assert re.search(rb"127\.0\.0\.1", memory) is None


# --- a real server ------------------------------------------------------------------------------


@pytest.fixture
def server(editions: Path, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start a server that is stopped whatever happens."""
    running: list[Running] = []

    def begin(*options: str) -> Running:
        one = Running(tmp_path, "--editions", str(editions), *options)
        running.append(one)
        one.wait()
        return one

    yield begin
    for one in running:
        one.process.kill()
        one.process.wait(PATIENCE)


def test_workers_count_together(server: Callable[..., Running]) -> None:
    one = server("--workers", "3")
    start, served = time.monotonic(), 0
    while (answer := one.get("/v1"))[0] == 200:
        served += 1
    passed = time.monotonic() - start
    assert answer[0] == 429
    assert int(answer[1]["Retry-After"]) == 1
    assert 120 <= served <= 121 + passed * 120 / MINUTE
