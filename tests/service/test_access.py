"""Who gets in, who sees what, and that nobody learns of what belongs to others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from service.access.keys import KeyRing, key_id_of
from service.access.roles import Role
from service.access.rules import OPEN, RULE
from service.access.tables import API_KEY
from service.api.document import described_views
from tests.service.access_matrix import EXACT_ONLY, MATRIX, SIGNING
from tests.service.conftest import FIRST, PAIR, Asker, basic

pytestmark = pytest.mark.contract
FIGURES = ("/v1/forecasts", "/v1/drivers", "/v1/running-year")
LISTS = (*FIGURES, "/v1/products", "/v1/districts", "/v1/editions")
DATA = (*LISTS, "/v1/municipalities", "/v1/editions/nee")
OPEN_PATHS = {path for path, rule in MATRIX.items() if rule == OPEN} - SIGNING


def test_every_route_states_its_rule(closed_app: Flask) -> None:
    views = list(described_views(closed_app))
    assert [path for path, view in views if not hasattr(view, RULE)] == []
    assert {path: getattr(view, RULE) for path, view in views} == MATRIX


@pytest.mark.parametrize("path", DATA)
def test_without_a_key_nothing_is_said(closed_app: Flask, path: str) -> None:
    for query in ("", "?foo=1", f"?municipality={FIRST}"):
        response = closed_app.test_client().get(path + query)
        assert response.status_code == 401
        assert response.content_type == "application/problem+json"
        schemes = [value.split()[0] for value in response.headers.getlist("WWW-Authenticate")]
        assert schemes == ["Basic", "Bearer"]
        assert FIRST not in response.get_data(as_text=True)


@pytest.mark.parametrize("path", sorted(OPEN_PATHS))
def test_open_routes_need_no_key(closed_app: Flask, path: str) -> None:
    assert closed_app.test_client().get(path).status_code == 200


def test_nobody_signs_in_where_that_is_not_set_up(closed_app: Flask, demo: FlaskClient) -> None:
    for client in (closed_app.test_client(), demo):
        assert client.get("/sign-in").status_code == 404
        assert client.get("/sign-in/return?code=a&state=b").status_code == 404
        assert client.post("/sign-out").status_code == 404


def test_a_key_works_as_bearer_and_as_basic(asker: Callable[..., Asker]) -> None:
    one = asker(FIRST)
    assert one.get("/v1/products").status_code == 200
    key_id = one.key.split("_")[1]
    assert one.client.get("/v1/products", headers=basic(key_id, one.key)).status_code == 200
    assert one.client.get("/v1/products", headers=basic("iemand", one.key)).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer zr_0000000000_AAAA",
        "Bearer nonsense",
        "Basic",
        "Basic !!!",
        "Digest x",
        "Bearer " + "A" * 5000,
        "Bearer zr__",
        "Bearer zr_\x80_x",
    ],
)
def test_a_wrong_key_is_refused_without_saying_why(closed_app: Flask, header: str) -> None:
    response = closed_app.test_client().get("/v1/products", headers={"Authorization": header})
    assert response.status_code == 401
    assert response.get_json()["type"].endswith("refused-key")


def test_a_wrong_secret_revoked_and_expired_look_alike(
    closed_app: Flask, ring: KeyRing, engine: Engine
) -> None:
    answers = []
    good, key = ring.create("x", Role.CONTROLLER, None, 30)
    answers.append(good[:-1] + ("A" if good[-1] != "A" else "B"))
    revoked, other = ring.create("x", Role.CONTROLLER, None, 30)
    ring.revoke(other.id)
    expired, last = ring.create("x", Role.CONTROLLER, None, 30)
    with engine.begin() as connection:
        past = API_KEY.update().where(API_KEY.c.id == last.id)
        connection.execute(past.values(expires_at=last.created_at - timedelta(days=1)))
    bodies = []
    for sent in (*answers, revoked, expired):
        headers = {"Authorization": f"Bearer {sent}", "X-Request-Id": "same-id-each-time"}
        response = closed_app.test_client().get("/v1/products", headers=headers)
        assert response.status_code == 401
        bodies.append(response.get_data())
    assert len(set(bodies)) == 1
    assert ring.find(good) is not None
    assert key.is_valid(key.created_at)


@pytest.mark.parametrize("path", EXACT_ONLY)
def test_roles_are_enough_or_not(asker: Callable[..., Asker], path: str) -> None:
    reader = asker(FIRST, role=Role.READER)
    assert reader.get("/v1/products").status_code == 200
    response = reader.get(path)
    assert response.status_code == 403
    assert "controller" in response.get_json()["detail"]
    for role in (Role.CONTROLLER, Role.ANALYST, Role.ADMINISTRATOR):
        assert asker(FIRST, role=role).get(path).status_code == 200


def test_a_key_sees_its_own_municipality_only(asker: Callable[..., Asker]) -> None:
    mine, theirs = PAIR
    one = asker(mine)
    for path in LISTS:
        text = one.get(path).get_data(as_text=True)
        assert mine in text
        assert theirs not in text
        assert FIRST not in text.replace(f"test-{FIRST.lower()}", "")


def test_sums_hold_no_share_of_others(asker: Callable[..., Asker]) -> None:
    mine, theirs = PAIR
    query = "/v1/forecasts?groupBy=period&frequency=year"
    alone = asker(mine).get(query).get_json()["rows"]
    named = asker(mine).get(f"{query}&municipality={mine}").get_json()["rows"]
    both = asker(mine, theirs).get(query).get_json()["rows"]
    assert alone == named
    assert all(a["mean"] < b["mean"] for a, b in zip(alone, both, strict=True))


@pytest.mark.parametrize("path", LISTS)
def test_another_municipality_is_answered_like_one_that_does_not_exist(
    asker: Callable[..., Asker], path: str
) -> None:
    mine, theirs = PAIR
    one = asker(mine)
    headers = {"X-Request-Id": "same-id-each-time"}
    real = one.get(f"{path}?municipality={theirs}", headers=headers).get_data(as_text=True)
    unreal = one.get(f"{path}?municipality=XX9999", headers=headers).get_data(as_text=True)
    assert real.replace(theirs, "XX9999") == unreal


def test_codes_and_editions_of_others_do_not_exist(asker: Callable[..., Asker]) -> None:
    mine, theirs = PAIR
    one, every = asker(mine), asker()
    other = next(
        row["edition"]
        for row in every.get("/v1/editions").get_json()["rows"]
        if row["municipalities"] == [FIRST]
    )
    for query in (f"district={theirs}D01", f"district={theirs}", f"edition={other}"):
        response = one.get(f"/v1/forecasts?{query}")
        assert response.status_code == 400
        allowed = response.get_json()["errors"][0]["allowed"]
        assert not any(theirs in code or FIRST.lower() in code for code in allowed)
    headers = {"X-Request-Id": "same-id-each-time"}
    real = one.get(f"/v1/editions/{other}", headers=headers)
    unreal = one.get("/v1/editions/nee", headers=headers)
    assert (real.status_code, real.get_data()) == (404, unreal.get_data())


def test_an_edition_seen_in_part_does_not_tell_about_the_whole(
    asker: Callable[..., Asker],
) -> None:
    part, whole = asker(PAIR[0]), asker(*PAIR)
    edition = part.get("/v1/editions").get_json()["rows"][0]["edition"]
    told = part.get(f"/v1/editions/{edition}").get_json()
    assert told["municipalities"] == [PAIR[0]]
    assert all(told[name] is None for name in ("scores", "outcomes", "inputs", "gate"))
    assert whole.get(f"/v1/editions/{edition}").get_json()["scores"] is not None


def test_readiness_names_what_is_left_out_to_administrators_only(
    closed_app: Flask, asker: Callable[..., Asker]
) -> None:
    path = "/v1/health/ready"
    anonymous = closed_app.test_client().get(path).get_json()
    assert anonymous["left_out"] is None
    assert anonymous["left_out_count"] == 1
    assert asker(FIRST).get(path).get_json()["left_out"] is None
    (left_out,) = asker(role=Role.ADMINISTRATOR).get(path).get_json()["left_out"]
    assert left_out["edition"].startswith("test-cc0004")
    assert left_out["reason"]


def test_an_answer_is_tagged_for_who_sees_it(asker: Callable[..., Asker]) -> None:
    query = "/v1/forecasts?groupBy=period&frequency=year"
    tags = {
        one.get(query).headers["ETag"]
        for one in (asker(PAIR[0]), asker(PAIR[0]), asker(PAIR[1]), asker(*PAIR))
    }
    assert len(tags) == 3


def test_use_is_noted_and_revoking_works_at_once(
    asker: Callable[..., Asker], ring: KeyRing
) -> None:
    one = asker(FIRST)
    key_id = str(key_id_of(one.key))
    assert one.get("/v1/products").status_code == 200
    (found,) = [key for key in ring.all() if key.id == key_id]
    assert found.last_used_at is not None
    ring.revoke(key_id)
    assert one.get("/v1/products").status_code == 401
