"""The picture of the accuracy benchmark: a dot per method, level and panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt
from project import PROJECT
from rivals import MEDIAN, MEMBERS, NAIVE

from models.hierarchy import REPORTED_LEVELS

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH, ROW = 300, 30
# Colours that stay apart for the colour-blind and in grey; shapes differ as well.
LOOKS = {
    PROJECT: ("#c2500c", "diamond", 170),
    MEDIAN: ("#0b4f8a", "square", 80),
    NAIVE: ("#1b1b1b", "stroke", 160),
    "AutoETS": ("#8a8f96", "circle", 60),
    "AutoTheta": ("#8a8f96", "triangle-up", 60),
    "AutoARIMA": ("#8a8f96", "triangle-down", 60),
    MEMBERS["prophet"]: ("#8a8f96", "cross", 60),
}


def draw(found: dict[str, Any], path: Path) -> None:
    """Write the WAPE of yearly sums per panel and level, as SVG or PNG by the file's ending."""
    rows = [row for row in found["points"] if row["span"] == "year" and row["year"] is None]
    labels = list(dict.fromkeys(_label(row) for row in rows))
    panels = [_panel([row for row in rows if _label(row) == label], label) for label in labels]
    chart = alt.concat(*panels, columns=2, spacing=28).properties(
        title=alt.TitleParams(
            "Error of yearly sums (WAPE, percent): lower is better",
            subtitle="Each panel and measure on its own scale; rivals are fitted per series",
            anchor="start", fontSize=16, subtitleFontSize=12, offset=14,
        )
    )  # fmt: skip
    chart.configure(font=FONT, background="white", padding=14).save(path, scale_factor=2)


def _label(row: dict[str, Any]) -> str:
    return f"{row['panel']}: {row['measure']}"


def _panel(rows: list[dict[str, Any]], label: str) -> alt.LayerChart:
    methods = [name for name in LOOKS if any(row["method"] == name for row in rows)]
    looks = [LOOKS[name] for name in methods]
    named = alt.Legend(title=None, orient="top", columns=7, symbolStrokeWidth=2)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("wape:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5)),
        y=alt.Y("level:N", sort=list(REPORTED_LEVELS), title=None, axis=alt.Axis(grid=True)),
        color=alt.Color("method:N", legend=named, sort=methods,
                        scale=alt.Scale(domain=methods, range=[look[0] for look in looks])),
        shape=alt.Shape("method:N", legend=named, sort=methods,
                        scale=alt.Scale(domain=methods, range=[look[1] for look in looks])),
        size=alt.Size("method:N", legend=None,
                      scale=alt.Scale(domain=methods, range=[look[2] for look in looks])),
    )  # fmt: skip
    others = base.transform_filter(alt.datum.method != PROJECT).mark_point(strokeWidth=1.8)
    own = base.transform_filter(alt.datum.method == PROJECT).mark_point(filled=True, opacity=1)
    title = alt.TitleParams(label, fontSize=13, anchor="start", fontWeight="bold")
    height = ROW * len(REPORTED_LEVELS)
    return alt.LayerChart(layer=[others, own], width=WIDTH, height=height, title=title)
