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

pytestmark = [pytest.mark.contract, pytest.mark.slow]
EXAMPLES = 15  # per operation; the coverage phase adds every limit of every parameter
COMBINATIONS = {
    *("declared-together", "finer-than-base", "needs-period", "unlike-units", "wrong-order"),
}
CONFIG = {
    "seed": 20261122,
    "workers": 1,
    "continue-on-failure": True,
    "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
    "phases": {"stateful": {"enabled": False}},  # nothing can be made or changed: no states
}


def narrowed(document: dict[str, Any], codes: dict[str, list[str]]) -> dict[str, Any]:
    """Return the document with the codes under test as the only ones."""
    found = copy.deepcopy(document)
    for methods in found["paths"].values():
        for parameter in methods["get"]["parameters"]:
            known = codes.get(parameter["name"])
            if known and "items" in parameter["schema"]:
                parameter["schema"]["items"] = {"type": "string", "enum": known}
            elif known:
                parameter["schema"] = {"type": "string", "enum": known}
    return found


@pytest.fixture
def published(closed_app: Flask, asker: Callable[..., Asker]) -> Iterator[schemathesis.BaseSchema]:
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
    }
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
    assert set(tried) == {f"GET {path}" for path in published.raw_schema["paths"]}
    assert all(count > EXAMPLES // 2 for count in tried.values()), tried


def _failures(event: events.ScenarioFinished) -> Iterator[str]:
    for number, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                response = event.recorder.interactions[number].response
                if check.name == "positive_data_acceptance" and _is_combination(response):
                    continue
                case = event.recorder.cases[number].value
                failure = check.failure_info.failure
                yield f"{check.name}: {case.formatted_path} {case.query}: {failure}"


def _is_combination(response: schemathesis.Response) -> bool:
    """Tell whether all that is wrong is a combination, which a document cannot forbid."""
    return {fault["code"] for fault in response.json()["errors"]} <= COMBINATIONS
