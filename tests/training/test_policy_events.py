"""What an edition tells of dated events."""

from __future__ import annotations

import pytest

from tests.models.panels import panel_of
from training.policy_events import told_events

pytestmark = pytest.mark.unit


def test_events_are_told_in_order_with_what_was_delivered_and_no_more() -> None:
    rows = [
        {"date": "2023-01-01", "kind": "level", "product": "hbh", "note": "Eigen bijdrage"},
        {"date": "2020-03-01", "kind": "outlier", "note": "Corona"},
        {"date": "2021-01-01", "kind": "slope", "product": "hbh"},
    ]
    care = {"municipality": "M", "district": "D", "product": "hbh", "period": "2023-01-01"}
    panel = panel_of([care | {"clients": 1.0}], policy_events=rows)
    assert told_events(panel) == [
        {"date": "2020-03-01", "kind": "outlier", "product": None, "note": "Corona"},
        {"date": "2021-01-01", "kind": "slope", "product": "hbh", "note": None},
        {"date": "2023-01-01", "kind": "level", "product": "hbh", "note": "Eigen bijdrage"},
    ]
