"""``/v1/scenarios``: kept with reason and author, computed on paths, frozen once cited."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from models.levers import MOST_LEVERS
from models.scenario_templates import TEMPLATES
from service.access.roles import Role
from service.state.tables import SCENARIO
from tests.service.conftest import FIRST, PAIR, Asker
from tests.service.figures import cents, same_rows_in_every_form
from tests.service.writing import Json, faults, put, send

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("nothing_kept")]
HERE = "/v1/scenarios/minder-uren"
WHY = "Besluit van de raad: minder uren per cliënt"
GROUPS = [
    by for n in range(1, 4) for by in combinations(("municipality", "product", "district"), n)
]


@pytest.fixture
def controller(asker: Callable[..., Asker]) -> Asker:
    return asker(FIRST)


def lever(**options: Any) -> Json:  # noqa: ANN401
    whole: Json = {"kind": "volume_per_client", "reason": WHY, "start": "2024-07", "percent": -8}
    return {name: value for name, value in {**whole, **options}.items() if value is not ...}


def scenario(*levers: Json, **options: Any) -> Json:  # noqa: ANN401
    return {
        "municipality": FIRST,
        "name": "Minder uren",
        "reason": WHY,
        "levers": list(levers) or [lever()],
        **options,
    }


def effect(who: Asker, query: str = "") -> Json:
    response = who.get(f"{HERE}/effect?{query}")
    assert response.status_code == 200, response.get_data(as_text=True)
    found: Json = response.get_json()
    return found


def test_a_scenario_is_kept_with_reason_author_moment_and_edition(controller: Asker) -> None:
    first = put(controller, HERE, scenario(lever(products=["HH"], end="2026-06", ramp_months=6)))
    assert first.status_code == 201
    body = first.get_json()
    current = [
        row["edition"]
        for row in controller.get("/v1/editions").get_json()["rows"]
        if row["current_for"]
    ]
    assert [body["edition"]] == current
    assert (body["reason"], body["author"]) == (WHY, controller.key.split("_")[1])
    assert body["created_at"].startswith("2026-11-22T12:00")
    assert body["levers"][0] == {
        "kind": "volume_per_client",
        "reason": WHY,
        "start": "2024-07",
        "end": "2026-06",
        "percent": -8.0,
        "factor": None,
        "level": None,
        "ramp_months": 6,
        "yearly": False,
        "products": ["HH"],
        "districts": [],
        "measure": "cost",
    }
    again = put(controller, HERE, scenario(lever(products=["HH"], end="2026-06", ramp_months=6)))
    assert (again.status_code, again.get_json()) == (200, body)
    assert controller.get(HERE).get_json() == body
    assert controller.get("/v1/scenarios").get_json()["rows"] == [body]
    assert send(controller, "DELETE", HERE).status_code == 204
    assert controller.get(HERE).status_code == 404


def test_base_is_the_forecast_and_parts_add_up_to_the_cent(controller: Asker) -> None:
    levers = [
        lever(),
        lever(kind="price", percent=3, yearly=True, start="2024-01"),
        lever(kind="use"),
    ]
    put(controller, HERE, scenario(*levers))
    for by in GROUPS:
        query = f"groupBy={','.join(by)},period&from=2024"
        rows = effect(controller, f"{query}&detail=levers")["rows"]
        forecast = controller.get(f"/v1/forecasts?{query}&frequency=year").get_json()["rows"]
        base = [row for row in rows if row["part"] == "base"]
        names = ("municipality", "product", "district", "period", "p10", "p50", "p90", "mean")
        assert [[row[n] for n in names] for row in base] == [
            [row[n] for n in names] for row in forecast if row["kind"] == "forecast"
        ]
        for at in range(0, len(rows), 6):
            first, *parts, difference, adjusted = rows[at : at + 6]
            assert [row["part"] for row in parts] == ["lever-1", "lever-2", "lever-3"]
            assert cents([first, *parts]) == cents([first, difference]) == cents([adjusted])
    assert {row["part_label"] for row in rows} == {"raming", "verschil", "met het scenario", WHY}


def test_groups_add_up_for_every_part(controller: Asker) -> None:
    put(controller, HERE, scenario(lever(products=["HH"]), lever(kind="price", percent=3)))
    whole = effect(controller, "groupBy=period&from=2024")["rows"]
    for by in GROUPS:
        parts = effect(controller, f"groupBy={','.join(by)},period&from=2024")["rows"]
        for row in whole:
            same = [p for p in parts if (p["period"], p["part"]) == (row["period"], row["part"])]
            assert cents(same) == cents([row])


def test_the_effect_comes_in_every_form_with_reason_author_and_edition(controller: Asker) -> None:
    put(controller, HERE, scenario())

    class Client:
        def get(self, path: str) -> object:
            return controller.get(path)

    same_rows_in_every_form(Client(), f"{HERE}/effect?groupBy=product,period")  # type: ignore[arg-type]
    meta = effect(controller)["meta"]
    assert meta["scenario"]["reason"] == WHY
    assert meta["scenario"]["author"] == controller.key.split("_")[1]
    assert meta["editions"][0]["edition"] == meta["scenario"]["edition"]
    assert effect(controller, "groupBy=product")["rows"][0]["period"] == "all"


def test_the_effect_is_kept_until_the_scenario_changes(controller: Asker) -> None:
    put(controller, HERE, scenario())
    tag = {"If-None-Match": controller.get(f"{HERE}/effect").headers["ETag"]}
    assert controller.get(f"{HERE}/effect", tag).status_code == 304
    assert controller.get(f"{HERE}/effect?detail=levers", tag).status_code == 200
    put(controller, HERE, scenario(lever(percent=-9)))
    assert controller.get(f"{HERE}/effect", tag).status_code == 200


def test_a_scenario_goes_to_another_edition_only_when_a_person_says_so(controller: Asker) -> None:
    ids = [row["edition"] for row in controller.get("/v1/editions").get_json()["rows"]]
    put(controller, HERE, scenario())
    own = controller.get(HERE).get_json()["edition"]
    (other,) = [edition for edition in ids if edition != own]
    assert {row["edition"] for row in effect(controller)["rows"]} == {own}
    assert effect(controller)["meta"]["notes"] == []
    carried = effect(controller, f"edition={other}")
    assert {row["edition"] for row in carried["rows"]} == {other}
    assert any(own in note and other in note for note in carried["meta"]["notes"])
    put(controller, HERE, scenario(edition=other))
    assert controller.get(HERE).get_json()["edition"] == other
    put(controller, HERE, scenario(name="Anders"))  # without an edition it stays where it is
    assert controller.get(HERE).get_json()["edition"] == other
    assert faults(put(controller, HERE, scenario(edition="nee"))) == {"/edition": "unknown-value"}
    assert faults(controller.get(f"{HERE}/effect?edition=nee")) == {"edition": "unknown-value"}


def test_a_scenario_of_an_edition_that_was_recalled_says_so(
    controller: Asker, engine: Engine
) -> None:
    put(controller, HERE, scenario())
    own = controller.get(HERE).get_json()["edition"]
    with engine.begin() as connection:
        connection.execute(update(SCENARIO).values(edition="teruggeroepen"))
    response = controller.get(f"{HERE}/effect")
    assert faults(response) == {"edition": "no-edition"}
    assert own in response.get_json()["errors"][0]["allowed"]
    assert controller.get(HERE).get_json()["edition"] == "teruggeroepen"
    assert effect(controller, f"edition={own}")["rows"]


def test_what_was_cited_stays_as_it_is(controller: Asker) -> None:
    put(controller, HERE, scenario())
    cited = put(controller, f"{HERE}/citation", {"reference": "kadernota 2025"})
    assert cited.get_json()["cited"]["reference"] == "kadernota 2025"
    assert put(controller, HERE, scenario()).status_code == 200
    assert put(controller, HERE, scenario(name="Anders")).status_code == 409
    assert send(controller, "DELETE", HERE).status_code == 409
    assert effect(controller)["meta"]["scenario"]["cited"]["reference"] == "kadernota 2025"


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"reason": ""}, {"/levers/0/reason": "empty-text"}),
        ({"reason": ...}, {"/levers/0/reason": "missing"}),
        ({"kind": "korting"}, {"/levers/0/kind": "unknown-value"}),
        ({"percent": ...}, {"/levers/0": "lever-size"}),
        ({"factor": 1}, {"/levers/0": "lever-size"}),
        ({"percent": -100.5}, {"/levers/0/percent": "lever-below-zero"}),
        ({"percent": 1e9}, {"/levers/0/percent": "lever-too-large"}),
        ({"start": "2024-13"}, {"/levers/0/start": "no-day"}),
        ({"start": "2024-01-01"}, {"/levers/0/start": "no-day"}),
        ({"start": "2060-01"}, {"/levers/0/start": "lever-outside"}),
        ({"end": "2024-06"}, {"/levers/0/end": "lever-order"}),
        ({"products": ["HH", "ZZ"]}, {"/levers/0/products": "unknown-value"}),
        ({"districts": [f"{PAIR[0]}D01"]}, {"/levers/0/districts": "unknown-value"}),
        ({"ramp_months": 3, "yearly": True}, {"/levers/0/ramp_months": "lever-ramp"}),
        ({"ramp_months": -1}, {"/levers/0/ramp_months": "wrong-form"}),
        ({"kind": "tariff", "percent": ..., "level": 30}, {"/levers/0/level": "lever-no-volume"}),
    ],
)
def test_levers_that_cannot_be_are_refused_with_their_place(
    controller: Asker, wrong: Json, expected: dict[str, str]
) -> None:
    assert faults(put(controller, HERE, scenario(lever(**wrong)))) == expected


def test_a_million_levers_are_refused_in_words(controller: Asker) -> None:
    start = time.perf_counter()
    response = put(controller, HERE, scenario(*[lever()] * 1_000_000))
    assert response.status_code == 413
    some = put(controller, HERE, scenario(*[lever()] * (MOST_LEVERS + 1)))
    assert faults(some) == {"/levers": "too-many"}
    assert str(MOST_LEVERS) in some.get_json()["detail"]
    small = b'{"levers": [' + b"{}," * 300_000 + b"{}]}"
    assert faults(send(controller, "PUT", HERE, small))["/levers"] == "too-many"
    assert time.perf_counter() - start < 30
    assert put(controller, HERE, scenario(*[lever(percent=0)] * MOST_LEVERS)).status_code == 201


def test_overlapping_measures_are_told(controller: Asker) -> None:
    put(controller, HERE, scenario(lever(), lever(products=["HH"])))
    assert any("1 en 2" in note for note in effect(controller)["meta"]["notes"])


def test_all_faults_of_a_question_come_at_once(controller: Asker) -> None:
    put(controller, HERE, scenario())
    query = "product=ZZ&from=2026&to=2025&measure=wat&groupBy=jaar&foo=1&district=nee"
    assert set(faults(controller.get(f"{HERE}/effect?{query}"))) == {
        *("product", "from", "measure", "groupBy", "foo", "district"),
    }


def test_templates_have_a_source_and_ask_for_their_size(controller: Asker) -> None:
    rows = controller.get("/v1/scenarios/templates").get_json()["rows"]
    assert [row["id"] for row in rows] == [template.id for template in TEMPLATES]
    assert sum(row["group"] == "development" for row in rows) == 5
    for row in rows:
        assert row["source"]
        assert row["levers"]
        assert all("?" in one["question"] for one in row["levers"])
    # a starting point is no scenario: nothing can be kept under that name
    assert put(controller, "/v1/scenarios/templates", scenario()).status_code == 405


def test_nobody_learns_of_scenarios_of_others(asker: Callable[..., Asker]) -> None:
    mine, theirs = PAIR
    one, other = asker(mine), asker(theirs)
    put(other, HERE, scenario(municipality=theirs))
    same = {"X-Request-Id": "same-id-each-time"}
    for tail in ("", "/effect", f"/effect?municipality={theirs}", f"?municipality={theirs}"):
        there = one.get(HERE + tail, same)
        nowhere = one.get("/v1/scenarios/nergens" + tail, same)
        assert (there.status_code, there.get_data()) == (404, nowhere.get_data())
    assert one.get("/v1/scenarios").get_json()["rows"] == []
    assert send(one, "DELETE", HERE).status_code == 404
    assert put(one, f"{HERE}/citation", {"reference": "x"}).status_code == 404
    sent = [put(one, HERE, scenario(municipality=code), **same) for code in (theirs, "XX9999")]
    told = [response.get_data(as_text=True).replace(theirs, "XX9999") for response in sent]
    assert told[0] == told[1]
    district = {"districts": [f"{theirs}D01"]}
    refused = put(one, HERE, scenario(lever(**district), municipality=mine))
    assert theirs not in str(refused.get_json()["errors"][0]["allowed"])
    assert put(one, HERE, scenario(municipality=mine), If_None_Match="*").status_code == 201


def test_an_effect_holds_no_share_of_others(asker: Callable[..., Asker]) -> None:
    mine, theirs = PAIR
    both = asker(mine, theirs)
    capped = lever(kind="ceiling", percent=..., level=1000, measure="cost")
    put(both, HERE, scenario(capped, municipality=mine))
    rows = both.get(f"{HERE}/effect?groupBy=municipality,period&from=2024").get_json()["rows"]
    assert {row["municipality"] for row in rows} == {mine}
    adjusted = [row for row in rows if row["part"] == "adjusted" and row["period"] > "2025"]
    assert adjusted
    assert all(990 < row["mean"] <= 1000 for row in adjusted)


def test_readers_and_the_demonstration_keep_nothing(
    asker: Callable[..., Asker], demo: FlaskClient
) -> None:
    reader = asker(FIRST, role=Role.READER)
    assert put(reader, HERE, scenario()).status_code == 403
    assert reader.get("/v1/scenarios").status_code == 403
    assert demo.put(HERE, json=scenario()).status_code == 403
    assert demo.get("/v1/scenarios").get_json()["rows"] == []
    assert demo.get("/v1/scenarios/templates").status_code == 200


# --- the other way round ------------------------------------------------------------------------


def fit(who: Asker, query: str) -> Json:
    response = who.get(f"{HERE}/fit?{query}")
    assert response.status_code == 200, response.get_data(as_text=True)
    (row,) = response.get_json()["rows"]
    return row


def test_the_size_that_is_found_fits_and_a_little_more_does_not(controller: Asker) -> None:
    put(controller, HERE, scenario())
    middle = effect(controller, "groupBy=municipality&from=2025&to=2026")["rows"][0]["p50"]
    row = fit(controller, f"budget={middle:.0f}&from=2025&to=2026&certainty=0.8")
    assert row["covers_eur"] <= row["budget_eur"]
    assert row["certainty_before"] < 0.8
    assert row["percent"] < 0
    put(controller, HERE, scenario(lever(percent=row["percent"])))
    again = fit(controller, f"budget={middle:.0f}&from=2025&to=2026&certainty=0.8")
    assert again["certainty_after"] >= 0.8
    put(controller, HERE, scenario(lever(percent=row["percent"] + 0.5)))
    beyond = fit(controller, f"budget={middle:.0f}&from=2025&to=2026&certainty=0.8")
    assert beyond["certainty_after"] < 0.8
    assert beyond["percent"] == row["percent"]  # its own size is not used


def test_no_size_is_said_where_none_is_enough(controller: Asker) -> None:
    put(controller, HERE, scenario(lever(products=["HH"])))
    row = fit(controller, "budget=1&from=2025&to=2025")
    assert row["percent"] is None
    assert row["covers_eur"] > 1
    assert row["certainty_after"] == 0


def test_there_is_no_row_where_nothing_has_a_figure(controller: Asker) -> None:
    put(controller, HERE, scenario())
    answer = controller.get(f"{HERE}/fit?budget=1&to=2000")
    assert answer.status_code == 200
    assert answer.get_json()["rows"] == []


def test_what_cannot_be_sought_is_said(controller: Asker) -> None:
    ceiling = lever(kind="ceiling", percent=..., level=1e6, measure="cost")
    put(controller, HERE, scenario(ceiling))
    assert faults(controller.get(f"{HERE}/fit?budget=1000000"))
    wrong = controller.get(f"{HERE}/fit?budget=-1&lever=9&certainty=2&product=nergens")
    assert wrong.status_code == 400
    assert {"budget", "certainty"} <= {one["parameter"] for one in wrong.get_json()["errors"]}
    lacking = controller.get(f"{HERE}/fit?lever=nul")
    assert faults(lacking) == {"budget": "missing", "lever": "no-number"}
    assert controller.get("/v1/scenarios/geen/fit?budget=1").status_code == 404


def test_what_fits_comes_in_every_form(controller: Asker) -> None:
    put(controller, HERE, scenario())

    class Client:
        def get(self, path: str, **given: Any) -> Any:  # noqa: ANN401
            return controller.get(path, given.get("headers"))

    same_rows_in_every_form(Client(), f"{HERE}/fit?budget=1000000&from=2025")  # type: ignore[arg-type]
