"""``/v1/budgets/<id>/differences``: parts that add up, the same as on the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, delete

from service.access.roles import Role
from service.state.tables import BUDGET
from tests.service.conftest import FIRST, PAIR, Asker
from tests.service.writing import Json, faults, put

pytestmark = pytest.mark.contract
PATH = "/v1/budgets/begroting/differences"
PARTS = (
    *("not_forecast", "not_budgeted", "net", "account_part", "completion", "held"),
    *("demography", "use", "volume", "price", "policy", "interaction", "rest"),
)


@pytest.fixture(autouse=True)
def _nothing_kept(engine: Engine) -> Iterator[None]:
    yield
    with engine.begin() as connection:
        connection.execute(delete(BUDGET))


@pytest.fixture
def controller(asker: Callable[..., Asker]) -> Asker:
    """Return a controller whose municipality keeps a budget."""
    who = asker(FIRST)
    lines: list[Json] = [
        {"year": 2024, "amount_eur": 20000, "product": "HH"},
        {"year": 2025, "amount_eur": 21000.55, "product": "HH"},
        {"year": 2025, "amount_eur": 5000, "taakveld": "6.1", "label": "Wijkteam"},
        {"year": 2025, "amount_eur": 9000, "product": "DB", "basis": "net"},
    ]
    budget = {"municipality": FIRST, "name": "Begroting", "version": "primitief", "lines": lines}
    assert put(who, "/v1/budgets/begroting", budget).status_code == 201
    return who


def test_the_parts_of_every_row_add_up_to_its_difference(controller: Asker) -> None:
    answer = controller.get(f"{PATH}?year=2025").get_json()
    rows = answer["rows"]
    for row in rows:
        whole = sum(round(row[f"{part}_eur"] * 100) for part in PARTS)
        assert whole == round(row["difference_eur"] * 100)
        forecast = row["forecast_eur"] or 0
        assert row["difference_eur"] == pytest.approx(forecast - row["budget_eur"], abs=0.001)
    scopes = [row["scope"] for row in rows]
    assert scopes[:3] == ["product", "taakveld", "product"]
    assert scopes[-1] == "sum"
    assert set(scopes[3:-1]) == {"unbudgeted"}
    whole = rows[-1]
    assert whole["budget_eur"] == 35000.55
    assert whole["not_forecast_eur"] == -5000
    assert whole["net_eur"] == rows[2]["difference_eur"]
    assert "Iv3-taakveld" in answer["meta"]["cbs"]
    assert answer["meta"]["notes"] != []


def test_the_forecast_is_that_of_the_certainty(controller: Asker) -> None:
    rows = controller.get("/v1/budgets/begroting/certainty").get_json()["rows"]
    expected = {row["code"]: row["mean"] for row in rows if row["year"] == "2025"}
    for row in controller.get(f"{PATH}?year=2025").get_json()["rows"][:3]:
        assert row["forecast_eur"] == expected[row["code"]]


def test_without_a_year_it_is_the_first_that_is_ahead(controller: Asker) -> None:
    rows = controller.get(PATH).get_json()["rows"]
    assert {row["year"] for row in rows} == {2024}
    text = controller.get(f"{PATH}?format=csv").get_data(as_text=True)
    table = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [float(row["budget_eur"]) for row in table] == [row["budget_eur"] for row in rows]


def test_a_year_without_lines_has_no_rows(controller: Asker) -> None:
    assert controller.get(f"{PATH}?year=2030").get_json()["rows"] == []


def test_what_is_kept_already_is_not_sent_again_until_the_budget_changes(
    controller: Asker,
) -> None:
    first = controller.get(PATH)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert controller.get(PATH, tag).status_code == 304
    lines = [{"year": 2024, "amount_eur": 30000, "product": "HH"}]
    budget = {"municipality": FIRST, "name": "Begroting", "version": "primitief", "lines": lines}
    assert put(controller, "/v1/budgets/begroting", budget).status_code == 200
    assert controller.get(PATH, tag).status_code == 200


@pytest.mark.parametrize(
    ("query", "place"), [("year=1800", "year"), ("year=x", "year"), ("edition=nee", "edition")]
)
def test_what_is_wrong_with_the_question_is_told(controller: Asker, query: str, place: str) -> None:
    assert place in faults(controller.get(f"{PATH}?{query}"))


def test_others_and_readers_learn_nothing(controller: Asker, asker: Callable[..., Asker]) -> None:
    assert controller.get(PATH).status_code == 200
    assert asker(PAIR[0]).get(PATH).status_code == 404
    assert asker(FIRST, role=Role.READER).get(PATH).status_code == 403
