"""Who may call what: the least role of each route, written down apart from the code."""

from __future__ import annotations

from service.access.roles import Role
from service.access.rules import OPEN

MATRIX: dict[str, Role | str] = {
    "/v1": OPEN,
    "/v1/": OPEN,
    "/v1/health/live": OPEN,
    "/v1/health/ready": OPEN,
    "/assets/page.css": OPEN,
    "/assets/theme.css": OPEN,
    "/sign-in": OPEN,
    "/sign-in/return": OPEN,
    "/sign-out": OPEN,
    "/": Role.READER,
    "/explore": Role.READER,
    "/about": Role.READER,
    "/budget": Role.CONTROLLER,
    "/budget/upload": Role.CONTROLLER,
    "/budget/kept": Role.CONTROLLER,
    "/budget/template": Role.CONTROLLER,
    "/underpinning": Role.CONTROLLER,
    "/scenario": Role.CONTROLLER,
    "/scenario/kept": Role.CONTROLLER,
    "/reliability": Role.CONTROLLER,
    "/v1/docs": OPEN,
    "/v1/power-query": OPEN,
    "/v1/workbook": OPEN,
    "/v1/openapi.json": OPEN,
    "/v1/definitions": Role.READER,
    "/v1/districts": Role.READER,
    "/v1/editions": Role.READER,
    "/v1/editions/<edition_id>": Role.READER,
    "/v1/explanations": Role.READER,
    "/v1/forecasts": Role.READER,
    "/v1/municipalities": Role.READER,
    "/v1/models": Role.READER,
    "/v1/models/<edition_id>": Role.READER,
    "/v1/products": Role.READER,
    "/v1/accuracy": Role.CONTROLLER,
    "/v1/budgets": Role.CONTROLLER,
    "/v1/budgets/<budget_id>": Role.CONTROLLER,
    "/v1/budgets/<budget_id>/certainty": Role.CONTROLLER,
    "/v1/budgets/<budget_id>/differences": Role.CONTROLLER,
    "/v1/budgets/<budget_id>/citation": Role.CONTROLLER,
    "/v1/scenarios": Role.CONTROLLER,
    "/v1/scenarios/templates": Role.CONTROLLER,
    "/v1/scenarios/<scenario:scenario_id>": Role.CONTROLLER,
    "/v1/scenarios/<scenario:scenario_id>/effect": Role.CONTROLLER,
    "/v1/scenarios/<scenario:scenario_id>/fit": Role.CONTROLLER,
    "/v1/scenarios/<scenario:scenario_id>/citation": Role.CONTROLLER,
    "/v1/reports/underpinning": Role.CONTROLLER,
    "/v1/reports/council": Role.CONTROLLER,
    "/v1/actuals": Role.CONTROLLER,
    "/v1/comparisons": Role.CONTROLLER,
    "/v1/revisions": Role.CONTROLLER,
    "/v1/drivers": Role.CONTROLLER,
    "/v1/running-year": Role.CONTROLLER,
}
EXACT_ONLY = tuple(
    path
    for path, rule in MATRIX.items()
    if rule is Role.CONTROLLER and "<" not in path and path.startswith("/v1")
)
SIGNING = {"/sign-in", "/sign-in/return", "/sign-out"}  # not there where it is not set up
