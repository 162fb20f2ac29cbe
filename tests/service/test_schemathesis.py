"""Schemathesis on the WSGI application against the published document, with all its checks.

Narrowed in two ways, each because a document cannot say it: codes are those of the editions under
test, since codes are data; and the refusal of a combination that the document explains in words
only is no failure, provided that nothing else is wrong.
"""

from __future__ import annotations

import copy
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis.engine import events, from_schema
from werkzeug.serving import make_server

from service.access.roles import Role
from tests.service.conftest import FIRST, Asker
from tests.service.writing import put

pytestmark = [pytest.mark.contract, pytest.mark.slow]
EXAMPLES = 6  # per operation; the coverage phase adds every limit of every parameter
COMBINATIONS = {
    *("declared-together", "edition-and-day", "finer-than-base", "needs-period"),
    *("unlike-units", "wrong-order"),
    # of what is sent
    *("in-thousands", "line-twice", "line-within", "one-of", "unknown-taakveld"),
    *("lever-below-zero", "lever-order", "lever-outside", "lever-ramp", "lever-size"),
    *("lever-no-volume", "lever-too-large", "lever-yearly"),
    *("empty-text", "odd-text"),  # blanks, and signs that cannot be read
    *("no-amount", "no-answer"),  # more decimals than cents
}
BODIES = ("BudgetBody", "BudgetLineBody", "ScenarioBody", "LeverBody")
LEVER = {"kind": "use", "reason": "proef", "start": "2024-07", "percent": -5}
CONFIG = {
    "seed": 20261122,
    "workers": 1,
    "continue-on-failure": True,
    "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
    "phases": {"stateful": {"enabled": False}},  # everything works on what is there already
}


def narrowed(document: dict[str, Any], codes: dict[str, list[str]]) -> dict[str, Any]:
    """Return the document with the codes under test as the only ones."""
    found = copy.deepcopy(document)
    for methods in found["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                parameter["schema"] = _narrowed(parameter["name"], parameter["schema"], codes)
    for name, schema in found["components"]["schemas"].items():
        for member, part in schema["properties"].items() if name in BODIES else ():
            if member != "levers":  # of a scenario; a question names one by its number
                schema["properties"][member] = _narrowed(member.removesuffix("s"), part, codes)
    return found


def _narrowed(name: str, schema: dict[str, Any], codes: dict[str, list[str]]) -> dict[str, Any]:
    """Return the schema of a parameter or member with the codes under test as the only ones."""
    known = codes.get(name)
    if not known:
        return schema
    if "items" in schema:
        return {**schema, "items": {"type": "string", "enum": known}}
    if {"type": "null"} in schema.get("anyOf", ()):
        return {"anyOf": [{"type": "string", "enum": known}, {"type": "null"}]}
    return {"type": "string", "enum": known}


@pytest.fixture
def published(
    closed_app: Flask, asker: Callable[..., Asker], nothing_kept: None
) -> Iterator[schemathesis.BaseSchema]:
    """Serve the application on this machine and return its document, narrowed, with a key."""
    one = asker(FIRST, role=Role.ADMINISTRATOR)
    document = one.get("/v1/openapi.json").get_json()
    editions = [row["edition"] for row in one.get("/v1/editions").get_json()["rows"]]
    products = sorted({row["product"] for row in one.get("/v1/products").get_json()["rows"]})
    districts = [row["district"] for row in one.get("/v1/districts").get_json()["rows"]]
    codes = {
        "municipality": [FIRST],
        "product": products,
        "district": districts,
        "edition": editions,
        "edition_id": editions,
        "against": editions,
        "budget_id": ["begroting"],
        "scenario_id": ["scenario"],
        "lever": ["1"],
    }
    about = {"municipality": FIRST, "name": "proef"}
    line = {"year": 2025, "amount_eur": 1, "product": products[0]}
    budget = about | {"version": "1", "lines": [line], "amounts_confirmed": True}
    assert put(one, "/v1/budgets/begroting", budget).status_code == 201
    scenario = about | {"reason": "proef", "levers": [LEVER]}
    assert put(one, "/v1/scenarios/scenario", scenario).status_code == 201
    config = schemathesis.Config.from_dict(CONFIG)
    schema = schemathesis.openapi.from_dict(narrowed(document, codes), config=config)
    headers = {"Authorization": f"Bearer {one.key}"}
    server = make_server("127.0.0.1", 0, closed_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    schema.config.update(base_url=f"http://127.0.0.1:{server.port}/v1", headers=headers)
    yield schema
    server.shutdown()
    thread.join()


def test_every_answer_is_as_published(published: schemathesis.BaseSchema) -> None:
    tried: Counter[str] = Counter()
    wrong: list[str] = []
    for event in from_schema(published).execute():
        if isinstance(event, events.ScenarioFinished):
            tried[str(event.label)] += len(event.recorder.cases)
            wrong += _failures(event)
        elif isinstance(event, events.NonFatalError):
            wrong.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    assert not wrong, "\n".join(wrong)
    assert set(tried) == {
        f"{method.upper()} {path}"
        for path, methods in published.raw_schema["paths"].items()
        for method in methods
    }
    assert all(count > EXAMPLES // 2 for count in tried.values()), tried


def _failures(event: events.ScenarioFinished) -> Iterator[str]:
    for number, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                response = event.recorder.interactions[number].response
                case = event.recorder.cases[number].value
                # Which codes there are depends on the day that is asked about.
                more = {"unknown-value"} if "asOf" in (case.query or {}) else set()
                if check.name == "positive_data_acceptance" and _is_combination(response, more):
                    continue
                if check.name == "negative_data_rejection" and _has_a_new_id(case):
                    continue
                failure = check.failure_info.failure
                told = f"{case.method} {case.formatted_path} {case.query} {str(case.body)[:300]}"
                yield f"{check.name}: {told}: {failure}"


def _has_a_new_id(case: schemathesis.Case) -> bool:
    """Tell whether an id is asked that was put before, such as null: any word is one."""
    ids = [case.path_parameters.get(name) for name in ("budget_id", "scenario_id")]
    if any(one in ("null", "true", "false", "0") for one in ids):
        return True
    given = [one for one in ids if one is not None and one not in ("begroting", "scenario")]
    return bool(given) and case.method.upper() == "PUT"  # another test keeps things too


def _is_combination(response: schemathesis.Response, more: set[str]) -> bool:
    """Tell whether all that is wrong is a combination, which a document cannot forbid."""
    codes = {fault["code"] for fault in response.json().get("errors", ())}
    return bool(codes) and codes <= COMBINATIONS | more
