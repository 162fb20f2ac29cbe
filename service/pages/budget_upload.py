"""A budget from a file: read on the page, asked about where it may be in thousands, and kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

from flask import Response, request
from werkzeug.datastructures import FileStorage

from models.budget_lines import Ledger
from service.access.roles import Role
from service.access.rules import access_rule
from service.api.bodies import Sent
from service.api.budget_body import BudgetBody, check_budget, content_of, lines_of
from service.api.figure_rows import product_labels
from service.api.kept import share_of
from service.api.reports import XLSX
from service.budget_faults import TableFault
from service.budget_table import Target, read_budget_table
from service.pages.frame import BLUEPRINT, Page, drawn, opened, page
from service.pages.keeping import budget_shelf, can_keep, checked, id_of, keep, led_to, typed
from service.pages.question import PageQuestion
from service.problems import InputFault
from service.state.shelves import BudgetShelf

HOME, KEPT = "/budget/upload", "/budget/kept"
FIELDS = ("name", "version", "decided_on", "control", "replace", "lines", "unit")
MOST_NAME, MOST_VERSION = 200, 100
IN_THOUSANDS = "in-thousands"
THOUSANDS = 1_000
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")  # of no more than can be budgeted
SUSPECT = 200  # as many times the amount is expected where it may be in thousands

Form = Mapping[str, str]
Values = dict[str, Any]


@page("budget_upload", PageQuestion, path=HOME, role=Role.CONTROLLER)
def budget_upload(one: Page) -> Mapping[str, Any]:
    """Return what the empty form shows."""
    return _content(one, {})


@BLUEPRINT.get("/budget/template")
@access_rule(Role.CONTROLLER)
def budget_template() -> Response:
    """Return the empty workbook for a budget."""
    from service.budget_template import template  # noqa: PLC0415 - loads xlsxwriter

    response = Response(template(), content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="begroting.xlsx"'
    return response


@BLUEPRINT.post(HOME)
@access_rule(Role.CONTROLLER)
def budget_read() -> Response:
    """Read what was sent and keep it, or say everything that is wrong with it."""
    one = opened("budget_upload", PageQuestion)
    shelf = budget_shelf()
    form = typed(*FIELDS)
    if one.share is None:
        return _shown(one, form)
    target = _target(one, form)
    if one.asked.faults:
        return _shown(one, form)
    if form["lines"]:
        return _kept(one, shelf, form, _answered(one, form, target))
    body, faults = _read(one, target)
    if body is None and faults and {fault.code for fault in faults} == {IN_THOUSANDS}:
        return _asked(one, form, target)
    if body is None:
        return _shown(one, form, faults)
    return _kept(one, shelf, form, body)


def _content(one: Page, form: Form, faults: Sequence[TableFault] = ()) -> Mapping[str, Any]:
    return {
        "form": form,
        "table_faults": faults,
        "can_keep": can_keep(),
        "reads_workbooks": find_spec("openpyxl") is not None,  # comes with the extra of reports
        "there": one.share,
    }


def _shown(one: Page, form: Form, faults: Sequence[TableFault] = ()) -> Response:
    """Return the form with what was typed and every fault; a file must be chosen again."""
    return drawn(one, "pages/budget_upload.html", _content(one, form, faults), 400)


def _target(one: Page, form: Form) -> Target:
    """Return what the table becomes, adding what is wrong with the fields beside it."""
    found = one.asked.faults
    if not 0 < len(form["name"]) <= MOST_NAME:
        found.append(InputFault("no-name", "name", form["name"][:MOST_NAME]))
    if not 0 < len(form["version"]) <= MOST_VERSION:
        found.append(InputFault("no-version", "version", form["version"][:MOST_VERSION]))
    share = share_of(one.municipality)
    return Target(
        one.municipality,
        form["name"],
        form["version"],
        _day(one, form["decided_on"]),
        None if share is None else share.edition,
        control=_control(one, form["control"]),
    )


def _day(one: Page, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        one.asked.faults.append(InputFault("no-date", "decided_on", text[:MOST_NAME]))
        return None


def _control(one: Page, text: str) -> dict[int | None, Decimal]:
    """Return the total that all lines must add up to, where one was typed in euros."""
    plain = text.replace("€", "").replace(" ", "").replace(".", "").replace(",", ".")
    if plain and not AMOUNT.fullmatch(plain):
        one.asked.faults.append(InputFault("no-total", "control", text[:MOST_NAME]))
        return {}
    return {None: Decimal(plain)} if plain else {}


def _file(name: str) -> FileStorage | None:
    sent = request.files.get(name)
    return sent if sent is not None and sent.filename else None


def _read(one: Page, target: Target) -> tuple[Values | None, list[TableFault]]:
    """Read the table that was sent; no faults and no body where none was."""
    sent, beside = _file("file"), _file("programmes")
    if sent is None:
        one.asked.faults.append(InputFault("no-file", "file", ""))
        return None, []
    mapping = None if beside is None else (beside.read(), str(beside.filename))
    return read_budget_table(sent.read(), str(sent.filename), target, mapping)


def _asked(one: Page, form: Form, target: Target) -> Response:
    """Ask whether amounts are in thousands, with the lines as they were read."""
    for sent in request.files.values():
        sent.seek(0)
    sure = Target(**{**vars(target), "confirmed": True})
    body, faults = _read(one, sure)
    if body is None:
        return _shown(one, form, faults)
    read = checked(BudgetBody, body)
    if read.body is None:
        one.asked.faults += read.faults
        return _shown(one, form)
    told = [{**line, "amount_eur": str(line["amount_eur"])} for line in body["lines"]]
    doubts = list(_doubts(one, body, read.body))
    content = {"form": form, "lines": json.dumps(told), "doubts": doubts}
    return drawn(one, "pages/budget_confirm.html", content)


def _doubts(one: Page, body: Values, read: BudgetBody) -> Iterator[Values]:
    """Yield the lines of which far more is expected than stands there."""
    plain = lines_of(content_of(read))
    ledger = Ledger(one.seen.edition, one.municipality, plain)
    names = product_labels(one.seen)
    for sent, line in zip(body["lines"], plain, strict=True):
        expected = ledger.expected(line) or 0
        if expected > line.amount * SUSPECT:
            label = sent.get("label") or names.get(line.code or "") or line.code
            told = {"year": line.year, "label": label, "amount": line.amount / 100}
            yield {**told, "expected": expected / 100}


def _answered(one: Page, form: Form, target: Target) -> Values | None:
    """Return the body of lines that were asked about, in the unit that was answered."""
    factor = THOUSANDS if form["unit"] == "thousands" else 1
    try:
        lines = json.loads(form["lines"])
        for line in lines:
            line["amount_eur"] = _amount(line["amount_eur"]) * factor
    except (ValueError, TypeError, KeyError, RecursionError):
        one.asked.faults.append(InputFault("no-file", "file", ""))
        return None
    return {
        "municipality": target.municipality,
        "name": target.name,
        "version": target.version,
        "decided_on": None if target.decided_on is None else target.decided_on.isoformat(),
        "lines": lines,
        "amounts_confirmed": factor == 1,
    }


def _amount(text: object) -> Decimal:
    if not isinstance(text, str) or not AMOUNT.fullmatch(text):
        raise ValueError("no amount as our own form has it")
    return Decimal(text)


def _kept(one: Page, shelf: BudgetShelf, form: Form, body: Values | None) -> Response:
    """Keep a body after every check of the API, and lead on."""
    sent = Sent[BudgetBody](None) if body is None else checked(BudgetBody, body)
    check_budget(sent)
    one.asked.faults += sent.faults
    if sent.body is None or one.asked.faults:
        return _shown(one, form)
    kept_id = id_of(f"{form['name']} {form['version']}")
    kept = keep(one, shelf, kept_id, content_of(sent.body))
    if kept is None:
        return _shown(one, form)
    return led_to(one.address(KEPT, municipality=one.municipality, budget=kept.id))
