"""The charts of page, reports, notebooks and tracked runs: the only module that draws.

Each function takes plain columns and returns an altair chart; ``to_svg`` and ``to_png`` render it
with Dutch numbers and months. No chart leans on colour alone: lines differ in dash, marks in shape,
and everything is labelled where it stands. The colours are dark blue, vermilion and greys, which
stay apart in the three common kinds of colour blindness and in a black-and-white print.

Rendering starts a JavaScript engine that does not survive a fork: draw only after forking, never in
a parent process that forks later (docs/tracking.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypeVar

import altair as alt
import vl_convert

from models.catalogue import Frequency
from models.chart_rows import (
    ESTIMATE,
    LOOKING_BACK,
    METHODS,
    Caption,
    Columns,
    Frame,
    Rows,
    accuracy_bars,
    budget_rows,
    by_measure,
    coverage_points,
    event_rows,
    frame,
)

Chart = alt.LayerChart | alt.VConcatChart
Drawn = TypeVar("Drawn", alt.LayerChart, alt.VConcatChart)

__all__ = ["Caption", "accuracy_chart", "coverage_chart", "fan_chart", "to_png", "to_svg"]

WIDTH, HEIGHT, COVERAGE_HEIGHT = 640, 300, 200
INK, GREY, PALE = "#1b1b1b", "#595959", "#e3e6ea"
BLUE, VERMILION, PEACH = "#0b4f8a", "#c2500c", "#f6d9c8"
# Liberation Sans travels inside the renderer; a page shows Arial, which is equally wide.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
TEXT = 12
LINE = 17  # pixels per line of the key beneath a plot
LOCALE: Literal["nl-NL"] = "nl-NL"
NOMINAL, GATE = 80, (75, 85)  # percent: what an 80 % band promises, what the release gate allows
ENGLISH = re.compile(r' (?:role|aria-roledescription|aria-label)="[^"]*"')
MAX_LABELS = 16
BUDGETED = "Oranje streepje: begroot"
MANY_YEARS, MAX_TICKS = 3, 14  # from so many years on, only years are written
TITLE_LOOK: dict[str, Any] = {
    **{"anchor": "start", "color": INK, "fontSize": 17, "offset": 16},
    **{"subtitleColor": GREY, "subtitleFontSize": TEXT},
    **{"subtitleLineHeight": 16, "subtitlePadding": 6},
}
AXIS_LOOK: dict[str, Any] = {
    **dict.fromkeys(("domainColor", "labelColor", "tickColor", "titleColor"), GREY),
    **dict.fromkeys(("labelFontSize", "titleFontSize"), TEXT),
    **{"gridColor": PALE, "titleFontWeight": "normal"},
}


def fan_chart(
    rows: Columns,
    caption: Caption,
    events: Sequence[tuple[date, str]] = (),
    budget: Mapping[int, float] | None = None,
) -> alt.LayerChart:
    """Draw one series: actuals, the middle of the forecast, its 80 % band, events and budget.

    Args:
        rows: one series as ``models.selection.answer`` gives it: ``period`` (first day, or its ISO
            text), ``frequency``, ``measure``, ``unit``, ``kind`` (actual or forecast), ``p10``,
            ``p50``, ``p90`` in the unit of the row. An unknown actual is NaN and leaves a gap.
        caption: subject and origin.
        events: date and short Dutch text of each policy event; those outside the axis are left out.
        budget: adopted amount of each year, for a series by year, in its unit.

    Raises:
        SelectionError: no rows, too many rows, more than one series, or a forecast without value.
    """
    yearly = len(rows["frequency"]) > 0 and rows["frequency"][0] == Frequency.YEAR
    adopted = dict(budget or {}) if yearly else {}
    series = frame(rows, tuple(adopted.values()))
    strokes = budget_rows(adopted, series)
    layers = [*_forecast_layers(series), *_actual_layers(series), *_budget_layers(series, strokes)]
    layers += _event_layers(event_rows(events, series.points))
    legend = (
        "Doorgetrokken: werkelijk. Gestreept: raming (P50). "
        "Vlak: in 8 van de 10 gevallen valt de uitkomst hierin (P10-P90)"
    )
    lines = (legend, BUDGETED) if strokes else (legend,)
    return finished(
        alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT),
        heading(caption, ESTIMATE, *caption.origin(series.unit), *lines),
    )


def accuracy_chart(scores: Columns, caption: Caption) -> alt.VConcatChart:
    """Draw the error per level beside that of the simple baseline; lower is better.

    Args:
        scores: ``measure``, ``level``, ``wape`` and ``baseline_wape`` (percent), one row per
            measure and level. Levels without a known error (NaN) are left out.
        caption: subject and origin.

    Raises:
        SelectionError: no row has an error to show.
    """
    panels = [_accuracy_panel(*part) for part in by_measure(accuracy_bars(scores))]
    remark = "Eenvoudige methode: het laatste bekende jaar herhaald. Lager is beter"
    origin = caption.origin("gemiddelde afwijking in procenten (WAPE)")
    return finished(
        alt.vconcat(*panels, spacing=24), heading(caption, LOOKING_BACK, *origin, remark)
    )


def coverage_chart(scores: Columns, caption: Caption) -> alt.VConcatChart:
    """Draw how often the 80 % band held what happened, by months ahead.

    The whisker is Wilson's 95 % interval of a share; it takes observations as independent, which
    flatters long horizons.

    Args:
        scores: ``measure``, ``horizon_months``, ``coverage_80`` (share, 0-1) and ``observations``,
            one row per measure and horizon. Unknown coverages (NaN) are left out.
        caption: subject and origin.

    Raises:
        SelectionError: no row has a coverage to show.
    """
    panels = [_coverage_panel(*part) for part in by_measure(coverage_points(scores))]
    remarks = (
        "Beoogd: 80 % (streeplijn). Grijs: wat de vrijgavetoets toelaat (75-85 %)",
        "Staand streepje: onzekerheid van de toets zelf (95 %, bij onafhankelijke waarnemingen)",
    )
    origin = caption.origin("procent van de uitkomsten binnen P10-P90")
    return finished(
        alt.vconcat(*panels, spacing=24), heading(caption, LOOKING_BACK, *origin, *remarks)
    )


def to_svg(chart: Chart) -> str:
    """Return a chart as SVG: transparent, attributes only, no script and no style element.

    The renderer describes titles in English whatever it is told; that is taken out. Wrap the
    drawing in an element with ``role="img"`` and a Dutch label.
    """
    svg = vl_convert.vegalite_to_svg(
        _specification(chart), format_locale=LOCALE, time_format_locale=LOCALE, allowed_base_urls=[]
    )
    return ENGLISH.sub("", svg)


def to_png(chart: Chart, *, scale: float = 2.0, background: str = "white") -> bytes:
    """Return a chart as PNG, on white by default: Word and dark viewers hide transparent ink."""
    return bytes(
        vl_convert.vegalite_to_png(
            _specification(chart) | {"background": background},
            scale=scale,
            format_locale=LOCALE,
            time_format_locale=LOCALE,
            allowed_base_urls=[],
        )
    )


def _specification(chart: Chart) -> dict[str, Any]:
    """Return the chart for the renderer; checking it at each drawing would double the time."""
    specification: dict[str, Any] = chart.to_dict(validate=False)
    return specification


def heading(caption: Caption, *lines: str) -> alt.TitleParams:
    """Return the title of a chart: its subject, and lines beneath it."""
    return alt.TitleParams(text=caption.subject, subtitle=list(lines))


def finished(plot: Drawn, title: alt.TitleParams) -> Drawn:
    """Return a chart with its title and the house's look; no English labels for screen readers."""
    titled: Drawn = plot.properties(title=title)
    finished: Drawn = titled.configure(
        aria=False,
        background="transparent",
        font=FONT,
        padding=12,
        axis=AXIS_LOOK,
        text={"fontSize": TEXT, "color": INK},
        title=TITLE_LOOK,
        view={"stroke": None},
    )
    return finished


