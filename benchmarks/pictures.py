"""The picture of the accuracy benchmark: a dot per method, level and panel."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import altair as alt
from project import PROJECT
from rivals import MEDIAN, MEMBERS, NAIVE

from models.hierarchy import REPORTED_LEVELS

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH, LEVEL = 320, 64
BEYOND = 2.5  # times the seasonal naive's largest error: what lies further is shown at the edge
# Colours that stay apart for the colour-blind and in grey; shapes differ as well.
LOOKS = {
    PROJECT: ("#c2500c", "diamond"),
    MEDIAN: ("#0b4f8a", "square"),
    NAIVE: ("#1b1b1b", "circle"),
    "AutoETS": ("#6b7280", "triangle-up"),
    "AutoTheta": ("#6b7280", "triangle-down"),
    "AutoARIMA": ("#6b7280", "triangle-right"),
    MEMBERS["prophet"]: ("#6b7280", "cross"),
}
Row = dict[str, Any]


def draw(found: dict[str, Any], path: Path) -> None:
    """Write the WAPE of yearly sums per panel and level, as SVG or PNG by the file's ending."""
    rows = [row for row in found["points"] if row["span"] == "year" and row["year"] is None]
    contests = list(dict.fromkeys(_contest(row) for row in rows))
    panels = [_panel([row for row in rows if _contest(row) == one], one) for one in contests]
    title = alt.TitleParams(
        "Error of yearly sums (WAPE, percent): lower is better",
        subtitle=[
            "Each panel and measure on its own scale; rivals are fitted per series.",
            "A figure at the right edge: that method lies so far beyond it.",
        ],
        anchor="start",
        fontSize=16,
        subtitleFontSize=12,
        offset=14,
    )
    chart = alt.concat(*panels, columns=2, spacing=28).properties(title=title)
    chart.configure(font=FONT, background="white", padding=14).save(path, scale_factor=2)


def _contest(row: Row) -> str:
    unit = "" if row["frequency"] in row["panel"] else f" by {row['frequency']}"
    return f"{row['panel']}: {row['measure']}{unit}"


def edge(rows: list[Row]) -> float:
    """Return where the axis of a panel ends: at the largest error that does not dwarf the rest."""
    naive = [row["wape"] for row in rows if row["method"] == NAIVE]
    limit = BEYOND * max(naive) if naive else math.inf
    return max(float(row["wape"]) for row in rows if row["wape"] <= limit)


def _shown(row: Row, end: float) -> Row:
    beyond = row["wape"] > end
    kept = {"method": row["method"], "level": row["level"], "wape": min(row["wape"], end)}
    return {**kept, "beyond": f"{row['wape']:.0f} \u2192" if beyond else ""}


def _panel(rows: list[Row], label: str) -> alt.LayerChart:
    known = [row for row in rows if math.isfinite(row["wape"])]
    methods = [name for name in LOOKS if any(row["method"] == name for row in known)]
    end = edge(known)
    bars = alt.Scale(domain=[0, 1.06 * end], nice=False)
    base = alt.Chart(alt.InlineData(values=[_shown(row, end) for row in known])).encode(
        x=alt.X("wape:Q", title=None, scale=bars, axis=alt.Axis(tickCount=5)),
        y=alt.Y("level:N", sort=list(REPORTED_LEVELS), title=None),
        yOffset=alt.YOffset("method:N", sort=methods, scale=alt.Scale(domain=methods)),
    )
    dots = _dotted(base, methods)
    own = dots.transform_filter(alt.datum.method == PROJECT).mark_point(
        filled=True, opacity=1, size=130
    )
    others = dots.transform_filter(alt.datum.method != PROJECT).mark_point(
        filled=True, opacity=0.85, size=45
    )
    far = base.mark_text(align="right", dx=-8, fontSize=10, color="#1b1b1b").encode(text="beyond:N")
    title = alt.TitleParams(label, fontSize=13, anchor="start", fontWeight="bold")
    height = LEVEL * len(REPORTED_LEVELS)
    return alt.LayerChart(layer=[others, own, far], width=WIDTH, height=height, title=title)


def _dotted(base: alt.Chart, methods: list[str]) -> alt.Chart:
    """Give every method its colour and shape, with one key for both."""
    key = alt.Legend(title=None, orient="top", columns=7, symbolOpacity=1, symbolSize=80)
    colours, shapes = ([LOOKS[name][at] for name in methods] for at in range(2))
    return base.encode(
        color=alt.Color("method:N", legend=key, scale=alt.Scale(domain=methods, range=colours)),
        shape=alt.Shape("method:N", legend=key, scale=alt.Scale(domain=methods, range=shapes)),
    )
