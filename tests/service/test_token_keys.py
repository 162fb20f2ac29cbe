"""The keys of a real local issuer: how they change, and what happens while it is away."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from service.access.claims import Refusal
from service.access.issuer import Issuer, IssuerError
from service.access.oidc import FRESH, KNOWING, TRYING, USABLE, KeySet
from service.access.roles import Role
from service.context import service_of
from tests.service.conftest import PLACES, ROLES
from tests.service.issuer import (
    AUDIENCE,
    DISCOVERY,
    KEYS,
    LocalIssuer,
    RunningIssuer,
    ask,
    make_key,
    serving,
    stop,
)
from tests.service.test_buckets import Clock
from tests.service.test_serve import Running

pytestmark = pytest.mark.contract


def test_a_new_key_is_picked_up_without_a_restart_and_the_old_one_ends(
    issuer: RunningIssuer, trusting: Callable[..., Flask]
) -> None:
    clock = Clock()
    app, old = trusting(clock), issuer[0].sign()
    assert ask(app, old).status_code == 200
    issuer[0].rotate("tweede")
    clock.now += KNOWING
    assert ask(app, issuer[0].sign()).status_code == 200
    assert ask(app, old).status_code == 401


def test_keys_that_nobody_knows_do_not_make_us_hammer_the_issuer(
    issuer: RunningIssuer, trusting: Callable[..., Flask]
) -> None:
    clock, good = Clock(), issuer[0].sign()
    app = trusting(clock, rate_refused_per_minute=0)
    assert ask(app, good).status_code == 200
    asked, other = len(issuer[0].asked), LocalIssuer(port=issuer[0].port)
    for number in range(50):
        other.keys = {f"onbekend-{number}": make_key("EdDSA")}
        assert ask(app, other.sign("EdDSA")).status_code == 401
    assert len(issuer[0].asked) == asked
    clock.now += KNOWING
    for _ in range(5):
        assert ask(app, other.sign("EdDSA")).status_code == 401
    assert len(issuer[0].asked) == asked + 2
    assert ask(app, good).status_code == 200


def test_old_keys_are_renewed_aside_and_a_key_that_is_gone_ends(
    issuer: RunningIssuer,
) -> None:
    clock = Clock()
    keys = KeySet(Issuer(issuer[0].name), clock)
    keys.find("eerste")
    asked = len(issuer[0].asked)
    clock.now += FRESH - 1
    keys.find("eerste")
    assert len(issuer[0].asked) == asked
    clock.now += KNOWING
    issuer[0].rotate("tweede")
    thread = keys.renew()
    assert thread is not None
    thread.join()
    assert set(keys._keys) == {"tweede"}


def test_while_the_issuer_is_away_known_keys_work_and_others_are_asked_to_come_back(
    issuer: RunningIssuer, trusting: Callable[..., Flask]
) -> None:
    one, servers = issuer
    clock, good = Clock(), one.sign()
    app = trusting(clock)
    assert ask(app, good).status_code == 200
    stop(servers[0])
    clock.now += USABLE - 1
    assert ask(app, good).status_code == 200
    one.rotate("tweede")
    clock.now += KNOWING
    unknown = ask(app, one.sign())
    assert (unknown.status_code, unknown.headers["Retry-After"]) == (503, "5")
    assert unknown.content_type == "application/problem+json"
    servers.append(serving(one))
    clock.now += TRYING
    assert ask(app, one.sign()).status_code == 200


def test_without_keys_nobody_can_tell_and_api_keys_work(
    issuer: RunningIssuer, trusting: Callable[..., Flask]
) -> None:
    one, servers = issuer
    stop(servers[0])
    clock = Clock()
    app = trusting(clock)
    assert [ask(app, one.sign()).status_code for _ in range(3)] == [503] * 3
    ring = service_of(app).keys
    assert ring is not None
    assert ask(app, ring.create("x", Role.READER, None, 1)[0]).status_code == 200
    servers.append(serving(one))
    assert ask(app, one.sign()).status_code == 503  # not asked again at once
    clock.now += TRYING
    assert ask(app, one.sign()).status_code == 200


def test_an_issuer_that_hangs_holds_up_nobody(issuer: RunningIssuer) -> None:
    one, clock = issuer[0], Clock()
    keys = KeySet(Issuer(one.name), clock, patience=0.1)
    one.delay = 1.0
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(keys.find, ["eerste"] * 8))
    assert found == [Refusal.NO_KEYS] * 8
    assert time.monotonic() - start < 0.9
    fetching = keys.renew()
    assert fetching is not None
    fetching.join()
    assert not isinstance(keys.find("eerste"), Refusal)
    assert one.asked == [f"/realms/test{DISCOVERY}", f"/realms/test{KEYS}"]
    clock.now += KNOWING
    assert keys.find("onbekend") is Refusal.NO_KEYS  # nobody can tell yet
    assert not isinstance(keys.find("eerste"), Refusal)


def test_keys_are_not_used_for_ever(issuer: RunningIssuer) -> None:
    clock = Clock()
    keys = KeySet(Issuer(issuer[0].name), clock)
    keys.find("eerste")
    stop(issuer[1][0])
    clock.now += USABLE + 1
    assert keys.find("eerste") is Refusal.NO_KEYS
    issuer[1].append(serving(issuer[0]))


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (DISCOVERY, (200, {}, b'{"issuer": "https://ander.example.nl", "jwks_uri": "/keys"}')),
        (DISCOVERY, (200, {}, b"[]")),
        (DISCOVERY, (200, {}, b"<html>")),
        (DISCOVERY, (500, {}, b"{}")),
        (DISCOVERY, (302, {"Location": "/elders"}, b"")),
        (KEYS, (200, {}, b'{"keys": 1}' + b" " * 1_000_001)),
        (KEYS, (404, {}, b"")),
    ],
)
def test_what_an_issuer_should_not_answer_is_refused(
    issuer: RunningIssuer, path: str, answer: tuple[int, dict[str, str], bytes]
) -> None:
    issuer[0].answers[path] = answer
    with pytest.raises(IssuerError):
        Issuer(issuer[0].name).key_set()
    assert "/elders" not in issuer[0].asked


def test_keys_are_never_fetched_from_an_address_that_others_can_change(
    issuer: RunningIssuer,
) -> None:
    body = {"issuer": issuer[0].name, "jwks_uri": "http://login.example.nl/keys"}
    issuer[0].answers[DISCOVERY] = (200, {}, json.dumps(body).encode())
    with pytest.raises(IssuerError, match="https"):
        Issuer(issuer[0].name).key_set()


def test_the_address_of_the_keys_can_be_given(issuer: RunningIssuer) -> None:
    found = Issuer("https://login.example.nl", issuer[0].name + KEYS).key_set()
    assert found["keys"][0]["kid"] == "eerste"
    assert issuer[0].asked == [f"/realms/test{KEYS}"]


# --- a real server ------------------------------------------------------------------------------


def test_every_worker_of_a_real_server_lets_tokens_in_and_follows_the_keys(
    issuer: RunningIssuer, editions: Path, tmp_path: Path
) -> None:
    one, _ = issuer
    server = Running(
        tmp_path,
        *("--workers", "2", "--editions", str(editions)),
        oidc_issuer=one.name,
        oidc_audience=AUDIENCE,
        oidc_roles=ROLES,
        oidc_municipalities=PLACES,
    )
    try:
        server.wait()
        server.until(lambda: len(one.asked) >= 4)  # both workers, before anybody came
        asked, good = len(one.asked), one.sign()
        with ThreadPoolExecutor(8) as pool:
            headers = {"Authorization": f"Bearer {good}"}
            answers = list(pool.map(lambda _: server.get("/v1/products", **headers)[0], range(60)))
        assert answers == [200] * 60
        assert len(one.asked) == asked
        assert server.get("/v1/products", Authorization=f"Bearer {one.sign(exp=1)}")[0] == 401
        assert server.stop() == 0
    finally:
        server.process.kill()
        server.process.wait()
    said = (tmp_path / "err.txt").read_text()
    assert good.split(".")[1] not in said
    assert "ExpiredSignatureError" in said
