"""Growth by cause as a picture: from the base year through the causes to the later year."""

from __future__ import annotations

from typing import Any

import altair as alt

from models.chart_rows import ESTIMATE, Caption, Columns, scaled
from models.charts import BLUE, GREY, INK, VERMILION, finished, heading
from models.drivers import BASE, CAUSES, TOTAL
from models.errors import SelectionError
from models.labels import CAUSES as LABELS
from models.labels import dutch_number

WIDTH, STEP = 640, 30
ENDS = (BASE, TOTAL)
ORDER = (BASE, *CAUSES, TOTAL)
LEGEND = (
    "Blauw: meer. Oranje, gestreept omlijnd: minder. Grijs: de jaren zelf. "
    "De as begint niet bij nul"
)


def causes_chart(rows: Columns, caption: Caption) -> alt.LayerChart:
    """Draw what each cause adds, one bar beneath the other.

    Args:
        rows: ``cause``, ``mean``, ``unit`` and ``year`` of one group and one later year, as
            ``models.drivers.causes`` gives them.
        caption: subject and origin.

    Raises:
        SelectionError: not each cause once, or a cause without a figure.
    """
    bars, unit = _bars(rows)
    order = [bar["label"] for bar in bars]
    y = alt.Y("label:N", sort=order, axis=alt.Axis(title=None, labelLimit=180, minExtent=150))
    x = alt.X("low:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=unit, format=",.6~f"))
    drawing = alt.Chart(alt.InlineData(values=bars))
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=["year", "more", "less"], range=[GREY, BLUE, VERMILION]),
        legend=None,
    )
    dash = alt.StrokeDash(
        "kind:N",
        scale=alt.Scale(domain=["year", "more", "less"], range=[[1, 0], [1, 0], [3, 2]]),
        legend=None,
    )
    bar = drawing.mark_bar(stroke=INK, strokeWidth=0.7, height={"band": 0.7}).encode(
        x=x, x2="high:Q", y=y, color=colour, strokeDash=dash
    )
    words = drawing.mark_text(align="left", dx=6, color=INK).encode(
        x=alt.X("high:Q"), y=y, text="told:N"
    )
    plot = alt.LayerChart(layer=[bar, words], width=WIDTH, height=STEP * len(bars))
    return finished(plot, heading(caption, ESTIMATE, *caption.origin(unit), LEGEND))


def _bars(rows: Columns) -> tuple[list[dict[str, Any]], str]:
    causes, means = list(rows["cause"]), [float(value) for value in rows["mean"]]
    if sorted(causes) != sorted(ORDER) or any(value != value for value in means):  # noqa: PLR0124
        raise SelectionError("a picture takes each cause of a year once, with a figure")
    values, unit = scaled(means, str(rows["unit"][0]))
    found = dict(zip(causes, values, strict=True))
    bars, level = [], 0.0
    for cause in ORDER:
        value = found[cause]
        start = 0.0 if cause in ENDS else level
        level = value if cause == "base" else level + value if cause not in ENDS else value
        ends = sorted((start, level))
        kind = "year" if cause in ENDS else "more" if value >= 0 else "less"
        sign = "" if cause in ENDS else "+" if value >= 0 else "\u2212"
        decimals = 0 if max(map(abs, values)) >= 1000 else 1  # noqa: PLR2004 - thousands and on
        told = f"{sign}{dutch_number(abs(value), decimals)}"
        label = LABELS[cause]
        if cause == "total":
            label = f"{label} {rows['year'][0]}"
        bars.append({"label": label, "low": ends[0], "high": ends[1], "kind": kind, "told": told})
    base = min(bar["low"] for bar in bars[1:-1])
    floor = max(0.0, base - 0.25 * (max(bar["high"] for bar in bars) - base))
    for bar in (bars[0], bars[-1]):
        bar["low"] = floor
    return bars, unit