def _chart(rows: Rows) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=rows))


def _plot(series: Frame, rows: Rows, column: str = "p50") -> alt.Chart:
    """Return an empty layer on the axes that all layers of a fan share."""
    years = series.years
    every = max(1, math.ceil(len(years) / MAX_TICKS))
    ticks = [alt.DateTime(year=year, month=1, date=1) for year in years[::every]]
    x = alt.Axis(grid=False, labelFlush=False, labelOverlap=True, format="%b %Y")
    if len(years) > MANY_YEARS or series.frequency == Frequency.YEAR:
        x = alt.Axis(grid=False, labelFlush=False, format="%Y", values=ticks)
    scale = alt.Scale(domain=[series.low, series.high], nice=False)
    return _chart(rows).encode(
        x=alt.X("day:T", title=None, axis=x),
        y=alt.Y(f"{column}:Q", title=series.title, scale=scale, axis=alt.Axis(tickCount=6)),
    )


def _actual_layers(series: Frame) -> list[alt.Chart]:
    if not series.actual:
        return []
    point = alt.OverlayMarkDef(color=INK, size=36) if series.sparse else False
    return [_plot(series, series.actual).mark_line(color=INK, strokeWidth=2, point=point)]


def _forecast_layers(series: Frame) -> list[alt.Chart]:
    """Return band, middle line, figures at the end, and the border with what happened."""
    if not series.forecast:
        return []
    fan = series.border + series.forecast
    ends = _plot(series, series.ends(gap=16 / HEIGHT)).mark_text(align="left", dx=10, color=BLUE)
    layers = [
        _plot(series, fan, "p10").mark_area(color=BLUE, opacity=0.22).encode(y2="p90:Q"),
        _plot(series, fan).mark_line(color=BLUE, strokeWidth=2, strokeDash=[6, 4]),
        ends.encode(text="text:N"),
    ]
    if series.sparse:
        hollow = _plot(series, series.forecast).mark_point(color=BLUE, fill="white", opacity=1)
        layers.append(hollow)
    return [*layers, *_border_layers(series.border)]


