"""Growth by cause as a picture: every cause once, each where the one before it ended."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from models.cause_charts import causes_chart
from models.charts import Caption, to_svg
from models.errors import SelectionError

pytestmark = pytest.mark.unit
CAUSES = ("base", "demography", "use", "volume", "price", "policy", "interaction", "total")
CAPTION = Caption("Voorbeeldstad: kosten", "voorbeeld-2023-12-31-0123456789", date(2023, 12, 31))


def rows(*means: float) -> dict[str, list[Any]]:
    return {
        "cause": list(CAUSES),
        "mean": list(means),
        "unit": ["EUR"] * len(means),
        "year": [2026] * len(means),
    }


GROWN = rows(100e6, 3e6, 4e6, -1e6, 16e6, 0.0, 0.5e6, 122.5e6)


def bars(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    whole = causes_chart(columns, CAPTION).to_dict()
    found: list[dict[str, Any]] = whole["datasets"][whole["data"]["name"]]
    return found


def test_each_bar_begins_where_the_one_before_it_ends() -> None:
    found = bars(GROWN)
    level = found[0]["high"]
    for bar in found[1:-1]:
        ends = {bar["low"], bar["high"]}
        assert any(level == pytest.approx(end) for end in ends)
        level = bar["high"] if bar["kind"] == "more" else bar["low"]
    assert level == pytest.approx(found[-1]["high"]) == pytest.approx(122.5)


def test_less_is_told_by_sign_and_dash_and_not_by_colour_alone() -> None:
    (less,) = [bar for bar in bars(GROWN) if bar["kind"] == "less"]
    assert less["told"] == "\u22121,0"
    svg = to_svg(causes_chart(GROWN, CAPTION))
    assert "stroke-dasharray" in svg
    assert not re.search(r"<style|style=|<script", svg)


def test_the_later_year_and_that_it_is_an_estimate_stand_in_the_picture() -> None:
    svg = to_svg(causes_chart(GROWN, CAPTION))
    assert "totaal 2026" in svg
    assert "Raming: dit is een schatting" in svg
    assert "begint niet bij nul" in svg


@pytest.mark.parametrize(
    "columns",
    [
        {name: values[:-1] for name, values in GROWN.items()},
        {name: [*values, values[0]] for name, values in GROWN.items()},
        rows(*[float("nan")] * 8),
    ],
)
def test_half_a_split_is_no_picture(columns: dict[str, list[Any]]) -> None:
    with pytest.raises(SelectionError, match="each cause"):
        causes_chart(columns, CAPTION)
