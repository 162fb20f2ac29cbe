"""``/v1/forecasts``: the sums, their bands, their labels, and what is said beside them."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from models.edition import open_edition
from models.selection import Selection, answer
from service.api.forecast_rows import ROW
from service.app import create_app
from service.settings import read_settings
from tests.editions import build_edition
from tests.service.conftest import DRAFT, FIRST, PAIR

pytestmark = pytest.mark.contract
PLACE = f"municipality={FIRST}"


def rows_of(client: FlaskClient, query: str) -> list[dict[str, Any]]:
    """Return the rows of an answer."""
    response = client.get(f"/v1/forecasts?{query}")
    assert response.status_code == 200, response.get_data(as_text=True)
    rows: list[dict[str, Any]] = response.get_json()["rows"]
    return rows


def test_every_row_has_every_column_in_the_same_order(demo: FlaskClient) -> None:
    rows = rows_of(demo, PLACE)
    assert rows
    assert all(tuple(row) == ROW for row in rows)


def test_rows_are_the_answers_of_the_edition(demo: FlaskClient) -> None:
    query = f"{PLACE}&frequency=quarter&measure=clients&groupBy=product,period"
    response = demo.get(f"/v1/forecasts?{query}").get_json()
    edition_id = response["meta"]["editions"][0]["edition"]
    folder = demo.application.extensions["zorgraming"].settings.editions / edition_id
    selection = Selection("clients", (FIRST,), by=("product",), frequency="quarter")
    expected = answer(open_edition(folder), selection)
    assert len(response["rows"]) == len(expected["mean"])
    for name in ("p10", "p50", "p90", "mean"):
        assert [row[name] for row in response["rows"]] == expected[name].tolist()
    for name in ("product", "district", "unit", "kind", "frequency"):
        assert [row[name] for row in response["rows"]] == expected[name].tolist()
    assert [row["period"] for row in response["rows"]] == expected["period"].astype(str).tolist()


@pytest.mark.parametrize("measure", ["cost", "clients"])
@pytest.mark.parametrize("frequency", ["quarter", "year"])
def test_districts_add_up_to_the_municipality(
    demo: FlaskClient, measure: str, frequency: str
) -> None:
    # In 2023 every series of HH is known or forecast; see tests.editions.
    query = f"{PLACE}&product=HH&measure={measure}&frequency={frequency}&from=2025&to=2026"
    parts: dict[str, float] = defaultdict(float)
    for row in rows_of(demo, f"{query}&groupBy=district,period"):
        parts[row["period"]] += row["mean"]
    whole = {row["period"]: row["mean"] for row in rows_of(demo, f"{query}&groupBy=period")}
    assert parts
    assert parts == pytest.approx(whole)


def test_the_unknown_district_is_among_the_districts(demo: FlaskClient) -> None:
    rows = rows_of(demo, f"{PLACE}&product=HH&groupBy=district,period")
    assert FIRST in {row["district"] for row in rows}


def test_the_band_of_a_sum_is_its_own_and_narrower_than_added_bounds(demo: FlaskClient) -> None:
    query = f"{PLACE}&product=HH&measure=cost&frequency=year&from=2026&to=2026"
    parts = rows_of(demo, f"{query}&groupBy=district,period")
    (whole,) = rows_of(demo, f"{query}&groupBy=period")
    assert whole["p90"] < sum(row["p90"] for row in parts)
    assert whole["p10"] > sum(row["p10"] for row in parts)
    assert whole["p10"] <= whole["p50"] <= whole["p90"]


def test_actual_rows_have_no_band_and_forecasts_no_actual(demo: FlaskClient) -> None:
    rows = rows_of(demo, f"{PLACE}&product=HH&frequency=month")
    kinds = {row["kind"] for row in rows}
    assert kinds == {"actual", "forecast"}
    for row in rows:
        if row["kind"] == "actual":
            assert row["actual"] == row["p10"] == row["p90"] == row["mean"]
        else:
            assert row["actual"] is None
        assert row["estimate"] is (row["kind"] == "forecast")


@pytest.mark.parametrize("kind", ["actual", "forecast"])
def test_kind_leaves_out_the_other_kind(demo: FlaskClient, kind: str) -> None:
    both = rows_of(demo, PLACE)
    assert rows_of(demo, f"{PLACE}&kind={kind}") == [row for row in both if row["kind"] == kind]


def test_levels_add_columns_that_enclose_each_other(demo: FlaskClient) -> None:
    rows = rows_of(demo, f"{PLACE}&kind=forecast&groupBy=period&frequency=year&level=50,95")
    assert rows
    for row in rows:
        order = ("lower_95", "p10", "lower_50", "p50", "upper_50", "p90", "upper_95")
        figures = [row[name] for name in order]
        assert figures == sorted(figures)


def test_dates_limit_periods_by_their_first_day(demo: FlaskClient) -> None:
    rows = rows_of(demo, f"{PLACE}&product=HH&frequency=month&from=2024-02&to=2024-04")
    assert {row["period"] for row in rows} == {"2024-02-01", "2024-03-01", "2024-04-01"}
    years = rows_of(demo, f"{PLACE}&frequency=year&from=2024-02-01&to=2026")
    assert {row["period"] for row in years} == {"2025-01-01", "2026-01-01"}


def test_mixed_products_take_the_coarsest_frequency(demo: FlaskClient) -> None:
    assert {row["frequency"] for row in rows_of(demo, PLACE)} == {"quarter"}
    assert {row["frequency"] for row in rows_of(demo, f"{PLACE}&product=HH")} == {"month"}


def test_dimensions_left_out_read_all_and_say_of_what(demo: FlaskClient) -> None:
    (row, *_) = rows_of(demo, f"{PLACE}&groupBy=period")
    assert (row["municipality"], row["product"], row["district"]) == ("all", "all", "all")
    assert row["product_label"] == "alle producten"
    (row, *_) = rows_of(demo, f"{PLACE}&groupBy=period&product=HH,BG")
    assert row["product_label"] == "gekozen producten samen"
    assert row["law"] is None


def test_time_left_out_gives_one_row_per_kind(demo: FlaskClient) -> None:
    rows = rows_of(demo, f"{PLACE}&product=VB&groupBy=municipality")
    assert [(row["period"], row["frequency"], row["kind"]) for row in rows] == [
        ("all", "all", "actual"),
        ("all", "all", "forecast"),
    ]


def test_labels_and_official_codes_stand_in_every_row(demo: FlaskClient) -> None:
    (row, *_) = rows_of(demo, f"{PLACE}&product=HH&district={FIRST}D01")
    assert row["product_label"] == "Huishoudelijke hulp"
    assert row["district_label"] == "Wijk 1"
    assert (row["law"], row["taakveld"]) == ("Wmo 2015", "6.71")


def test_values_may_be_repeated_or_comma_separated(demo: FlaskClient) -> None:
    once = rows_of(demo, f"{PLACE}&product=HH,BG")
    assert rows_of(demo, f"{PLACE}&product=HH&product=BG") == once
    assert rows_of(demo, f"{PLACE}&product=BG, HH") == once


def test_cost_is_the_default_measure(demo: FlaskClient) -> None:
    assert {(row["measure"], row["unit"]) for row in rows_of(demo, PLACE)} == {("cost", "EUR")}


def test_a_selection_without_rows_is_an_empty_list(demo: FlaskClient) -> None:
    response = demo.get(f"/v1/forecasts?{PLACE}&from=2090")
    assert response.status_code == 200
    assert response.get_json()["rows"] == []
    response = demo.get(f"/v1/forecasts?{PLACE}&product=VB&measure=clients")
    assert (response.status_code, response.get_json()["rows"]) == (200, [])


def test_several_editions_answer_together_in_one_order(demo: FlaskClient) -> None:
    rows = rows_of(demo, "frequency=year&groupBy=municipality,period")
    places = [row["municipality"] for row in rows]
    assert places == sorted(places)
    assert set(places) == {FIRST, *PAIR, DRAFT}
    assert {row["status"] for row in rows if row["municipality"] == DRAFT} == {"draft"}


def test_one_sum_over_several_editions_is_refused_with_advice(demo: FlaskClient) -> None:
    response = demo.get("/v1/forecasts?groupBy=period")
    assert response.status_code == 400
    (fault,) = response.get_json()["errors"]
    assert fault["parameter"] == "groupBy"
    assert "municipality" in fault["detail"]


def test_a_sum_over_the_municipalities_of_one_edition_is_given(demo: FlaskClient) -> None:
    query = f"municipality={','.join(PAIR)}&frequency=year&from=2025"
    parts: dict[str, float] = defaultdict(float)
    for row in rows_of(demo, f"{query}&groupBy=municipality,period"):
        parts[row["period"]] += row["mean"]
    whole = {row["period"]: row["mean"] for row in rows_of(demo, f"{query}&groupBy=period")}
    assert parts == pytest.approx(whole)


def test_an_older_edition_can_be_pinned(demo: FlaskClient) -> None:
    every = demo.get(f"/v1/editions?{PLACE}").get_json()["rows"]
    assert [row["current_for"] for row in every] == [[FIRST], []]
    older = every[1]["edition"]
    assert {row["edition"] for row in rows_of(demo, f"edition={older}")} == {older}
    assert {row["edition"] for row in rows_of(demo, PLACE)} == {every[0]["edition"]}


def test_meta_says_what_the_figures_are(demo: FlaskClient) -> None:
    meta = demo.get(f"/v1/forecasts?{PLACE}&frequency=year").get_json()["meta"]
    assert meta["disclaimer"].startswith("Dit is een raming")
    assert meta["synthetic_label"].startswith("Synthetisch")
    assert (meta["measure"], meta["unit"], meta["frequency"]) == ("cost", "EUR", "year")
    assert meta["data_as_of"] == "2023-12-31"
    assert "Bruto kosten" in meta["definition"]


def test_series_without_a_forecast_are_named_with_their_reason(demo: FlaskClient) -> None:
    notes = demo.get(f"/v1/forecasts?{PLACE}&product=BG").get_json()["meta"]["notes"]
    assert any("Begeleiding (BG)" in note and "te weinig waarnemingen" in note for note in notes)
    assert demo.get(f"/v1/forecasts?{PLACE}&product=HH").get_json()["meta"]["notes"] == []


def test_a_municipality_without_the_measure_is_named_and_gets_another_by_default(
    tmp_path: Path,
) -> None:
    build_edition(tmp_path, municipality="AA0001", draws=5, districts=1)
    build_edition(tmp_path, municipality="BB0002", draws=5, districts=1, measures=("clients",))
    client = create_app(read_settings(editions=tmp_path, demo=True)).test_client()
    both = client.get("/v1/forecasts?groupBy=municipality,period").get_json()
    assert both["meta"]["measure"] == "cost"
    assert any("cost" in note and "BB0002" in note for note in both["meta"]["notes"])
    alone = client.get("/v1/forecasts?municipality=BB0002").get_json()
    assert alone["meta"]["measure"] == "clients"
    assert alone["rows"]
    refused = client.get("/v1/forecasts?municipality=BB0002&measure=cost").get_json()
    assert refused["errors"][0]["allowed"] == ["clients"]


def test_combined_clients_are_called_combinations(demo: FlaskClient) -> None:
    query = f"{PLACE}&measure=clients&groupBy=period"
    answered = demo.get(f"/v1/forecasts?{query}").get_json()
    assert answered["meta"]["unit"].startswith("client-product combinations")
    assert any("combinaties" in note for note in answered["meta"]["notes"])


def test_drafts_say_so(demo: FlaskClient) -> None:
    meta = demo.get(f"/v1/forecasts?municipality={DRAFT}").get_json()["meta"]
    assert any(note.startswith("Concept") for note in meta["notes"])


def test_json_and_csv_hold_the_same_rows(demo: FlaskClient) -> None:
    query = f"/v1/forecasts?{PLACE}&level=95"
    as_json = demo.get(query).get_json()["rows"]
    text = demo.get(f"{query}&format=csv").get_data(as_text=True)
    as_csv = list(csv.DictReader(io.StringIO(text)))
    assert len(as_json) == len(as_csv) > 0
    for one, other in zip(as_json, as_csv, strict=True):
        assert tuple(one) == tuple(other)
        for name, value in one.items():
            assert _same(value, other[name]), (name, value, other[name])


def _same(value: object, text: str) -> bool:
    if value is None:
        return text == ""
    if isinstance(value, bool):
        return text.lower() == str(value).lower()
    if isinstance(value, float | int):
        return float(text) == value
    return text == value


def test_pages_together_are_the_whole(demo: FlaskClient) -> None:
    query = f"{PLACE}&product=HH"
    whole = rows_of(demo, query)
    size = len(whole) // 3 + 1
    pages = [rows_of(demo, f"{query}&pageSize={size}&page={n}") for n in (1, 2, 3, 4)]
    assert [row for page in pages for row in page] == whole
    assert pages[3] == []


def test_links_lead_through_the_pages(demo: FlaskClient) -> None:
    path, seen = f"/v1/forecasts?{PLACE}&product=HH&pageSize=50", 0
    while path:
        response = demo.get(path)
        seen += len(response.get_json()["rows"])
        links = dict(_link(part) for part in response.headers["Link"].split(", "))
        assert {"first", "last"} <= set(links)
        path = links.get("next", "")
    assert seen == len(rows_of(demo, f"{PLACE}&product=HH"))


def _link(part: str) -> tuple[str, str]:
    address, rel = part.split("; rel=")
    return rel.strip('"'), address.strip("<>")


def test_no_figure_is_nan(demo: FlaskClient) -> None:
    for measure in ("cost", "clients"):
        text = demo.get(f"/v1/forecasts?measure={measure}").get_data(as_text=True)
        assert "NaN" not in text
        assert not any(np.isnan(row["mean"]) for row in rows_of(demo, f"measure={measure}"))


@pytest.mark.parametrize("form", ["json", "csv", "csv-nl"])
def test_a_large_answer_is_sent_in_pieces_and_is_the_same(
    demo: FlaskClient, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    path = f"/v1/forecasts?format={form}&measure=cost&page=1&pageSize="
    whole = demo.get(f"{path}5000")
    monkeypatch.setattr("service.api.figures.ROWS_AT_ONCE", 7)
    monkeypatch.setattr("service.api.json_rows.ROWS_AT_ONCE", 7)
    monkeypatch.setattr("service.formats.csv.ROWS_AT_ONCE", 7)
    pieces = demo.get(f"{path}4999")
    assert "Content-Length" in whole.headers
    assert "Content-Length" not in pieces.headers
    assert pieces.data.replace(b":4999", b":5000") == whole.data
