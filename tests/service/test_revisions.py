"""Why a newer edition says something else: by cause, adding up to the difference."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service.conftest import FIRST, PAIR

pytestmark = pytest.mark.contract
Json = dict[str, Any]
CAUSES = ("level", "demography", "use", "volume", "price", "policy", "interaction")


def rows_of(client: FlaskClient, path: str) -> list[Json]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    rows: list[Json] = answer.get_json()["rows"]
    return rows


@pytest.mark.parametrize("measure", ["cost", "clients"])
@pytest.mark.parametrize("group", ["municipality", "municipality,product,district"])
def test_causes_add_up_to_the_difference_of_the_two_editions(
    demo: FlaskClient, measure: str, group: str
) -> None:
    query = f"municipality={FIRST}&measure={measure}&groupBy={group}"
    rows = rows_of(demo, f"/v1/revisions?{query}")
    assert rows
    totals: dict[tuple[str, ...], int] = {}
    parts: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = (row["municipality"], row["product"], row["district"], str(row["year"]))
        side = totals if row["cause"] == "total" else parts
        side[key] = side.get(key, 0) + round(
            (100 if measure == "cost" else 10_000) * row["difference"]
        )
    slack = 0 if measure == "cost" else len(CAUSES)  # of money not a cent
    assert parts.keys() == totals.keys()
    assert all(abs(parts[key] - totals[key]) <= slack for key in totals)
    assert {row["cause"] for row in rows} == {*CAUSES, "total"}


def test_the_total_is_that_of_the_causes_of_both_editions(demo: FlaskClient) -> None:
    new, old = (row["edition"] for row in rows_of(demo, f"/v1/editions?municipality={FIRST}"))
    query = f"municipality={FIRST}&measure=cost&groupBy=municipality&from=2026&to=2026"
    now, then = (
        {r["cause"]: r["mean"] for r in rows_of(demo, f"/v1/drivers?{query}&edition={edition}")}
        for edition in (new, old)
    )
    told = {row["cause"]: row for row in rows_of(demo, f"/v1/revisions?{query}")}
    assert told["total"]["difference"] == pytest.approx(now["total"] - then["total"], abs=0.005)
    assert told["total"]["other_edition"] == old
    assert told["total"]["edition"] == new


def test_an_edition_beside_itself_differs_in_nothing(demo: FlaskClient) -> None:
    new = rows_of(demo, f"/v1/editions?municipality={FIRST}")[0]["edition"]
    rows = rows_of(demo, f"/v1/revisions?municipality={FIRST}&edition={new}&against={new}")
    assert rows
    assert {row["difference"] for row in rows} == {0.0}


def test_without_an_earlier_edition_it_is_said(demo: FlaskClient) -> None:
    answer = demo.get(f"/v1/revisions?municipality={PAIR[0]}").get_json()
    assert answer["rows"] == []
    assert "Er is geen eerdere editie om mee te vergelijken." in answer["meta"]["notes"]
