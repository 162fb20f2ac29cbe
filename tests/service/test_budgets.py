"""``/v1/budgets``: kept whole and once, seen by their own municipality only, held against paths."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.asking import Selection
from models.budget import Line, weigh
from models.edition import open_edition
from models.scenario import totals
from service.access.roles import Role
from service.api.bodies import MOST_BYTES
from tests.service.conftest import FIRST, PAIR, Asker
from tests.service.figures import same_rows_in_every_form
from tests.service.writing import Json, faults, put, send

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("nothing_kept")]
HERE = "/v1/budgets/begroting-2025"


@pytest.fixture
def controller(asker: Callable[..., Asker]) -> Asker:
    return asker(FIRST)


def line(year: object, euros: object, **options: Any) -> Json:  # noqa: ANN401
    return {"year": year, "amount_eur": euros, **options}


def budget(*lines: Json, **options: Any) -> Json:  # noqa: ANN401
    return {
        "municipality": FIRST,
        "name": "Programmabegroting 2025-2028",
        "version": "primitief",
        "lines": list(lines) or [line(2025, 123456.78, product="HH")],
        "amounts_confirmed": True,
        **options,
    }


def test_a_budget_is_kept_read_listed_and_removed(controller: Asker) -> None:
    sent = budget(
        line(2025, 1234567.89, product="HH", label="Huishoudelijke hulp"),
        line(2025, 0.01, taakveld="6.713", basis="net"),
        line(2026, 9e6, total=True),
        decided_on="2024-11-07",
    )
    first = put(controller, HERE, sent)
    assert first.status_code == 201
    body = first.get_json()
    assert [one["amount_eur"] for one in body["lines"]] == [1234567.89, 0.01, 9000000.0]
    assert body["lines"][0]["product"] == "HH"
    assert body["lines"][1]["taakveld"] == "6.713"
    assert body["lines"][2]["total"] is True
    assert (body["decided_on"], body["revision"], body["cited"]) == ("2024-11-07", 1, None)
    assert body["author"] == controller.key.split("_")[1]
    again = put(controller, HERE, sent)
    assert (again.status_code, again.get_json()) == (200, body)
    read = controller.get(HERE)
    assert read.get_json() == body
    assert read.headers["ETag"] == first.headers["ETag"] == again.headers["ETag"]
    assert controller.get(HERE, {"If-None-Match": read.headers["ETag"]}).status_code == 304
    listed = controller.get("/v1/budgets").get_json()
    assert (listed["meta"]["row_count"], listed["rows"]) == (1, [body])
    gone = send(controller, "DELETE", HERE)
    assert (gone.status_code, gone.get_data()) == (204, b"")
    assert controller.get(HERE).status_code == 404
    assert send(controller, "DELETE", HERE).status_code == 404


def test_work_of_another_is_not_overwritten(controller: Asker) -> None:
    new = put(controller, HERE, budget(), If_None_Match="*")
    assert new.status_code == 201
    assert put(controller, HERE, budget(), If_None_Match="*").status_code == 412
    tag = new.headers["ETag"]
    changed = put(controller, HERE, budget(name="Anders"), If_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    for wrong in (tag, '"nee"', "onzin"):
        response = put(controller, HERE, budget(name="Weer anders"), If_Match=wrong)
        assert response.status_code == 412
        assert response.get_json()["type"].endswith("changed")
    assert put(controller, HERE, budget(name="Toch"), If_Match="*").status_code == 200
    assert put(controller, "/v1/budgets/nieuw", budget(), If_Match="*").status_code == 412
    assert send(controller, "DELETE", HERE, If_Match=tag).status_code == 412


def test_what_was_cited_stays_as_it_is(controller: Asker) -> None:
    put(controller, HERE, budget())
    there = f"{HERE}/citation"
    assert put(controller, "/v1/budgets/nee/citation", {"reference": "x"}).status_code == 404
    assert faults(put(controller, there, {"reference": " "})) == {"/reference": "empty-text"}
    cited = put(controller, there, {"reference": "raadsvoorstel 2024-88"})
    assert cited.status_code == 200
    assert cited.get_json()["cited"]["reference"] == "raadsvoorstel 2024-88"
    assert put(controller, there, {"reference": "raadsvoorstel 2024-88"}).status_code == 200
    assert put(controller, HERE, budget()).status_code == 200
    for refused in (
        put(controller, HERE, budget(name="Anders")),
        put(controller, there, {"reference": "iets anders"}),
        send(controller, "DELETE", HERE),
    ):
        assert refused.status_code == 409
        assert "raadsvoorstel 2024-88" in refused.get_json()["detail"]


def test_every_fault_comes_at_once_with_its_place(controller: Asker) -> None:
    sent = {
        "name": "",
        "version": 3,
        "decided_on": "7 november",
        "wat": 1,
        "lines": [
            line(2025.5, 1, product="HH"),
            line(2025, 1.005, total="ja"),
            line(2025, -1, basis="bruto"),
            line(2025, "10", taakveld=None, onzin=0),
        ],
    }
    assert faults(put(controller, "/v1/budgets/Niet_Goed", sent)) == {
        "budget_id": "wrong-id",
        "/municipality": "missing",
        "/name": "empty-text",
        "/version": "wrong-form",
        "/decided_on": "no-day",
        "/wat": "unknown-member",
        "/lines/0/year": "wrong-form",
        "/lines/1/amount_eur": "no-amount",
        "/lines/1/total": "wrong-form",
        "/lines/2/amount_eur": "no-amount",
        "/lines/2/basis": "unknown-value",
        "/lines/3/amount_eur": "no-amount",
        "/lines/3/onzin": "unknown-member",
    }
    (fault,) = put(controller, HERE, budget(version="")).get_json()["errors"]
    assert fault["in"] == "body"
    assert fault["location"] == {"pointer": "/version"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line(2025, 1)], {"/lines/0": "one-of"}),
        ([line(2025, 1, product="HH", total=True)], {"/lines/0": "one-of"}),
        ([line(2025, 1, product="ZZ")], {"/lines/0/product": "unknown-value"}),
        ([line(2025, 1, taakveld="9.99")], {"/lines/0/taakveld": "unknown-taakveld"}),
        ([line(2025, 1, taakveld="6.71a")], {"/lines/0/taakveld": "unknown-taakveld"}),
        (
            [line(2025, 1, product="HH"), line(2026, 1, product="HH"), line(2025, 2, product="HH")],
            {"/lines/2": "line-twice"},
        ),
    ],
)
def test_lines_that_cannot_be_are_refused(
    controller: Asker, lines: list[Json], expected: dict[str, str]
) -> None:
    assert faults(put(controller, HERE, budget(*lines))) == expected


def test_thousands_are_asked_about(controller: Asker) -> None:
    expected = _expected(controller, "HH", 2025)
    sent = budget(line(2025, round(expected / 1000), product="HH"), amounts_confirmed=False)
    assert faults(put(controller, HERE, sent)) == {"/lines/0/amount_eur": "in-thousands"}
    assert put(controller, HERE, {**sent, "amounts_confirmed": True}).status_code == 201
    near = budget(line(2025, round(expected / 20), product="HH"), amounts_confirmed=False)
    assert put(controller, HERE, near).status_code == 200


def _expected(who: Asker, product: str, year: int) -> float:
    query = f"product={product}&groupBy=period&frequency=year&measure=cost"
    rows = who.get(f"/v1/forecasts?{query}").get_json()["rows"]
    return next(float(r["mean"]) for r in rows if r["period"] == f"{year}-01-01")


def test_certainty_is_read_off_the_paths_to_the_cent(controller: Asker) -> None:
    euros = round(_expected(controller, "HH", 2025), 2)
    put(
        controller,
        HERE,
        budget(
            line(2025, euros, product="HH"),
            line(2025, 200000, product="BG", basis="net"),
            line(2025, 5000, taakveld="6.91", label="Beleid"),
            line(2026, 300000, product="HH"),
            line(2060, 1, product="HH"),
        ),
    )
    answer = controller.get(f"{HERE}/certainty?certainty=0.9").get_json()
    first, _, carried, _, outside, *sums = answer["rows"]
    folder = controller.client.application.extensions["zorgraming"].settings.editions
    edition = open_edition(folder / first["edition"])
    found = totals(edition, Selection("cost", (FIRST,), ("HH",), frequency="year"))
    assert found is not None
    draws = found.base[2025 - found.periods.first]
    weighed = weigh(Line(round(euros * 100), draws), 0.9)
    assert first["budget_eur"] == euros
    assert first["amount_eur"] == weighed.covers / 100
    assert first["probability_exceeded"] == weighed.probability
    assert (first["risk_eur"], first["effect_eur"]) == (
        weighed.shortfall / 100,
        weighed.effect / 100,
    )
    assert first["cushion_eur"] == weighed.cushion / 100
    assert first["mean"] == euros
    assert (carried["label"], carried["mean"], carried["budget_eur"]) == ("Beleid", None, 5000.0)
    assert outside["probability_exceeded"] is None
    assert [(row["scope"], row["year"]) for row in sums] == [
        ("sum", "2025"),
        ("sum", "2026"),
        ("sum", "2060"),
        ("sum", "all"),
    ]
    assert sums[0]["budget_eur"] == pytest.approx(euros + 205000)
    assert sums[0]["cushion_apart_eur"] >= sums[0]["cushion_eur"]
    assert sums[3]["budget_eur"] == pytest.approx(euros + 505001)
    assert answer["meta"]["carried"] == 2
    assert any("zonder raming (2)" in note for note in answer["meta"]["notes"])
    assert any("Netto" in note for note in answer["meta"]["notes"])


def test_a_closed_year_has_an_account_that_is_no_estimate(controller: Asker) -> None:
    put(controller, HERE, budget(line(2022, 1, product="HH"), line(2022, 1e9, total=True)))
    first, whole, total = controller.get(f"{HERE}/certainty").get_json()["rows"]
    assert first["account_eur"] == first["mean"] == first["p10"] == first["p90"]
    assert (first["estimate"], first["probability_exceeded"]) == (False, 1.0)
    assert total["budget_eur"] == whole["budget_eur"] == 1e9  # the total holds the lines


def test_certainty_comes_in_every_form_and_is_kept_until_the_budget_changes(
    controller: Asker, closed_app: Flask
) -> None:
    put(controller, HERE, budget(line(2025, 1000, product="HH"), line(2060, 1, product="HH")))

    class Client:
        def get(self, path: str) -> object:
            return controller.get(path)

    same_rows_in_every_form(Client(), f"{HERE}/certainty?certainty=0.8")  # type: ignore[arg-type]
    first = controller.get(f"{HERE}/certainty")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert controller.get(f"{HERE}/certainty", tag).status_code == 304
    put(controller, HERE, budget(line(2025, 1001, product="HH")))
    assert controller.get(f"{HERE}/certainty", tag).status_code == 200


@pytest.mark.parametrize("query", ["certainty=0", "certainty=1.1", "certainty=nan", "certainty=x"])
def test_a_certainty_outside_its_limits_is_refused(controller: Asker, query: str) -> None:
    put(controller, HERE, budget())
    response = controller.get(f"{HERE}/certainty?{query}")
    assert faults(response) == {"certainty": "no-share"}


def test_another_edition_is_asked_by_its_id_and_unknown_ones_are_listed(controller: Asker) -> None:
    put(controller, HERE, budget())
    ids = sorted(row["edition"] for row in controller.get("/v1/editions").get_json()["rows"])
    for edition in ids:
        rows = controller.get(f"{HERE}/certainty?edition={edition}").get_json()["rows"]
        assert {row["edition"] for row in rows} == {edition}
    response = controller.get(f"{HERE}/certainty?edition=nee")
    assert response.get_json()["errors"][0]["allowed"] == ids


def test_nobody_learns_of_budgets_of_others(asker: Callable[..., Asker]) -> None:
    mine, theirs = PAIR
    one, other = asker(mine), asker(theirs)
    put(other, HERE, budget(line(2025, 1, product="HH"), municipality=theirs))
    same = {"X-Request-Id": "same-id-each-time"}

    def seen(path: str) -> tuple[int, bytes]:
        response = one.get(path, same)
        return response.status_code, response.get_data()

    for tail in ("", "/certainty", f"?municipality={theirs}"):
        there, nowhere = HERE + tail, "/v1/budgets/nergens" + tail.replace(theirs, "XX9999")
        assert seen(there) == seen(nowhere)
        assert seen(there)[0] == 404
    assert one.get("/v1/budgets").get_json()["rows"] == []
    real = seen(f"/v1/budgets?municipality={theirs}")[1].decode().replace(theirs, "XX9999")
    assert real == seen("/v1/budgets?municipality=XX9999")[1].decode()
    for tail, body in (("/citation", {"reference": "x"}),):
        assert put(one, HERE + tail, body).status_code == 404
    assert send(one, "DELETE", HERE).status_code == 404
    sent = [
        put(one, HERE, budget(line(2025, 1, product="HH"), municipality=code), **same)
        for code in (theirs, "XX9999")
    ]
    told = [response.get_data(as_text=True).replace(theirs, "XX9999") for response in sent]
    assert told[0] == told[1]
    assert faults(sent[0])["/municipality"] == "unknown-value"
    assert sent[0].get_json()["errors"][0]["allowed"] == [mine]
    # the same id is free for who does not see the other
    own = put(one, HERE, budget(line(2025, 2, product="HH"), municipality=mine), If_None_Match="*")
    assert own.status_code == 201
    assert other.get(HERE).get_json()["lines"][0]["amount_eur"] == 1.0


def test_who_sees_two_municipalities_says_which(asker: Callable[..., Asker]) -> None:
    both = asker(*PAIR)
    for code in PAIR:
        sent = budget(line(2025, 1, product="HH"), municipality=code)
        assert put(both, HERE, sent).status_code == 201
    response = both.get(HERE)
    assert faults(response) == {"municipality": "several-of-id"}
    assert response.get_json()["errors"][0]["allowed"] == list(PAIR)
    assert both.get(f"{HERE}?municipality={PAIR[0]}").get_json()["municipality"] == PAIR[0]
    wrong = put(both, f"{HERE}?municipality={PAIR[0]}", budget(municipality=PAIR[1]))
    assert faults(wrong)["municipality"] == "other-municipality"


def test_readers_read_and_write_no_budgets(asker: Callable[..., Asker]) -> None:
    reader = asker(FIRST, role=Role.READER)
    assert reader.get("/v1/budgets").status_code == 403
    assert put(reader, HERE, budget()).status_code == 403
    assert send(reader, "DELETE", HERE).status_code == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""]
)
def test_only_json_is_read(controller: Asker, kind: str) -> None:
    response = send(controller, "PUT", HERE, json.dumps(budget()).encode(), Content_Type=kind)
    assert response.status_code == 415
    packed = put(controller, HERE, budget(), Content_Encoding="gzip")
    assert packed.status_code == 415


def test_so_many_bytes_and_no_more(controller: Asker) -> None:
    large = json.dumps(budget(name="x" * MOST_BYTES)).encode()
    assert send(controller, "PUT", HERE, large).status_code == 413
    padded = json.dumps(budget()).encode()
    padded += b" " * (MOST_BYTES - len(padded))
    assert send(controller, "PUT", HERE, padded).status_code == 201


ODD = [
    b"",
    b"null",
    b"[]",
    b"1",
    b'"x"',
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"name": NaN}',
    b'{"lines": [Infinity]}',
    b'{"name": 1e400}',
    b'{"lines": [{"amount_eur": 1e400000}]}',
    b'{"lines": [{"amount_eur": ' + b"9" * 5000 + b"}]}",
    b'{"name": "\\ud800", "version": "\\u0000"}',
    b'{"name": "a", "name": "b"}',
    b'{"lines": [{"year": 99999999999999999999}]}',
    b'{"lines": [[[[[[]]]]]]}',
    b'{"lines": {"0": {}}}',
    b'{"a/b~c": 1}',
]


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
def test_odd_json_is_refused_in_words(controller: Asker, body: bytes) -> None:
    for path in (HERE, f"{HERE}/citation"):
        response = send(controller, "PUT", path, body)
        assert response.status_code in (400, 404)
        assert response.content_type == "application/problem+json"
        assert response.get_json()["detail"]


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
NAMES = st.sampled_from(["municipality", "name", "version", "decided_on", "lines", "levers"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(NAMES, JSONS, max_size=6))
def test_any_json_is_kept_or_refused_in_words(controller: Asker, body: Json) -> None:
    response = put(controller, HERE, {**budget(), **body})
    assert response.status_code in (200, 201, 400)


def test_pages_of_others_cannot_write(controller: Asker, closed_app: Flask) -> None:
    response = put(controller, HERE, budget(), Origin="https://elders.example.nl")
    assert response.status_code == 403
    assert response.get_json()["type"].endswith("cross-origin")
    asked = {
        "Origin": "https://elders.example.nl",
        "Access-Control-Request-Method": "PUT",
    }
    preflight = closed_app.test_client().open(HERE, method="OPTIONS", headers=asked)
    assert "PUT" not in preflight.headers.get("Access-Control-Allow-Methods", "")
    assert put(controller, HERE, budget(), Origin="http://localhost").status_code == 201


def test_the_demonstration_keeps_nothing_and_says_so(demo: FlaskClient) -> None:
    response = demo.put(HERE, json=budget())
    assert response.status_code == 403
    assert response.get_json()["type"].endswith("demo-read-only")
    assert demo.get("/v1/budgets").get_json()["rows"] == []
    assert demo.get(HERE).status_code == 404
    assert demo.delete(HERE).status_code == 403


def test_writes_are_on_record_with_whose_they_are_and_no_figure(
    controller: Asker, closed_app: Flask
) -> None:
    put(controller, HERE, budget(line(2025, 98765.43, product="HH")), X_Request_Id="put-on-record")
    send(controller, "DELETE", HERE, X_Request_Id="delete-on-record")
    folder = closed_app.extensions["zorgraming"].settings.audit_dir
    lines = [text for path in folder.glob("*.jsonl") for text in path.read_text().splitlines()]
    for request_id, method in (("put-on-record", "PUT"), ("delete-on-record", "DELETE")):
        (found,) = [one for one in map(json.loads, lines) if _request_of(one) == request_id]
        about = found["attributes"]
        assert (about["method"], about["rows"], about["editions"]) == (method, 1, [])
        assert about["selection"] == {
            "budget_id": "begroting-2025",
            "municipality": FIRST,
            "revision": 1,
        }
    assert not any(figure in text for text in lines for figure in ("98765.43", "9876543"))


def _request_of(entry: Json) -> str | None:
    found: str | None = entry.get("attributes", {}).get("request_id")
    return found


def test_other_methods_are_refused_and_named(controller: Asker) -> None:
    response = send(controller, "POST", "/v1/budgets")
    assert response.status_code == 405
    allowed = send(controller, "POST", HERE).headers["Allow"]
    assert allowed == "DELETE, GET, HEAD, OPTIONS, PUT"


def test_a_day_of_decision_is_a_day(controller: Asker) -> None:
    sent = budget(decided_on="2024-11-07")
    assert put(controller, HERE, sent).get_json()["decided_on"] == date(2024, 11, 7).isoformat()
    for wrong in ("2024-11", "20241107", "2024-W45-4", "2024-02-30", "0001-01-01"):
        assert faults(put(controller, HERE, budget(decided_on=wrong))) == {"/decided_on": "no-day"}
