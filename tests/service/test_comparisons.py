"""Editions side by side, what happened beside what was forecast, and how good it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from models.accuracy import coverage, wape
from service.access.roles import Role
from tests.service.conftest import FIRST, PAIR, Asker

pytestmark = pytest.mark.contract
Json = dict[str, Any]
COST = f"municipality={FIRST}&measure=cost&frequency=year"


@pytest.fixture
def ids(demo: FlaskClient) -> tuple[str, str]:
    """Return the superseded edition and the one in force."""
    rows = demo.get(f"/v1/editions?municipality={FIRST}").get_json()["rows"]
    new, old = (row["edition"] for row in rows)
    return old, new


def rows_of(client: FlaskClient, path: str) -> list[Json]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    rows: list[Json] = answer.get_json()["rows"]
    return rows


def keyed(rows: list[Json]) -> dict[tuple[str, ...], Json]:
    names = ("municipality", "product", "district", "period")
    return {tuple(row[name] for name in names): row for row in rows}


def test_a_comparison_holds_the_rows_of_both_editions(
    demo: FlaskClient, ids: tuple[str, str]
) -> None:
    old, new = ids
    found = keyed(rows_of(demo, f"/v1/comparisons?{COST}"))
    first = keyed(rows_of(demo, f"/v1/forecasts?{COST}&edition={new}"))
    second = keyed(rows_of(demo, f"/v1/forecasts?{COST}&edition={old}"))
    assert found.keys() == first.keys()
    assert any(key in second for key in found)
    for key, row in found.items():
        assert [row[n] for n in ("p10", "p90", "mean")] == [
            first[key][n] for n in ("p10", "p90", "mean")
        ]
        other = second.get(key)
        assert row["other_mean"] == (other and other["mean"])
        assert row["other_edition"] == (other and old)
        if other:
            assert row["difference"] == round(row["mean"] - other["mean"], 2)


def test_differences_add_up_to_the_cent(demo: FlaskClient) -> None:
    def cents(group: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in rows_of(demo, f"/v1/comparisons?{COST}&groupBy={group}&from=2024"):
            assert row["difference"] is not None
            found[row["period"]] = found.get(row["period"], 0) + round(100 * row["difference"])
        return found

    assert cents("period") == cents("period,product") == cents("period,product,district")


def test_an_edition_can_be_compared_with_itself_and_nothing_differs(
    demo: FlaskClient, ids: tuple[str, str]
) -> None:
    rows = rows_of(demo, f"/v1/comparisons?{COST}&edition={ids[0]}&against={ids[0]}")
    assert rows
    assert {row["difference"] for row in rows} == {0.0}


def test_actuals_stand_beside_what_was_forecast_before_they_were_known(
    demo: FlaskClient, ids: tuple[str, str]
) -> None:
    rows = rows_of(demo, f"/v1/actuals?municipality={FIRST}&measure=clients&product=HH")
    ahead = [row for row in rows if row["forecast_mean"] is not None]
    known = [row for row in rows if row["forecast_mean"] is None]
    assert ahead
    assert known
    assert {row["forecast_edition"] for row in ahead} == {ids[0]}
    assert {row["outcome"] for row in known} == {None}
    for row in ahead:
        inside = row["forecast_p10"] <= row["actual"] <= row["forecast_p90"]
        assert (row["outcome"] == "inside") == inside
        assert row["error"] == pytest.approx(row["forecast_mean"] - row["actual"], abs=0.006)


def test_realised_scores_are_those_of_the_rows_they_summarise(demo: FlaskClient) -> None:
    query = f"municipality={FIRST}&measure=clients&product=HH"
    rows = rows_of(demo, f"/v1/actuals?{query}&groupBy=municipality,product,period")
    judged = [row for row in rows if row["forecast_mean"] is not None]
    actual, mean, low, high = (
        np.array([row[name] for row in judged])
        for name in ("actual", "forecast_mean", "forecast_p10", "forecast_p90")
    )
    scores = rows_of(demo, f"/v1/accuracy?{query}&kind=realised&level=product")
    (score,) = [s for s in scores if s["product"] == "HH" and s["period_kind"] == "period"]
    assert score["observations"] == len(judged)
    assert score["wape"] == pytest.approx(wape(actual, mean))
    assert score["coverage_80"] == pytest.approx(coverage(actual, low, high))
    assert score["baseline"]
    assert score["baseline_wape"] > 0
    assert score["scored_by"] != score["edition"]


def test_without_an_earlier_edition_it_is_said_and_nothing_is_made_up(demo: FlaskClient) -> None:
    answer = demo.get(f"/v1/comparisons?municipality={PAIR[0]}&measure=cost").get_json()
    assert {row["other_mean"] for row in answer["rows"]} == {None}
    assert "Er is geen eerdere editie om mee te vergelijken." in answer["meta"]["notes"]
    told = demo.get(f"/v1/accuracy?municipality={PAIR[0]}&kind=realised").get_json()
    assert told["rows"] == []


@pytest.mark.parametrize(
    ("day", "at"), [("2023-06-15", 0), ("2023", 0), ("2024-01", 1), ("2030", 1), ("2023-01-01", -1)]
)
def test_as_of_a_day_the_edition_of_then_answers(
    demo: FlaskClient, ids: tuple[str, str], day: str, at: int
) -> None:
    rows = rows_of(demo, f"/v1/forecasts?{COST}&asOf={day}") if at >= 0 else []
    if at < 0:
        assert demo.get(f"/v1/forecasts?{COST}&asOf={day}").status_code == 400
    else:
        assert {row["edition"] for row in rows} == {ids[at]}


def test_a_day_and_an_edition_do_not_go_together(demo: FlaskClient, ids: tuple[str, str]) -> None:
    answer = demo.get(f"/v1/forecasts?edition={ids[0]}&asOf=2024")
    assert [fault["code"] for fault in answer.get_json()["errors"]] == ["edition-and-day"]


@pytest.mark.parametrize("path", ["actuals", "comparisons", "accuracy"])
@pytest.mark.parametrize("form", ["csv", "csv-nl", "xlsx", "parquet"])
def test_every_format_is_there(demo: FlaskClient, path: str, form: str) -> None:
    answer = demo.get(f"/v1/{path}?municipality={FIRST}&format={form}")
    assert answer.status_code == 200
    assert len(answer.data) > 500


def test_an_edition_of_others_is_no_edition_to_compare_with(
    asker: Callable[..., Asker], ids: tuple[str, str]
) -> None:
    one = asker(PAIR[0])
    real = one.get(f"/v1/comparisons?against={ids[0]}", {"X-Request-Id": "same-id-each-time"})
    unreal = one.get("/v1/comparisons?against=nee", {"X-Request-Id": "same-id-each-time"})
    assert real.status_code == 400
    assert real.get_data(as_text=True).replace(ids[0], "nee") == unreal.get_data(as_text=True)


def test_a_model_card_tells_a_part_only_what_is_a_part_s_business(
    asker: Callable[..., Asker],
) -> None:
    part, whole = asker(PAIR[0], role=Role.READER), asker(*PAIR)
    (row,) = part.get("/v1/models").get_json()["rows"]
    card = part.get(f"/v1/models/{row['edition']}").get_json()
    assert all(card[name] is None for name in ("scores", "inputs", "owner", "members"))
    assert card["limits"]
    assert whole.get(f"/v1/models/{row['edition']}").get_json()["owner"] == "Team Test"
    assert part.get("/v1/models/nee").status_code == 404


def test_definitions_say_unit_source_and_difference_with_cbs(asker: Callable[..., Asker]) -> None:
    rows = asker(FIRST, role=Role.READER).get("/v1/definitions").get_json()["rows"]
    assert {row["kind"] for row in rows} == {"measure", "figure", "cause", "part", "score"}
    assert all(row[name] for row in rows for name in ("label", "text", "unit", "source"))
    told = {row["code"]: row["cbs"] for row in rows if row["kind"] == "measure"}
    assert "afgerond op 5" in told["clients"]
    assert "Iv3" in told["cost"]
    assert told["volume"] is None
