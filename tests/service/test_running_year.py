"""``/v1/running-year``: parts of a year that add up to the cent, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from models.asking import Selection
from models.edition import open_edition
from models.running_year import running_year
from service.api.explanations import PARTS
from service.api.running_year_answer import ROW
from tests.service.conftest import FIRST, PAIR, Asker
from tests.service.figures import (
    answer_of,
    cents,
    faults_of,
    rows_of,
    same_rows_in_every_form,
)

pytestmark = pytest.mark.contract
HERE = f"/v1/running-year?municipality={FIRST}"
GROUPS = ("municipality", "product", "municipality,product")


@pytest.mark.parametrize("by", GROUPS)
@pytest.mark.parametrize("year", [2022, 2023, 2024])
def test_parts_and_groups_add_up_to_the_cent(demo: FlaskClient, by: str, year: int) -> None:
    whole = rows_of(demo, f"{HERE}&year={year}&groupBy=municipality")
    rows = rows_of(demo, f"{HERE}&year={year}&groupBy={by}")
    assert rows
    for at in range(0, len(rows), 4):
        *parts, total = rows[at : at + 4]
        assert [row["part"] for row in (*parts, total)] == list(PARTS)
        assert cents(parts) == cents([total])
    for row in whole:
        assert cents([r for r in rows if r["part"] == row["part"]]) == cents([row])


def test_districts_of_a_year_without_open_months_add_up_too(demo: FlaskClient) -> None:
    rows = rows_of(demo, f"{HERE}&year=2025&groupBy=district")
    (*_, total) = rows_of(demo, f"{HERE}&year=2025&groupBy=municipality")
    assert cents([row for row in rows if row["part"] == "total"]) == cents([total])


def test_rows_are_those_of_the_method_with_labels(demo: FlaskClient) -> None:
    found = answer_of(demo, HERE)
    edition_id = found["meta"]["editions"][0]["edition"]
    folder = demo.application.extensions["zorgraming"].settings.editions / edition_id
    wish = Selection("cost", (FIRST,), by=("municipality", "product"))
    expected = running_year(open_edition(folder), wish)
    assert all(tuple(row) == ROW for row in found["rows"])
    for name, values in expected.items():
        assert [row[name] for row in found["rows"]] == values.tolist()
    assert {row["part_label"] for row in found["rows"]} == {
        "gedeclareerd",
        "nog te verwachten over verstreken maanden",
        "raming van de resterende maanden",
        "totaal",
    }
    assert {row["price_base"] for row in found["rows"]} == {"nominal"}


def test_the_year_in_which_the_data_ends_is_the_default(demo: FlaskClient) -> None:
    assert answer_of(demo, HERE)["meta"]["year"] == 2023
    assert rows_of(demo, HERE) == rows_of(demo, f"{HERE}&year=2023")
    assert rows_of(demo, f"{HERE}&year=1950") == []


def test_what_is_known_is_no_estimate_and_has_no_band(demo: FlaskClient) -> None:
    for row in rows_of(demo, f"{HERE}&product=HH"):
        assert row["estimate"] is (row["part"] in ("still_to_come", "total"))
        assert row["p10"] <= row["p50"] <= row["p90"]
        if not row["estimate"]:
            assert row["p10"] == row["mean"] == row["p90"]
    assert not any(row["estimate"] for row in rows_of(demo, f"{HERE}&year=2022&product=HH"))


def test_the_total_is_the_year_of_forecasts(demo: FlaskClient) -> None:
    query = f"municipality={FIRST}&product=HH&groupBy=municipality"
    total = rows_of(demo, f"/v1/running-year?{query}")[-1]
    (year,) = rows_of(
        demo, f"/v1/forecasts?{query},period&frequency=year&measure=cost&from=2023&to=2023"
    )
    assert [total[n] for n in ("p10", "p50", "p90", "mean")] == pytest.approx(
        [year[n] for n in ("p10", "p50", "p90", "mean")], abs=1e-4
    )


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("groupBy=district", "groupBy"), (f"district={FIRST}D01", "district")],
)
def test_districts_of_open_months_are_refused_with_advice(
    demo: FlaskClient, query: str, parameter: str
) -> None:
    (fault,) = faults_of(demo, f"{HERE}&{query}")
    assert (fault["code"], fault["parameter"]) == ("declared-together", parameter)
    assert "alleen per gemeente bekend" in fault["detail"]


def test_an_edition_that_does_not_know_what_was_declared_says_so(demo: FlaskClient) -> None:
    every = demo.get(f"/v1/editions?municipality={FIRST}").get_json()["rows"]
    older = every[1]["edition"]
    found = answer_of(demo, f"/v1/running-year?edition={older}&groupBy=district&product=HH")
    assert found["meta"]["year"] == 2022
    assert any("al gedeclareerd" in note for note in found["meta"]["notes"])
    newer = answer_of(demo, f"{HERE}&product=HH")["meta"]["notes"]
    assert not any("al gedeclareerd" in note for note in newer)


def test_meta_explains_every_part_and_counts_what_is_held(demo: FlaskClient) -> None:
    meta = answer_of(demo, HERE)["meta"]
    assert [term["code"] for term in meta["parts"]] == list(PARTS)
    assert "tellen op" in meta["adding"]
    assert (meta["measure"], meta["unit"], meta["held"]) == ("cost", "EUR", 1)
    assert any("te weinig waarnemingen" in note for note in meta["notes"])


def test_all_faults_come_at_once(demo: FlaskClient) -> None:
    query = "/v1/running-year?foo=1&year=24&product=ZZ&district=ZZ&groupBy=year&edition=nee"
    assert {fault["parameter"] for fault in faults_of(demo, query)} == {
        *("foo", "year", "product", "district", "groupBy", "edition"),
    }
    (fault,) = faults_of(demo, "/v1/running-year?groupBy=product")
    assert fault["code"] == "several-editions"


def test_every_form_has_the_same_rows(demo: FlaskClient) -> None:
    same_rows_in_every_form(demo, f"{HERE}&groupBy=product")


def test_an_answer_is_kept_until_something_changes(demo: FlaskClient) -> None:
    tag = {"If-None-Match": demo.get(HERE).headers["ETag"]}
    assert demo.get(HERE, headers=tag).status_code == 304
    assert demo.get(f"{HERE}&year=2024", headers=tag).status_code == 200
    assert "ETag" not in demo.get("/v1/running-year?municipality=CC0004").headers  # a draft


def test_sums_hold_no_share_of_others(asker: Callable[..., Asker]) -> None:
    mine, theirs = PAIR
    query = "/v1/running-year?groupBy=municipality&product=HH"
    alone = asker(mine).get(query).get_json()["rows"]
    both = asker(mine, theirs).get(query).get_json()["rows"]
    assert alone == [row for row in both if row["municipality"] == mine]
    assert {row["municipality"] for row in both} == {mine, theirs}
