"""``/v1/drivers``: causes that add up to the cent, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from flask.testing import FlaskClient

from models.asking import Selection
from models.drivers import causes
from models.edition import open_edition
from service.api.driver_answer import ROW
from service.api.explanations import CAUSES
from tests.service.conftest import DRAFT, FIRST, PAIR, Asker
from tests.service.figures import (
    answer_of,
    cents,
    faults_of,
    rows_of,
    same_rows_in_every_form,
)

pytestmark = pytest.mark.contract
HERE = f"/v1/drivers?municipality={FIRST}"
KEPT = ("municipality", "product", "district")
GROUPS = [by for n in range(1, 4) for by in combinations(KEPT, n)]


@pytest.mark.parametrize("measure", ["cost", "clients"])
@pytest.mark.parametrize("by", GROUPS, ids=",".join)
def test_base_and_causes_add_up_to_the_total_for_every_grouping(
    demo: FlaskClient, measure: str, by: tuple[str, ...]
) -> None:
    rows = rows_of(demo, f"{HERE}&measure={measure}&groupBy={','.join(by)}")
    for at in range(0, len(rows), 8):
        *parts, total = rows[at : at + 8]
        assert [row["cause"] for row in (*parts, total)] == list(CAUSES)
        assert sum(row["mean"] for row in parts) == pytest.approx(total["mean"], abs=1e-5)
        if measure == "cost":
            assert cents(parts) == cents([total])


@pytest.mark.parametrize("by", GROUPS, ids=",".join)
def test_every_cause_of_a_year_adds_up_over_groups_to_the_cent(
    demo: FlaskClient, by: tuple[str, ...]
) -> None:
    whole = rows_of(demo, f"{HERE}&groupBy=year")
    parts = rows_of(demo, f"{HERE}&groupBy={','.join(by)}")
    assert len(parts) >= len(whole) > 0
    for row in whole:
        mine = [p for p in parts if (p["year"], p["cause"]) == (row["year"], row["cause"])]
        assert cents(mine) == cents([row])


def test_rows_are_those_of_the_method_with_labels(demo: FlaskClient) -> None:
    found = answer_of(demo, f"{HERE}&groupBy=product")
    edition_id = found["meta"]["editions"][0]["edition"]
    folder = demo.application.extensions["zorgraming"].settings.editions / edition_id
    expected = causes(open_edition(folder), Selection("cost", (FIRST,), by=("product",)))
    assert all(tuple(row) == ROW for row in found["rows"])
    for name, values in expected.items():
        assert [row[name] for row in found["rows"]] == values.tolist()
    assert {row["cause"]: row["cause_label"] for row in found["rows"]} == {
        "base": "basisjaar",
        "demography": "bevolking",
        "use": "gebruik per inwoner",
        "volume": "volume per cliënt",
        "price": "prijs",
        "policy": "beleid",
        "interaction": "samenhang",
        "total": "totaal",
    }
    first = found["rows"][0]
    assert (first["product_label"], first["law"]) == ("Begeleiding", "Wmo 2015")


def test_bounds_are_ordered_and_only_a_known_base_is_no_estimate(demo: FlaskClient) -> None:
    for row in rows_of(demo, HERE):
        assert row["p10"] <= row["p50"] <= row["p90"]
        assert row["estimate"] or row["cause"] == "base"
    base = [row for row in rows_of(demo, f"{HERE}&product=HH") if row["cause"] == "base"]
    assert not any(row["estimate"] for row in base)


def test_price_base_says_which_euros(demo: FlaskClient) -> None:
    assert {row["price_base"] for row in rows_of(demo, HERE)} == {"nominal"}
    clients = answer_of(demo, f"{HERE}&measure=clients")
    assert {row["price_base"] for row in clients["rows"]} == {None}
    assert clients["meta"]["price_base"] is None


def test_years_always_stay_apart_and_can_be_limited(demo: FlaskClient) -> None:
    with_year = rows_of(demo, f"{HERE}&groupBy=product,year")
    assert with_year == rows_of(demo, f"{HERE}&groupBy=product")
    assert {row["year"] for row in with_year} == {2023, 2024, 2025, 2026}
    assert {row["base_year"] for row in with_year} == {2022}
    limited = rows_of(demo, f"{HERE}&from=2024&to=2025")
    assert {row["year"] for row in limited} == {2024, 2025}
    assert rows_of(demo, f"{HERE}&from=2090") == []


def test_meta_explains_every_cause_and_how_they_add_up(demo: FlaskClient) -> None:
    meta = answer_of(demo, HERE)["meta"]
    terms = {term["code"]: term for term in meta["causes"]}
    assert set(terms) == {row["cause"] for row in rows_of(demo, HERE)}
    assert "gedateerde beleidsmaatregelen" in terms["policy"]["definition"]
    assert "tellen niet op" in meta["adding"]
    assert meta["measure"] == "cost"
    assert meta["synthetic_label"].startswith("Synthetisch")


def test_held_series_are_counted_and_named(demo: FlaskClient) -> None:
    meta = answer_of(demo, f"{HERE}&product=BG")["meta"]
    assert meta["held"] == 1
    assert any("niet in de oorzaken" in n and "te weinig waarnemingen" in n for n in meta["notes"])
    assert answer_of(demo, f"{HERE}&product=HH")["meta"]["held"] == 0


def test_several_editions_answer_together_and_one_without_a_split_is_named(
    demo: FlaskClient,
) -> None:
    found = answer_of(demo, "/v1/drivers?groupBy=municipality")
    places = [row["municipality"] for row in found["rows"]]
    assert places == sorted(places)
    assert set(places) == {FIRST, *PAIR}
    assert any(DRAFT in note and "oorzaken" in note for note in found["meta"]["notes"])
    (fault,) = faults_of(demo, "/v1/drivers?groupBy=product")
    assert (fault["code"], fault["parameter"]) == ("several-editions", "groupBy")


def test_an_edition_without_any_split_is_refused_with_advice(demo: FlaskClient) -> None:
    (fault,) = faults_of(demo, f"/v1/drivers?municipality={DRAFT}")
    assert (fault["code"], fault["parameter"]) == ("no-causes", "edition")
    assert "uitsplitsing naar oorzaken" in fault["detail"]


def test_all_faults_come_at_once(demo: FlaskClient) -> None:
    query = (
        "/v1/drivers?foo=1&measure=volume&product=ZZ&from=2026&to=2025&groupBy=month&edition=nee"
    )
    assert {fault["parameter"] for fault in faults_of(demo, query)} == {
        *("foo", "measure", "product", "from", "groupBy", "edition"),
    }
    clients = rows_of(demo, f"/v1/drivers?municipality={FIRST}&product=VB&measure=clients")
    assert clients == []  # known as cost only


def test_every_form_has_the_same_rows(demo: FlaskClient) -> None:
    same_rows_in_every_form(demo, f"{HERE}&groupBy=product")


def test_pages_together_are_the_whole(demo: FlaskClient) -> None:
    whole = rows_of(demo, f"{HERE}&groupBy=product")
    pages = [rows_of(demo, f"{HERE}&groupBy=product&pageSize=50&page={n}") for n in (1, 2, 3)]
    assert [row for page in pages for row in page] == whole
    assert "next" in demo.get(f"{HERE}&pageSize=50").headers["Link"]


def test_an_answer_is_kept_until_something_changes(demo: FlaskClient) -> None:
    first = demo.get(f"{HERE}&groupBy=product")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert demo.get(f"{HERE}&groupBy=product", headers=tag).status_code == 304
    for other in (f"{HERE}&groupBy=district", f"{HERE}&groupBy=product&measure=clients"):
        assert demo.get(other, headers=tag).status_code == 200
    assert demo.get(f"/v1/forecasts?municipality={FIRST}", headers=tag).status_code == 200


def test_sums_hold_no_share_of_others(asker: Callable[..., Asker]) -> None:
    mine, theirs = PAIR
    query = "/v1/drivers?groupBy=year"
    alone = asker(mine).get(query).get_json()["rows"]
    both = asker(mine, theirs).get(query).get_json()["rows"]
    assert alone == asker(mine).get(f"{query}&municipality={mine}").get_json()["rows"]
    assert alone[0]["mean"] < both[0]["mean"]
