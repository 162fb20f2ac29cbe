"""A kept scenario: who made it, why, of which edition, its measures and what they change.

It stays with its edition. Whoever wants it on a later one carries it over by a press of a button;
once it is cited it no longer changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from models.errors import SelectionError
from models.levers import CEILING, Lever
from service.access.roles import Role
from service.access.rules import access_rule
from service.api.figure_rows import product_labels
from service.api.kept import noted, share_of, told
from service.api.scenario_body import fault_of, lever_faults, levers_of
from service.api.scenarios import UNKNOWN, found_scenario
from service.api.scope import Share
from service.context import viewer
from service.pages.choices import subject_label, subjects
from service.pages.frame import BLUEPRINT, Page, drawn, opened, page
from service.pages.keeping import can_keep, led_to, scenario_shelf, typed
from service.pages.money import paths
from service.pages.numbers import number
from service.pages.question import KeptScenarioQuestion, products_of
from service.pages.scenario import KEPT, KINDS, effect_row
from service.problems import InputFault
from service.state.kept import Condition, Kept
from service.texts import Language, Text

CAP = Text("plafond", "ceiling")
MOST_REFERENCE = 200


@page("scenario_kept", KeptScenarioQuestion, path=KEPT, role=Role.CONTROLLER)
def scenario_kept(one: Page) -> Mapping[str, Any]:
    """Return what the page about one kept scenario shows."""
    return _shown(one, _wanted(one))


@BLUEPRINT.post(KEPT)
@access_rule(Role.CONTROLLER)
def change_scenario() -> Response:
    """Put on record where a scenario is cited, or carry it over to the edition in force."""
    one = opened("scenario_kept", KeptScenarioQuestion)
    kept = _wanted(one)
    if kept is not None and not one.asked.faults:
        change = _cited if request.form.get("do") == "cite" else _carried
        changed = change(one, kept)
        if changed is not None:
            noted(changed)
            return led_to(one.same())
    return drawn(one, "pages/scenario_kept.html", _shown(one, kept), 400)


def _wanted(one: Page) -> Kept | None:
    wanted = one.asked.query.scenario
    if one.share is None:
        return None
    if wanted is None:
        one.asked.faults.append(InputFault("missing", "scenario"))
        return None
    return found_scenario(wanted, one.municipality)


def _cited(one: Page, kept: Kept) -> Kept | None:
    reference = typed("reference")["reference"]
    if not 0 < len(reference) <= MOST_REFERENCE or not reference.isprintable():
        one.asked.faults.append(InputFault("no-name", "reference", reference[:MOST_REFERENCE]))
        return None
    with told(UNKNOWN):
        return scenario_shelf().cite(
            kept.municipality, kept.id, reference, viewer().name, Condition()
        )


def _carried(one: Page, kept: Kept) -> Kept | None:
    """Return the scenario on the edition that is in force, where its measures still fit there."""
    share = share_of(kept.municipality)
    if share is None:
        return None
    faults = lever_faults(share, kept.municipality, levers_of(kept.content))
    if faults:
        one.asked.faults += faults
        return None
    content = {**kept.content, "edition": share.edition.edition_id}
    key = (kept.municipality, kept.id)
    with told(UNKNOWN):
        same = Condition(tags=frozenset({kept.tag}))
        return scenario_shelf().put(*key, content, viewer().name, same)[0]


def _shown(one: Page, kept: Kept | None) -> Mapping[str, Any]:
    if kept is None:
        return {"kept": None}
    share = share_of(kept.municipality, kept.content["edition"])
    newest = share_of(kept.municipality)
    return {
        "kept": kept,
        "can_keep": can_keep(),
        "subjects": subjects(one),
        "subject": subject_label(one),
        "levers": [lever_row(one, lever) for lever in levers_of(kept.content)],
        "rows": [] if share is None else _effect(one, kept, share),
        "gone": share is None,
        "newest": None if newest is None else newest.edition.edition_id,
    }


def _effect(one: Page, kept: Kept, share: Share) -> list[dict[str, Any]]:
    """Return the effect per year that is forecast by the scenario's own edition."""
    products = products_of(one.asked, share.edition.products)
    after = int(share.edition.manifest["as_of"][:4])
    try:
        found = paths(share, products, None, tuple(levers_of(kept.content)), after)
    except SelectionError as error:
        one.asked.faults += [fault_of(fault) for fault in error.faults]
        return []
    return [effect_row(year) for year in found]


def lever_row(one: Page, lever: Lever) -> dict[str, Any]:
    """Return a measure as a table shows it."""
    names = product_labels(one.seen)
    kind = CAP if lever.kind == CEILING else KINDS[lever.kind]
    return {
        "kind": kind.read(one.language),
        "size": _size(one, lever),
        "start": lever.start.isoformat()[:7],
        "end": None if lever.end is None else lever.end.isoformat()[:7],
        "ramp": lever.ramp,
        "products": ", ".join(names.get(code) or code for code in lever.products),
        "districts": ", ".join(lever.districts),
        "reason": lever.reason,
    }


def _size(one: Page, lever: Lever) -> str:
    if lever.percent is not None:
        return f"{_short(lever.percent, one.language)} %"
    if lever.factor is not None:
        return f"\u00d7 {_short(lever.factor, one.language)}"
    return number(lever.level, 2, one.language)


def _short(value: float, language: Language) -> str:
    """Return a number with no more decimals than it has, and three at most."""
    fewest = next((places for places in range(3) if round(value, places) == value), 3)
    return number(value, fewest, language)
