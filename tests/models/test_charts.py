"""The charts say what they show, in Dutch, without leaning on colour."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree

import altair as alt
import numpy as np
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from models.chart_rows import MAX_ROWS, coverage_points, event_rows, frame
from models.charts import (
    Caption,
    accuracy_chart,
    coverage_chart,
    fan_chart,
    to_png,
    to_svg,
)
from models.errors import SelectionError
from models.labels import dutch_date, dutch_number, dutch_unit

CAPTION = Caption(
    "Voorbeeldstad: kosten", "voorbeeldstad-2023-12-31-0a1b2c3d4e", date(2023, 12, 31)
)
EVENTS = [(date(2022, 3, 1), "tariefhervorming"), (date(2031, 1, 1), "buiten beeld")]


def series(
    actual: int = 24, forecast: int = 12, level: float = 1_234_567.5
) -> dict[str, list[Any]]:
    """One monthly series from January 2022, as a selection answers it."""
    total = actual + forecast
    ahead = [max(0, i - actual + 1) for i in range(total)]
    return {
        "period": [date(2022 + i // 12, i % 12 + 1, 1) for i in range(total)],
        "frequency": ["month"] * total,
        "measure": ["cost"] * total,
        "unit": ["EUR"] * total,
        "kind": ["actual"] * actual + ["forecast"] * forecast,
        "p10": [level * (1 - 0.01 * h) for h in ahead],
        "p50": [level for _ in ahead],
        "p90": [level * (1 + 0.01 * h) for h in ahead],
    }


def words(svg: str) -> list[str]:
    """All text in a drawing."""
    return [text for text in ElementTree.fromstring(svg).itertext() if text.strip()]  # noqa: S314 - our own drawing


@pytest.mark.unit
def test_fan_names_estimate_edition_unit_and_data_as_of() -> None:
    text = " ".join(words(to_svg(fan_chart(series(), CAPTION))))
    assert "Raming: dit is een schatting" in text
    assert "Editie voorbeeldstad-2023-12-31-0a1b2c3d4e" in text
    assert "Eenheid: euro" in text
    assert "gegevens tot en met 31 december 2023" in text
    assert "Kosten per maand (\u00d7 € 1.000)" in text


@pytest.mark.unit
def test_made_up_figures_are_labelled_in_every_chart() -> None:
    made_up = replace(CAPTION, synthetic=True)
    for chart in (
        fan_chart(series(), made_up),
        accuracy_chart(SCORES, made_up),
        coverage_chart(COVERAGE, made_up),
    ):
        assert any("verzonnen gegevens" in line for line in words(to_svg(chart)))


@pytest.mark.unit
def test_fan_labels_its_lines_where_they_stand() -> None:
    text = words(to_svg(fan_chart(series(), CAPTION)))
    assert {"werkelijk", "raming", "P90 1.383", "P50 1.235", "P10 1.086"} <= set(text)


@pytest.mark.unit
def test_fan_tells_lines_apart_without_colour() -> None:
    layers = fan_chart(series(), CAPTION).to_dict()["layer"]
    lines = [layer["mark"] for layer in layers if layer["mark"]["type"] == "line"]
    assert sorted("strokeDash" in line for line in lines) == [False, True]


@pytest.mark.unit
def test_month_names_on_the_axis_are_dutch() -> None:
    text = words(to_svg(fan_chart(series(actual=6, forecast=6), CAPTION)))
    assert any(re.fullmatch(r"(jan|mrt|mei|okt)\.? 2022", label) for label in text)


@pytest.mark.unit
def test_years_on_the_axis_are_written_once() -> None:
    text = words(to_svg(fan_chart(series(actual=36, forecast=24), CAPTION)))
    years = [label for label in text if re.fullmatch(r"20\d\d", label)]
    assert years == ["2022", "2023", "2024", "2025", "2026"]


@pytest.mark.unit
def test_events_are_numbered_and_explained_and_those_outside_left_out() -> None:
    text = words(to_svg(fan_chart(series(), CAPTION, EVENTS)))
    assert "1" in text
    assert any(re.fullmatch(r"1\s+tariefhervorming \(1 maart 2022\)", label) for label in text)
    assert not any("buiten beeld" in label for label in text)


@pytest.mark.unit
def test_svg_fits_a_strict_content_security_policy() -> None:
    svg = to_svg(fan_chart(series(), CAPTION, EVENTS))
    assert not re.search(r"<style|style=|<script|aria-label|role=|href", svg)
    assert 'fill="white"' not in svg.split("<g", 1)[0]


@pytest.mark.unit
def test_png_is_a_picture_on_white() -> None:
    assert to_png(fan_chart(series(), CAPTION)).startswith(b"\x89PNG\r\n")


@pytest.mark.unit
def test_what_is_drawn_unchecked_would_pass_the_check() -> None:
    for chart in (
        fan_chart(series(), CAPTION, EVENTS),
        accuracy_chart(SCORES, CAPTION),
        coverage_chart(COVERAGE, CAPTION),
    ):
        assert chart.to_dict(validate=True) == chart.to_dict(validate=False)


@pytest.mark.unit
def test_a_drawing_is_the_same_each_time() -> None:
    assert to_svg(fan_chart(series(), CAPTION)) == to_svg(fan_chart(series(), CAPTION))


@pytest.mark.unit
def test_an_unknown_actual_leaves_a_gap_and_is_never_zero() -> None:
    rows = series()
    for key in ("p10", "p50", "p90"):
        rows[key][3] = math.nan
    points = frame(rows).points
    assert points[3]["p50"] is None
    assert to_svg(fan_chart(rows, CAPTION)) != to_svg(fan_chart(series(), CAPTION))


@pytest.mark.unit
def test_a_missing_period_leaves_a_gap_too() -> None:
    rows = {name: values[:3] + values[5:] for name, values in series().items()}
    points = frame(rows).points
    assert len(points) == len(series()["period"])
    assert [row["p50"] is None for row in points[2:6]] == [False, True, True, False]


@pytest.mark.unit
@pytest.mark.parametrize(("actual", "forecast"), [(0, 1), (1, 0), (1, 1), (0, 5), (30, 0)])
def test_short_and_one_sided_series_are_drawn(actual: int, forecast: int) -> None:
    assert len(words(to_svg(fan_chart(series(actual, forecast), CAPTION)))) > 5


@pytest.mark.unit
def test_two_series_at_once_are_refused() -> None:
    one = series(2, 1)
    both = {name: values * 2 for name, values in one.items()}
    with pytest.raises(SelectionError, match="one series"):
        fan_chart(both, CAPTION)


@pytest.mark.unit
def test_more_rows_than_a_chart_can_show_are_refused() -> None:
    rows = {name: values * 1000 for name, values in series(2, 1).items()}
    with pytest.raises(SelectionError, match=str(MAX_ROWS)):
        fan_chart(rows, CAPTION)


@pytest.mark.unit
def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(SelectionError, match="not 0"):
        fan_chart({name: [] for name in series()}, CAPTION)


@pytest.mark.unit
def test_a_forecast_without_value_is_refused() -> None:
    rows = series()
    rows["p90"][-1] = math.nan
    with pytest.raises(SelectionError, match="without a value"):
        fan_chart(rows, CAPTION)


@pytest.mark.unit
@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30),
    st.sampled_from(["EUR", "clients", "hours"]),
)
def test_every_point_lies_inside_the_axis_and_zero_on_it(values: list[float], unit: str) -> None:
    count = len(values)
    days = [np.datetime64("2020-01") + i for i in range(count)]
    ready = frame(
        {
            "period": [str(day.astype("datetime64[D]")) for day in days],
            "frequency": ["month"] * count,
            "measure": ["volume"] * count,
            "unit": [unit] * count,
            "kind": ["actual"] * count,
            "p10": values,
            "p50": values,
            "p90": values,
        }
    )
    assert ready.low <= 0 <= ready.high
    assert all(ready.low <= row["p50"] <= ready.high for row in ready.points)


@pytest.mark.unit
@given(st.floats(0, 1e6), st.floats(0, 1e5), st.floats(0, 1e5))
def test_end_labels_keep_their_order_and_distance(middle: float, down: float, up: float) -> None:
    rows = series(1, 1)
    rows |= {"p50": [middle] * 2, "p10": [middle, middle - down], "p90": [middle, middle + up]}
    ready = frame(rows)
    places = [row["p50"] for row in ready.ends(0.05)]
    apart = 0.05 * (ready.high - ready.low)
    assert places[0] - places[1] >= apart * 0.999
    assert places[1] - places[2] >= apart * 0.999


@pytest.mark.unit
def test_events_are_sorted_by_date() -> None:
    points = frame(series()).points
    rows = event_rows([(date(2023, 1, 1), "tweede"), (date(2022, 2, 1), "eerste")], points)
    assert [row["key"] for row in rows] == [
        "1  eerste (1 februari 2022)",
        "2  tweede (1 januari 2023)",
    ]


SCORES = {
    "measure": ["clients", "clients", "cost"],
    "level": ["total", "series", "total"],
    "wape": [2.41, 11.9, math.nan],
    "baseline_wape": [4.9, math.nan, 3.0],
}


@pytest.mark.unit
def test_accuracy_shows_each_error_beside_the_simple_method() -> None:
    text = " ".join(words(to_svg(accuracy_chart(SCORES, CAPTION))))
    assert "2,4 %" in text
    assert "4,9 %" in text
    assert "eenvoudige methode: niet te bepalen" in text
    assert "Per product en wijk" in text
    assert "Kosten" not in text.replace("Voorbeeldstad: kosten", "")  # nothing was judged there


@pytest.mark.unit
def test_scores_that_judge_nothing_are_said_to_be_missing() -> None:
    nothing = SCORES | {"wape": [math.nan] * 3}
    with pytest.raises(SelectionError, match="no score"):
        accuracy_chart(nothing, CAPTION)


COVERAGE = {
    "measure": ["clients"] * 3,
    "horizon_months": [1, 12, 24],
    "coverage_80": [0.79, 0.31, math.nan],
    "observations": [900, 12, 0],
}


@pytest.mark.unit
def test_coverage_is_drawn_beside_what_was_promised() -> None:
    text = words(to_svg(coverage_chart(COVERAGE, CAPTION)))
    assert {"79 %", "31 %", "1", "12"} <= set(text)
    assert any("Beoogd: 80 %" in line for line in text)


@pytest.mark.unit
def test_coverage_from_few_observations_gets_a_wide_whisker() -> None:
    many, few = coverage_points(COVERAGE)
    assert few["high"] - few["low"] > 4 * (many["high"] - many["low"])
    assert few["low"] <= few["share"] <= few["high"]


@pytest.mark.unit
def test_dutch_words_dates_and_numbers() -> None:
    assert dutch_date(date(2026, 3, 1)) == "1 maart 2026"
    assert dutch_number(1234567.85, 1) == "1.234.567,9"
    assert dutch_unit("client-product combinations, bases mixed").endswith("telwijzen gemengd")
    assert dutch_unit("uren") == "uren"


@pytest.mark.contract
def test_drawing_library_and_renderer_speak_the_same_dialect() -> None:
    wanted = re.match(r"v(\d+)\.", alt.SCHEMA_VERSION)
    assert wanted is not None
    newest = vl_convert.get_vegalite_versions()[-1]
    assert newest.split(".")[0] == wanted[1]
    assert float(newest.split(".", 1)[1]) >= float(alt.SCHEMA_VERSION.split(".")[1])


@pytest.mark.contract
def test_charts_load_without_the_heavy_half() -> None:
    heavy = "{'pandas', 'mlflow', 'matplotlib', 'sklearn', 'prophet', 'statsforecast', 'pandera'}"
    code = f"import sys, models.charts; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def yearly() -> dict[str, list[Any]]:
    """One yearly series with two years known and three ahead."""
    found = series(actual=2, forecast=3)
    found["period"] = [date(2022 + at, 1, 1) for at in range(5)]
    found["frequency"] = ["year"] * 5
    return found


@pytest.mark.unit
def test_a_budget_is_drawn_in_its_years_and_named() -> None:
    plain, with_budget = (
        to_svg(fan_chart(yearly(), CAPTION, budget=budget))
        for budget in (None, {2025: 1_100_000.0, 2026: 1_400_000.0, 2031: 9e9})
    )
    assert "Oranje streepje: begroot" in words(with_budget)
    assert "Oranje streepje: begroot" not in words(plain)
    assert "#c2500c" not in plain
    assert with_budget.count("#c2500c") == 2


@pytest.mark.unit
def test_the_axis_reaches_a_budget_above_the_forecast() -> None:
    assert frame(yearly(), (5e6,)).high * frame(yearly(), (5e6,)).step > 5e6


@pytest.mark.unit
def test_a_budget_of_years_is_not_drawn_among_months() -> None:
    assert to_svg(fan_chart(series(), CAPTION, budget={2023: 1e9})) == to_svg(
        fan_chart(series(), CAPTION)
    )
