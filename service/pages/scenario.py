"""A scenario: what a measure would change, tried out at once from the joint paths."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response

from models.asking import Selection
from models.errors import SelectionError
from models.goal_seek import percent_for
from models.levers import Lever
from models.scenario_templates import TEMPLATES
from service.access.roles import Role
from service.access.rules import access_rule
from service.api.scenario_body import ScenarioBody, content_of, fault_of, lever_faults
from service.pages.budget import CERTAINTIES
from service.pages.choices import Option, districts, subject_label, subjects
from service.pages.frame import BLUEPRINT, MENU, Page, drawn, opened, page
from service.pages.keeping import (
    can_keep,
    checked,
    id_of,
    keep,
    led_to,
    scenario_shelf,
    typed,
)
from service.pages.money import Year, band, paths, thousands
from service.pages.question import ScenarioQuestion, products_of
from service.problems import InputFault
from service.state.kept import Kept
from service.texts import Text

KINDS = {
    "price": Text("prijs", "price"),
    "use": Text("gebruik per inwoner", "use per inhabitant"),
    "population": Text("bevolking", "population"),
    "volume_per_client": Text("volume per cliënt", "volume per client"),
    "tariff": Text("tarief", "tariff"),
}
KEPT = "/scenario/kept"


@page("scenario", ScenarioQuestion, role=Role.CONTROLLER)
def scenario(one: Page) -> Mapping[str, Any]:
    """Return what the scenario page shows."""
    return tried(one)


@BLUEPRINT.post(MENU["scenario"])
@access_rule(Role.CONTROLLER)
def keep_scenario() -> Response:
    """Keep the measure of the address as a scenario of the edition that is shown."""
    one = opened("scenario", ScenarioQuestion)
    shelf, form = scenario_shelf(), typed("name", "keep_reason", "replace")
    shown = tried(one)
    content = None if one.asked.faults else _content(one, form, shown["lever"])
    kept = None if content is None else keep(one, shelf, id_of(form["name"]), content)
    if kept is None:
        return drawn(one, "pages/scenario.html", {**shown, "form": form}, 400)
    return led_to(one.address(KEPT, municipality=one.municipality, scenario=kept.id))


def _content(one: Page, form: Mapping[str, str], lever: Lever | None) -> dict[str, Any] | None:
    """Return what is kept, after every check of the API; None where a fault says why not."""
    if lever is None:
        one.asked.faults.append(InputFault("nothing-to-keep", "percent", ""))
    if not form["name"]:
        one.asked.faults.append(InputFault("no-name", "name", ""))
    if not form["keep_reason"]:
        one.asked.faults.append(InputFault("no-reason", "keep_reason", ""))
    if lever is None or one.asked.faults:
        return None
    edition = one.seen.edition.edition_id
    values = {"name": form["name"], "reason": form["keep_reason"], "edition": edition}
    stored = {**stored_lever(lever), "percent": Decimal(str(lever.percent))}
    body = {**values, "municipality": one.municipality, "levers": [stored]}
    sent = checked(ScenarioBody, body)
    one.asked.faults += sent.faults or lever_faults(one.seen, one.municipality, [lever])
    return None if sent.body is None else content_of(sent.body, edition)


def tried(one: Page) -> dict[str, Any]:
    """Return the measure that was typed with its effect, and what is kept."""
    if one.share is None:
        return {"rows": None}
    query = one.asked.query
    products = products_of(one.asked, one.seen.edition.products)
    after = int(one.seen.edition.manifest["as_of"][:4])
    lever = lever_of(one, products)
    goal = thousands(one.asked, "budget", query.budget)
    years: list[Year] = []
    found: dict[str, Any] | None = None
    try:
        chosen = (lever,) if lever is not None else ()
        years = paths(one.seen, products, query.district, chosen, after)
        if lever is not None and goal is not None and years:
            found = _sought(one, products, lever, goal, years[0].year)
    except SelectionError as error:
        one.asked.faults += [fault_of(fault) for fault in error.faults]
    return {
        "subjects": subjects(one),
        "districts": districts(one),
        "subject": subject_label(one),
        "kinds": [Option(name, text.read(one.language)) for name, text in KINDS.items()],
        "certainties": [Option(str(value), f"{value} %") for value in CERTAINTIES],
        "start": query.start.isoformat()[:7] if query.start else f"{after + 2}-01",
        "lever": lever,
        "rows": [effect_row(year) for year in years] if lever is not None else [],
        "goal": found,
        "templates": TEMPLATES,
        "can_keep": can_keep(),
        "kept": kept_scenarios(one.municipality),
        "form": {},
    }


def lever_of(one: Page, products: tuple[str, ...]) -> Lever | None:
    """Return the measure that was typed; None where there is none, with its faults."""
    query = one.asked.query
    if query.percent is None:
        return None
    reason = (query.reason or "").strip()
    if not reason:
        one.asked.faults.append(InputFault("no-reason", "reason", ""))
        return None
    try:
        percent = float(query.percent.replace(",", ".").replace("%", ""))
    except ValueError:
        one.asked.faults.append(InputFault("no-percent", "percent", query.percent))
        return None
    after = int(one.seen.edition.manifest["as_of"][:4])
    return Lever(
        kind=query.kind or "use",
        reason=reason,
        start=query.start or date(after + 2, 1, 1),
        percent=percent,
        ramp=query.ramp or 0,
        products=products,
        districts=(query.district,) if query.district else (),
    )


def stored_lever(lever: Lever) -> dict[str, Any]:
    """Return a lever as a kept scenario holds it."""
    months = {"start": lever.start.isoformat()[:7], "end": None}
    rest = {"factor": None, "level": None, "yearly": lever.yearly, "measure": lever.measure}
    lists = {"products": list(lever.products), "districts": list(lever.districts)}
    told = {"kind": lever.kind, "reason": lever.reason, "percent": lever.percent}
    return {**told, **months, "ramp_months": lever.ramp, **rest, **lists}


def kept_scenarios(municipality: str) -> list[Kept]:
    """Return what a municipality of the asker keeps, the latest first; none in demo mode."""
    if not can_keep():
        return []
    found = scenario_shelf().all({municipality})
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def effect_row(year: Year) -> dict[str, Any]:
    """Return the effect of one year as a table shows it."""
    return {
        "year": year.year,
        "base": band(year.base),
        "difference": band(year.difference),
        "adjusted": band(year.adjusted),
    }


def _sought(
    one: Page, products: tuple[str, ...], lever: Lever, goal: int, year: int
) -> dict[str, Any]:
    """Return how far the measure must go to fit a budget in the first year it works fully."""
    query = one.asked.query
    at = max(year, lever.start.year)
    wish = Selection(
        "cost",
        municipalities=one.seen.municipalities,
        products=products,
        districts=(query.district,) if query.district else (),
        frequency="year",
        start=date(at, 1, 1),
        end=date(at, 1, 1),
    )
    found = percent_for(one.seen.edition, wish, (lever,), 0, goal, query.certainty / 100)
    return {
        "year": at,
        "budget": goal / 100,
        "percent": found.percent,
        "covers": found.covers / 100,
        "at_limit": found.at_limit,
    }
