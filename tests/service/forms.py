"""Sending the forms of the pages in tests."""

from __future__ import annotations

import io
from typing import Any

from werkzeug.test import TestResponse

from tests.service.conftest import FIRST, Asker

UPLOAD = f"/budget/upload?municipality={FIRST}"
NAMED = {"name": "Begroting 2024", "version": "primitief"}
ID = "begroting-2024-primitief"


def post(who: Asker, path: str, data: dict[str, Any], **headers: str) -> TestResponse:
    """Send a form; header names are written with underscores."""
    whole = {"Authorization": f"Bearer {who.key}"}
    whole |= {name.replace("_", "-"): value for name, value in headers.items()}
    return who.client.post(path, data=data, headers=whole, content_type="multipart/form-data")


def sent(content: str | bytes, file_name: str = "begroting.csv", **fields: str) -> dict[str, Any]:
    raw = content.encode() if isinstance(content, str) else content
    return {**NAMED, **fields, "file": (io.BytesIO(raw), file_name)}


def table(*lines: str) -> str:
    return "\n".join(["jaar;bedrag_eur;product;taakveld;totaal;omschrijving", *lines])


def kept_budget(who: Asker, *lines: str) -> str:
    """Keep a budget; return the address at which it stands beside the forecast."""
    assert post(who, UPLOAD, sent(table(*lines))).status_code == 303
    return f"/budget?municipality={FIRST}&budget={ID}"
