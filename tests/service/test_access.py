"""Who gets in, who sees what, and that nobody learns of what belongs to others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, inspect

from service.access.keys import ApiKey, KeyRefusedError, KeyRing, key_id_of
from service.access.roles import Role, Viewer
from service.access.rules import OPEN, RULE
from service.access.tables import API_KEY, METADATA
from service.api.document import described_views
from service.database import DatabaseError, is_reachable, migrate, open_database
from tests.service.conftest import FIRST, PAIR, Asker, basic

pytestmark = pytest.mark.contract
DATA = ("/v1/forecasts", "/v1/products", "/v1/districts", "/v1/editions", "/v1/editions/nee")
OPEN_PATHS = {"/v1", "/v1/", "/v1/health/live", "/v1/health/ready", "/v1/openapi.json"}
NEW = datetime(2026, 1, 1, tzinfo=UTC)


def test_every_route_states_its_rule(closed_app: Flask) -> None:
    views = list(described_views(closed_app))
    assert len(views) == 10
    assert [path for path, view in views if not hasattr(view, RULE)] == []
    assert {path for path, view in views if getattr(view, RULE) == OPEN} == OPEN_PATHS


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


def test_roles_are_enough_or_not(asker: Callable[..., Asker]) -> None:
    reader = asker(FIRST, role=Role.READER)
    assert reader.get("/v1/products").status_code == 200
    response = reader.get("/v1/forecasts")
    assert response.status_code == 403
    assert "controller" in response.get_json()["detail"]
    for role in (Role.CONTROLLER, Role.ANALYST, Role.ADMINISTRATOR):
        assert asker(FIRST, role=role).get("/v1/forecasts").status_code == 200


def test_a_key_sees_its_own_municipality_only(asker: Callable[..., Asker]) -> None:
    mine, theirs = PAIR
    one = asker(mine)
    for path in ("/v1/forecasts", "/v1/products", "/v1/districts", "/v1/editions"):
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


@pytest.mark.parametrize("path", ["/v1/forecasts", "/v1/products", "/v1/districts", "/v1/editions"])
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


# --- the keys themselves ------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> Engine:
    """Return a fresh database."""
    engine = open_database(f"sqlite:///{tmp_path}/state/keys.sqlite")
    migrate(engine)
    return engine


def test_a_key_is_stored_as_a_hash_only(own: Engine, tmp_path: Path) -> None:
    text, key = KeyRing(own, lambda: NEW).create("Power BI", Role.CONTROLLER, [FIRST], 30)
    secret = text.split("_", 2)[2]
    assert len(secret) >= 43
    own.dispose()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert key.id.encode() in stored
    assert secret.encode() not in stored


def test_what_was_made_is_what_is_read_back(own: Engine) -> None:
    ring = KeyRing(own, lambda: NEW)
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
    own: Engine, name: str, places: list[str], days: int
) -> None:
    with pytest.raises(KeyRefusedError):
        KeyRing(own, lambda: NEW).create(name, Role.READER, places, days)


def test_revoking_an_unknown_key_says_where_to_look(own: Engine) -> None:
    with pytest.raises(KeyRefusedError, match="keys list"):
        KeyRing(own, lambda: NEW).revoke("nee")


def test_a_key_ends_at_its_moment(own: Engine) -> None:
    now = [NEW]
    ring = KeyRing(own, lambda: now[0])
    text, key = ring.create("a", Role.READER, None, 1)
    now[0] = key.expires_at - timedelta(seconds=1)
    assert ring.find(text) is not None
    now[0] = key.expires_at
    assert ring.find(text) is None


def test_a_cached_key_is_still_compared_whole(own: Engine) -> None:
    ring = KeyRing(own, lambda: NEW, cache_seconds=60)
    text, _ = ring.create("a", Role.READER, None, 1)
    assert ring.find(text) is not None
    assert ring.find(text + "x") is None
    assert ring.find(text) is not None


def test_a_database_that_refuses_the_note_of_use_does_not_refuse_the_key(own: Engine) -> None:
    ring = KeyRing(own, lambda: NEW)
    text, _ = ring.create("a", Role.READER, None, 1)
    with own.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE UPDATE ON api_key "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    assert ring.find(text) is not None


@given(st.text(max_size=300))
def test_any_text_is_a_key_or_not_and_never_an_error(text: str) -> None:
    found = key_id_of(text)
    assert found is None or text.startswith(f"zr_{found}_")


def test_the_migrations_make_the_tables_that_the_code_uses(own: Engine) -> None:
    found = inspect(own)
    assert set(found.get_table_names()) == {*METADATA.tables, "alembic_version"}
    for name, table in METADATA.tables.items():
        columns = {c["name"]: c["nullable"] for c in found.get_columns(name)}
        assert columns == {c.name: c.nullable for c in table.columns}
        assert found.get_pk_constraint(name)["constrained_columns"] == [
            c.name for c in table.primary_key
        ]
    migrate(own)


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


def test_moments_without_a_zone_are_refused(own: Engine) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - that is the point
    with pytest.raises(Exception, match="without a zone"):
        KeyRing(own, lambda: naive).create("a", Role.READER, None, 1)


def test_a_revoked_key_stays_in_the_list(own: Engine) -> None:
    ring = KeyRing(own, lambda: NEW)
    key: ApiKey = ring.create("a", Role.READER, None, 1)[1]
    assert ring.revoke(key.id).revoked_at == NEW
    assert [found.id for found in ring.all()] == [key.id]
