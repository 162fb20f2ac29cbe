"""``GET /v1/docs``: the published document as a page for people.

It holds no script and nothing from elsewhere, so that it works on any network and as a saved file.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app, render_template, request

from service.access.rules import OPEN, access_rule
from service.api.editions import NoQuestion
from service.api.examples import names, question_of
from service.api.media import negotiated
from service.api.query import read_question
from service.context import DOCUMENT, service

BLUEPRINT = APIBlueprint("handbook", __name__, tag={"name": "algemeen"})
HTML = "text/html"
FIRST = ("ramingen", "begrotingen", "scenario's", "catalogus", "edities")  # then the rest
STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem;color:#1b1b1b;
background:#fff}a{color:#0b4f8a}h1,h2,h3{line-height:1.2}h2{border-top:2px solid #0b4f8a;
padding-top:1rem;margin-top:2.5rem}code,pre{font-family:ui-monospace,monospace;font-size:.9rem;
overflow-wrap:anywhere}pre{background:#f2f4f7;padding:.75rem;white-space:pre-wrap}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}caption{text-align:left;
font-weight:600}th,td{border:1px solid #c3c9d1;padding:.3rem .5rem;text-align:left;
vertical-align:top;overflow-wrap:anywhere}.wide{overflow-x:auto}summary{cursor:pointer;
font-weight:600}nav ul{columns:16rem}@media print{details{display:block}}
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'"
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """A parameter or a column: its name, what it may hold, and what it means."""

    name: str
    values: str
    told: str


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked.

    Attributes:
        anchor: by which the page refers to it.
        method: GET, PUT and so on.
        path: below the version.
        title: in a few words.
        told: in some more.
        parameters: of path and query.
        body: what is sent with it.
        columns: of its rows, or of the answer.
        statuses: with which it can answer.
        question: an example, or None.
        example: its answer.
    """

    anchor: str
    method: str
    path: str
    title: str
    told: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    columns: tuple[Field, ...]
    statuses: str
    question: str | None = None
    example: str | None = None


@dataclass
class Chapter:
    """Operations of one kind."""

    title: str
    operations: list[Operation] = field(default_factory=list)


@BLUEPRINT.get("/docs")
@BLUEPRINT.doc(hide=True)
@access_rule(OPEN)
def handbook() -> Response:
    """Handleiding van de API."""
    read_question(NoQuestion, request.args).check()
    negotiated((HTML,))
    document = current_app.extensions[DOCUMENT]
    text = render_template(
        "handbook.html",
        info=document["info"],
        base=service().settings.base_path,
        chapters=chapters(document),
        style=STYLE,
    )
    response = Response(text, content_type=f"{HTML}; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Language"] = "nl"
    return response


def chapters(document: Schema) -> list[Chapter]:
    """Return what can be asked, by kind, figures first."""
    tags = [tag["name"] for tag in document["tags"]]
    tags.sort(key=lambda tag: FIRST.index(tag) if tag in FIRST else len(FIRST))
    found = {tag: Chapter(tag.capitalize()) for tag in tags}
    examples = {question_of(name).partition("?")[0]: question_of(name) for name in names()}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            question = examples.get(f"/v1{path}") if method == "get" else None
            one = _operation(document, method, path, operation, question)
            found[operation["tags"][0]].operations.append(one)
    return [chapter for chapter in found.values() if chapter.operations]


def _operation(
    document: Schema, method: str, path: str, operation: Schema, question: str | None
) -> Operation:
    content = next(iter(operation["responses"].items()))[1].get("content", {})
    answer: Schema = next(iter(content.values()), {})
    example = answer.get("example")
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        title=operation.get("summary", path),
        told=operation.get("description", ""),
        parameters=tuple(_parameters(operation)),
        body=tuple(_body(document, operation)),
        columns=tuple(_columns(document, answer.get("schema", {}))),
        statuses=", ".join(sorted(operation["responses"])),
        question=question,
        example=None if example is None else json.dumps(example, ensure_ascii=False, indent=1),
    )


def _parameters(operation: Schema) -> Iterator[Field]:
    for one in operation.get("parameters", ()):
        yield Field(one["name"], kind_of(one["schema"]), one.get("description", ""))


def _columns(document: Schema, schema: Schema) -> Iterator[Field]:
    """Yield the columns of the rows of an answer, or its members where it has no rows."""
    whole = _resolved(document, schema)
    rows = whole.get("properties", {}).get("rows")
    row = _resolved(document, rows["items"]) if rows else whole
    yield from _members(document, row)
    for pattern, one in row.get("patternProperties", {}).items():
        yield Field(pattern.strip("^$"), kind_of(one), one.get("description", ""))


def _body(document: Schema, operation: Schema) -> Iterator[Field]:
    content = operation.get("requestBody", {}).get("content", {})
    for one in content.values():
        yield from _members(document, _resolved(document, one["schema"]))


def _members(document: Schema, schema: Schema) -> Iterator[Field]:
    """Yield the members of an object, and behind a list of objects those of each."""
    for name, one in schema.get("properties", {}).items():
        yield Field(name, kind_of(one), one.get("description", ""))
        items = _resolved(document, _listed(one))
        if "properties" in items:
            yield from _members(document, items)


def _listed(schema: Schema) -> Schema:
    """Return what the items of a list are, or nothing for what is no list."""
    whole = next((part for part in schema.get("anyOf", ()) if "items" in part), schema)
    found: Schema = whole.get("items", {})
    return found


def _resolved(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


_WORDS = {
    "string": "tekst",
    "integer": "geheel getal",
    "number": "getal",
    "boolean": "true of false",
    "null": "null",
    "object": "object",
    "array": "lijst",
}


def kind_of(schema: Schema) -> str:
    """Say in Dutch what a value may be."""
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " of ".join(dict.fromkeys(kind_of(part) for part in schema["anyOf"]))
    if schema.get("format") in ("date", "date-time"):
        return "datum" if schema["format"] == "date" else "datum en tijd"
    if schema.get("type") == "array":
        return f"een of meer van: {kind_of(schema.get('items', {}))}"
    kinds = schema.get("type", "object")
    names = kinds if isinstance(kinds, list) else [kinds]
    return " of ".join(_WORDS[name] for name in names)
