"""What municipalities in one service see of each other: what is shared, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import get_args

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine

from service.access.roles import Role
from service.access.rules import OPEN, RULE
from service.access.sharing import SharingBook, SharingRefusedError
from service.api.document import described_views
from service.api.endpoint import DESCRIBED
from service.api.filters import Format
from service.api.query import parameter_schemas
from service.cli_sharing import sharing
from service.context import service_of
from tests.service.conftest import FIRST, NOW, PAIR, Asker

pytestmark = pytest.mark.contract
ID = {"X-Request-Id": "same-id-each-time"}
MINE, THEIRS = PAIR


@pytest.fixture
def book(closed_app: Flask) -> Iterator[SharingBook]:
    """Return who shares what in the closed service; nobody does afterwards."""
    found = service_of(closed_app).sharing
    assert found is not None
    yield found
    for code in (FIRST, *PAIR):
        found.share(code, (), "afterwards")


def test_nothing_is_shared_unless_a_municipality_chooses_to(asker: Callable[..., Asker]) -> None:
    one = asker(MINE)
    rows = one.get("/v1/municipalities").get_json()["rows"]
    assert [(row["municipality"], row["sight"]) for row in rows] == [(MINE, "exact")]
    assert one.get(f"/v1/forecasts?municipality={FIRST}").status_code == 400


def test_shared_measures_are_seen_as_protected_totals(
    asker: Callable[..., Asker], book: SharingBook
) -> None:
    book.share(FIRST, ["clients"], "A. Tester, wethouder")
    one = asker(MINE)
    seen = one.get("/v1/municipalities").get_json()["rows"]
    assert [(r["municipality"], r["sight"], r["measures"]) for r in seen] == [
        (FIRST, "shared", ["clients"]),
        (MINE, "exact", ["clients", "volume", "cost"]),
    ]
    answer = one.get(f"/v1/forecasts?municipality={FIRST}&measure=clients").get_json()
    assert answer["meta"]["sight"] == ["shared"]
    assert {row["district"] for row in answer["rows"]} == {"all"}
    assert {row["frequency"] for row in answer["rows"]} == {"year"}
    reader = asker(FIRST, role=Role.READER)
    own = reader.get("/v1/forecasts?measure=clients&groupBy=municipality,product,period").get_json()
    assert answer["rows"] == own["rows"]
    assert all(r["mean"] is None or r["mean"] % 5 == 0 for r in answer["rows"])
    assert any("deelt" in note for note in answer["meta"]["notes"])


def test_own_and_shared_figures_stand_in_one_answer(
    asker: Callable[..., Asker], book: SharingBook
) -> None:
    book.share(THEIRS, ["cost"], "A. Tester")
    query = f"/v1/forecasts?measure=cost&municipality={MINE},{THEIRS}"
    answer = asker(MINE).get(query).get_json()
    assert answer["meta"]["sight"] == ["exact", "shared"]
    districts = {r["municipality"]: set() for r in answer["rows"]}
    for row in answer["rows"]:
        districts[row["municipality"]].add(row["district"])
    assert districts[THEIRS] == {"all"}
    assert "all" not in districts[MINE]
    alone = asker(MINE).get("/v1/forecasts?measure=cost&frequency=year").get_json()["rows"]
    assert [row for row in answer["rows"] if row["municipality"] == MINE] == alone


def test_what_is_not_shared_stays_closed_beside_what_is(
    asker: Callable[..., Asker], book: SharingBook
) -> None:
    book.share(THEIRS, ["clients"], "A. Tester")
    one = asker(MINE)
    refused = (
        f"/v1/forecasts?municipality={THEIRS}&measure=cost",
        f"/v1/forecasts?municipality={THEIRS}&measure=clients&frequency=month",
        f"/v1/forecasts?municipality={THEIRS}&measure=clients&district={THEIRS}D01",
        f"/v1/drivers?municipality={THEIRS}",
        f"/v1/running-year?municipality={THEIRS}",
        f"/v1/products?municipality={THEIRS}",
        f"/v1/districts?municipality={THEIRS}",
        f"/v1/editions?municipality={THEIRS}",
    )
    for path in refused:
        response = one.get(path)
        assert response.status_code == 400, path
        assert f"{THEIRS}D" not in response.get_data(as_text=True).replace(f"{THEIRS}D01", "")
    unasked = one.get("/v1/forecasts?measure=clients").get_data(as_text=True)
    assert THEIRS not in unasked


def test_taking_back_works_at_once(asker: Callable[..., Asker], book: SharingBook) -> None:
    one, path = asker(MINE), f"/v1/forecasts?municipality={FIRST}&measure=clients"
    book.share(FIRST, ["clients"], "A. Tester")
    tag = one.get(path).headers["ETag"]
    book.share(FIRST, [], "A. Tester")
    assert one.get(path, {"If-None-Match": tag}).status_code == 400


def test_by_every_route_and_parameter_others_look_like_nothing(
    closed_app: Flask, asker: Callable[..., Asker]
) -> None:
    one, every = asker(MINE), asker()
    other = next(
        row["edition"]
        for row in every.get("/v1/editions").get_json()["rows"]
        if row["municipalities"] == [FIRST]
    )
    secrets = (THEIRS, FIRST, f"{THEIRS}D01", f"{FIRST}D02", other)
    tried = 0
    for (path, view), secret in product(described_views(closed_app), secrets):
        address, unreal = (re.sub("<[^>]+>", code, path) for code in (secret, "XX9999"))
        question = getattr(view, DESCRIBED).question if hasattr(view, DESCRIBED) else None
        if question is None and "<" not in path and secret != secrets[0]:
            continue  # a page, asked without any code: once is enough
        for name in (parameter_schemas(question) if question else None) or {"": None}:
            asked, control = (f"?{name}={v}" if name else "" for v in (secret, "XX9999"))
            real = one.get(address + asked, ID)
            fake = one.get(unreal + control, ID)
            tried += 1
            assert real.status_code == fake.status_code, address + asked
            if getattr(view, RULE) == OPEN:  # the same for everybody, example included
                continue
            if "officedocument" in (real.content_type or ""):
                assert real.data == fake.data, address + asked
                continue
            shown = real.get_data(as_text=True).replace(secret, "XX9999")
            assert shown == fake.get_data(as_text=True), address + asked
            assert secret not in fake.get_data(as_text=True), address + asked
    assert tried > 150


def test_a_decision_is_asked_for_and_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("ZORGRAMING_DATABASE_URL", f"sqlite:///{tmp_path}/z.sqlite")
    run = CliRunner()
    set_up = ["set", FIRST, "--measure", "clients", "--measure", "cost", "--by", "A. Tester"]
    assert run.invoke(sharing, set_up).exit_code == 0
    told = run.invoke(sharing, ["list"]).output
    assert [line.split()[:2] for line in told.splitlines()] == [[FIRST, "clients"], [FIRST, "cost"]]
    assert run.invoke(sharing, ["set", FIRST, "--nothing", "--by", "A. Tester"]).exit_code == 0
    assert "No municipality shares anything" in run.invoke(sharing, ["list"]).output
    assert run.invoke(sharing, ["set", FIRST, "--by", "A. Tester"]).exit_code == 2


def test_a_decision_replaces_the_one_before_and_is_known_with_who_took_it(
    database: Engine,
) -> None:
    book = SharingBook(database, lambda: NOW)
    book.share(FIRST, ["clients", "cost"], "A. Tester")
    book.share(MINE, ["volume"], "B. Tester")
    book.share(FIRST, ["cost"], "C. Tester")
    kept = [
        (line.municipality, line.measure, line.shared_by, line.shared_at) for line in book.lines()
    ]
    assert kept == sorted([(FIRST, "cost", "C. Tester", NOW), (MINE, "volume", "B. Tester", NOW)])
    assert SharingBook(database, lambda: NOW).shared() == book.shared()
    with pytest.raises(SharingRefusedError):
        book.share(FIRST, ["names"], "A. Tester")
    assert SharingBook(database, lambda: NOW).lines() == book.lines()
    book.share(FIRST, (), "A. Tester")
    assert [line.municipality for line in book.lines()] == [MINE]


def test_what_cannot_be_shared_is_refused(book: SharingBook) -> None:
    with pytest.raises(SharingRefusedError, match="no such measure: names"):
        book.share(FIRST, ["names"], "A. Tester")
    with pytest.raises(SharingRefusedError, match="the name of who decides"):
        book.share(FIRST, ["cost"], " ")
    assert book.shared() == {}


def test_the_formats_are_the_same_for_all(asker: Callable[..., Asker], book: SharingBook) -> None:
    book.share(FIRST, ["cost"], "A. Tester")
    one = asker(MINE)
    for form in get_args(Format):
        path = f"/v1/forecasts?municipality={FIRST}&measure=cost&format={form}"
        assert one.get(path).status_code == 200
