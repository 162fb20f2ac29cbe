"""The NL API Design Rules (2.1, and 2.2-rc where it says more), on the document and on answers.

The recorded deviation: names are English (``docs/api.md``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.access.rules import OPEN, RULE
from service.api.document import described_views
from service.app import create_app
from service.settings import read_settings
from service.transport import API_VERSION
from tests.service.conftest import NOW

pytestmark = pytest.mark.contract
ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def document(closed_app: Flask) -> Json:
    """Return the published document."""
    found: Json = closed_app.test_client().get("/v1/openapi.json").get_json()
    return found


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield path, method and operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(node: object) -> Iterator[str]:
    """Yield every reference in a document."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolved(document: Json, reference: str) -> Json:
    """Return what a reference points to."""
    node = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def test_doc_openapi_every_reference_resolves(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    found = list(references(document))
    assert found
    assert all(resolved(document, reference) for reference in found)


def test_publish_openapi_without_sign_in_and_for_any_origin(closed_app: Flask) -> None:
    response = closed_app.test_client().get("/v1/openapi.json")
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_uri_version_is_in_the_server_and_not_in_the_paths(document: Json) -> None:
    assert [server["url"] for server in document["servers"]] == ["/v1"]
    assert not any(re.search(r"/v\d", path) for path in document["paths"])


def test_semver_and_version_header_agree(document: Json, closed_app: Flask) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", document["info"]["version"])
    response = closed_app.test_client().get("/v1/forecasts")
    assert response.headers["API-Version"] == document["info"]["version"] == API_VERSION


def test_version_header_is_declared_for_every_answer(document: Json) -> None:
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            whole = resolved(document, response["$ref"]) if "$ref" in response else response
            assert "API-Version" in whole["headers"], (path, method, status)


def test_changelog_tells_of_the_current_version() -> None:
    assert f"## {API_VERSION}" in (ROOT / "docs" / "api-changelog.md").read_text()


def test_deprecation_schedule_and_transition_period_are_in_writing() -> None:
    text = " ".join((ROOT / "docs" / "api-changelog.md").read_text().split())
    assert "At most two major versions" in text
    assert "twelve months" in text


def test_no_trailing_slash_and_kebab_case_path_segments(document: Json) -> None:
    segment = r"([a-z0-9]+(-[a-z0-9]+)*|{[^}]+})"
    for path in document["paths"]:
        if path == "/openapi.json":  # the standard's own place for the document
            continue
        assert re.fullmatch(f"/|(/{segment})+(/_[a-z]+)?", path), path
        assert path == "/" or not path.endswith("/")


def test_query_keys_camel_case(document: Json) -> None:
    for _, _, operation in operations(document):
        for parameter in operation["parameters"]:
            if parameter["in"] == "query":
                assert re.match(r"^[a-z0-9]+[a-zA-Z0-9]*$", parameter["name"])


def test_naming_collections_in_plural(document: Json) -> None:
    single = {"", "accuracy", "health", "openapi.json", "running-year"}  # there is one of each
    nouns = {path.split("/")[1] for path in document["paths"]} - single
    assert nouns
    assert all(noun.endswith("s") for noun in nouns)


def test_http_methods_are_standard(document: Json) -> None:
    assert {method for _, method, _ in operations(document)} == {"get", "put", "delete"}


def test_problem_details_on_every_error(document: Json) -> None:
    for path, _, operation in operations(document):
        errors = [status for status in operation["responses"] if status[0] in "45"]
        assert "400" in errors, path
        assert "422" not in errors
        for status in errors:
            whole = resolved(document, operation["responses"][status]["$ref"])
            (media_type,) = whole["content"]
            assert media_type == "application/problem+json"
    schema = document["components"]["schemas"]["ProblemDocument"]
    assert {"status", "title", "detail"} <= set(schema["required"])


def test_doc_openapi_contact_is_there_when_configured(editions: Path) -> None:
    settings = read_settings(
        editions=editions,
        demo=True,
        contact_name="Team Raming",
        contact_email="raming@example.nl",
        contact_url="https://example.nl/raming",
    )
    client = create_app(settings, clock=lambda: NOW).test_client()
    assert client.get("/v1/openapi.json").get_json()["info"]["contact"] == {
        "name": "Team Raming",
        "email": "raming@example.nl",
        "url": "https://example.nl/raming",
    }


def test_hide_implementation_in_document_and_errors(document: Json, demo: FlaskClient) -> None:
    names = ("flask", "werkzeug", "gunicorn", "prophet", "mlflow", "sqlalchemy", "pydantic")
    texts = [str(document), demo.get("/v1/forecasts?x=1").get_data(as_text=True)]
    for text in texts:
        assert not any(name in text.lower() for name in names)


def test_every_route_is_in_the_document(document: Json, closed_app: Flask) -> None:
    files = {"/v1/docs", "/v1/power-query", "/v1/workbook"}  # for people and their programs
    paths = {path for path, _ in described_views(closed_app) if path.startswith("/v1")} - files
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path) for path in paths}
    assert {route.removeprefix("/v1") or "/" for route in routes} == set(document["paths"])


def test_sign_in_in_the_document_is_the_rule_of_the_route(
    document: Json, closed_app: Flask
) -> None:
    rules = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path).removeprefix("/v1") or "/": getattr(view, RULE)
        for path, view in described_views(closed_app)
        if path.startswith("/v1")  # the rest are pages
    }
    for path, _, operation in operations(document):
        asks = operation["security"] != []
        assert asks is (rules[path] != OPEN), path
        assert asks is ("401" in operation["responses"] and path != "/health/ready")


def test_everything_is_explained_in_words(document: Json) -> None:
    for path, _, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path
        assert all(parameter["description"] for parameter in operation["parameters"]), path
    for name, schema in document["components"]["schemas"].items():
        for key, part in schema["properties"].items():
            plain = "$ref" in part or part.get("items", {}).get("$ref") or key == "status"
            assert plain or part.get("description"), (name, key)


def test_the_same_document_after_every_start(closed_app: Flask, editions: Path) -> None:
    first = closed_app.test_client().get("/v1/openapi.json").get_json()
    settings = closed_app.extensions["zorgraming"].settings
    again = create_app(settings, clock=lambda: NOW).test_client()
    assert again.get("/v1/openapi.json").get_json() == first
