"""The dated policy events of a delivery, per product."""

from __future__ import annotations

import pandas as pd

from models.catalogue import Frequency
from models.members import Event
from models.panel import Panel


def told_events(panel: Panel) -> list[dict[str, str | None]]:
    """Return the dated events as an edition tells them: day, kind, product (None = all), note."""
    table = panel.policy_events.dropna(subset=["date"]).sort_values(["date", "kind"])
    return [
        {
            "date": pd.Timestamp(row["date"]).date().isoformat(),
            "kind": str(row["kind"]),
            "product": None if pd.isna(row["product"]) else str(row["product"]),
            "note": None if pd.isna(row["note"]) else str(row["note"]),
        }
        for row in table.to_dict("records")
    ]


def policy_events(panel: Panel, frequency: Frequency) -> dict[str, tuple[Event, ...]]:
    """Return the dated policy events per product; an event without product holds for all."""
    table = panel.policy_events.dropna(subset=["date"])
    everywhere = [_event(row, frequency) for row in table[table["product"].isna()].itertuples()]
    result = {}
    for product in panel.products["product"].astype(str):
        own = table[table["product"] == product]
        events = [*everywhere, *(_event(row, frequency) for row in own.itertuples())]
        if events:
            result[product] = tuple(sorted(events, key=lambda event: (event.period, event.kind)))
    return result


def _event(row: object, frequency: Frequency) -> Event:
    day = pd.Timestamp(row.date)  # type: ignore[attr-defined]
    months = day.year * 12 + day.month - 1
    return Event(months // frequency.months, str(row.kind))  # type: ignore[attr-defined]