def _border_layers(border: Rows) -> list[alt.Chart]:
    if not border:
        return []
    base = _chart(border).encode(x="day:T")
    label = base.encode(y=alt.value(HEIGHT - 10))
    return [
        base.mark_rule(color=GREY, strokeWidth=1),
        label.mark_text(text="werkelijk", align="right", dx=-6, color=GREY),
        label.mark_text(text="raming", align="left", dx=6, color=GREY),
    ]


def _budget_layers(series: Frame, adopted: Rows) -> list[alt.Chart]:
    """Return a level stroke per year with a budget."""
    if not adopted:
        return []
    stroke = _plot(series, adopted).mark_tick(
        orient="horizontal", color=VERMILION, opacity=1, size=30, thickness=4
    )
    return [stroke]


def _event_layers(events: Rows) -> list[alt.Chart]:
    """Return a numbered rule per event, and the key to the numbers beneath the plot."""
    base = _chart(events).encode(x="day:T")
    number = base.mark_text(fontWeight="bold", dx=9).encode(y=alt.value(4), text="number:N")
    rule = base.mark_rule(color=GREY, strokeDash=[1, 3], strokeWidth=1.5)
    keys = [
        _chart([row])
        .mark_text(align="left", color=GREY)
        .encode(x=alt.value(0), y=alt.value(HEIGHT + 44 + LINE * i), text="key:N")
        for i, row in enumerate(events)
    ]
    return [rule, number, *keys] if events else []


def _accuracy_panel(name: str, bars: Rows) -> alt.LayerChart:
    levels = list(dict.fromkeys(row["level"] for row in bars))
    colours = alt.Scale(domain=list(METHODS), range=[BLUE, PEACH])
    bare = alt.Axis(domain=False, ticks=False, labelPadding=8)
    base = _chart(bars).encode(
        x=alt.X("value:Q", title="Afwijking (%)", axis=alt.Axis(tickCount=5, grid=False)),
        y=alt.Y("level:N", sort=levels, title=None, axis=bare),
        yOffset=alt.YOffset("method:N", sort=list(METHODS)),
    )
    bar = base.mark_bar(stroke=INK, strokeWidth=0.5).encode(
        fill=alt.Fill("method:N", scale=colours, legend=None)
    )
    label = base.mark_text(align="left", dx=6).encode(text="label:N")
    height = 54 * len(levels)
    return alt.LayerChart(layer=[bar, label], width=400, height=height, title=_panel_title(name))


def _coverage_panel(name: str, points: Rows) -> alt.LayerChart:
    bottom = min(50, 10 * math.floor(min(row["low"] for row in points) / 10))
    scale = alt.Scale(domain=[bottom, 100])
    base = _chart(points).encode(
        x=alt.X("months:O", title="Maanden vooruit", axis=alt.Axis(labelAngle=0, labelOverlap=True))
    )
    goal = _chart([{"low": GATE[0], "high": GATE[1], "goal": NOMINAL}])
    share = alt.Y("share:Q", title="Binnen de band (%)", scale=scale)
    layers = [
        goal.mark_rect(color=PALE).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        goal.mark_rule(color=VERMILION, strokeDash=[6, 4], strokeWidth=1.5).encode(y="goal:Q"),
        base.mark_rule(color=BLUE, strokeWidth=1.5).encode(y="low:Q", y2="high:Q"),
        base.mark_point(color=BLUE, filled=True, size=60, opacity=1).encode(y=share),
    ]
    if len(points) <= MAX_LABELS:
        layers.append(base.mark_text().encode(y=alt.value(-10), text="label:N"))
    title = _panel_title(name, offset=22)
    return alt.LayerChart(layer=layers, title=title, width=WIDTH - 80, height=COVERAGE_HEIGHT)


def _panel_title(name: str, offset: int = 8) -> alt.TitleParams:
    return alt.TitleParams(text=name, fontSize=14, offset=offset)
