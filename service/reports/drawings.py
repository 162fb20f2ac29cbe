"""The drawings of reports, by the chart module of the house; made in the process that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import SelectionError
from service.reports.content import Cover, Drawing

if TYPE_CHECKING:
    from models.charts import Chart

__all__ = ["png", "svg"]


def svg(drawing: Drawing, cover: Cover) -> str:
    """Return a drawing as SVG; empty where it cannot be drawn."""
    from models.charts import to_svg  # noqa: PLC0415 - slow to load, and never before a fork

    chart = _chart(drawing, cover)
    return "" if chart is None else to_svg(chart)


def png(drawing: Drawing, cover: Cover) -> bytes:
    """Return a drawing as PNG, sharp on paper; empty where it cannot be drawn."""
    from models.charts import to_png  # noqa: PLC0415 - slow to load, and never before a fork

    chart = _chart(drawing, cover)
    return b"" if chart is None else to_png(chart)


def _chart(drawing: Drawing, cover: Cover) -> Chart | None:
    from models.cause_charts import causes_chart  # noqa: PLC0415
    from models.charts import Caption, fan_chart  # noqa: PLC0415

    caption = Caption(drawing.subject, cover.edition, cover.data_until, cover.synthetic)
    draw = fan_chart if drawing.kind == "fan" else causes_chart
    try:
        return draw(drawing.columns, caption)
    except SelectionError:  # nothing to draw, or too much
        return None
