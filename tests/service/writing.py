"""Writing in tests: somebody with a key who puts and removes."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.test import TestResponse

from tests.service.conftest import Asker

Json = dict[str, Any]


def put(who: Asker, path: str, body: object, **headers: str) -> TestResponse:
    """Put JSON; header names are written with underscores."""
    return send(who, "PUT", path, json.dumps(body).encode(), **headers)


def send(who: Asker, method: str, path: str, body: bytes = b"", **headers: str) -> TestResponse:
    """Send bytes with a method; as JSON unless said otherwise."""
    whole = {"Authorization": f"Bearer {who.key}"}
    if method == "PUT":
        whole["Content-Type"] = "application/json"
    whole |= {name.replace("_", "-"): value for name, value in headers.items()}
    return who.client.open(path, method=method, data=body, headers=whole)


def faults(response: TestResponse) -> dict[str, str]:
    """Return code by place of a refused body."""
    assert response.status_code == 400, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    return {one["parameter"]: one["code"] for one in response.get_json()["errors"]}
