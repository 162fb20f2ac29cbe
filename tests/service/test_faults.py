"""Errors: one form, every fault at once, Dutch unless English is asked, nothing from inside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import read_settings
from service.wording import FAULTS, PROBLEMS
from tests.service.conftest import FIRST, NOW

pytestmark = pytest.mark.contract
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def faults_of(client: FlaskClient, query: str) -> dict[str, dict[str, Any]]:
    """Return the faults of a refused question by parameter."""
    response = client.get(f"/v1/forecasts?{query}")
    assert response.status_code == 400
    assert response.content_type == "application/problem+json"
    return {fault["parameter"]: fault for fault in response.get_json()["errors"]}


@pytest.mark.parametrize(
    ("query", "parameter", "code", "allowed"),
    [
        ("foo=1", "foo", "unknown-parameter", "groupBy"),
        ("measure=kosten", "measure", "unknown-value", "cost"),
        ("frequency=week", "frequency", "unknown-value", "quarter"),
        ("groupBy=wijk", "groupBy", "unknown-value", "district"),
        ("kind=both", "kind", "unknown-value", "all"),
        ("format=pdf", "format", "unknown-value", "csv-nl"),
        ("product=ZZ", "product", "unknown-value", "HH"),
        ("district=ZZ", "district", "unknown-value", f"{FIRST}D01"),
        ("municipality=ZZ", "municipality", "unknown-value", FIRST),
        ("edition=zz", "edition", "unknown-value", None),
        ("from=2024-13", "from", "no-date", None),
        ("to=morgen", "to", "no-date", None),
        ("from=20240101", "from", "no-date", None),
        ("level=0", "level", "no-number", None),
        ("level=100", "level", "no-number", None),
        ("level=95,x", "level", "no-number", None),
        ("page=0&pageSize=10", "page", "no-number", None),
        ("pageSize=1000000", "pageSize", "no-number", None),
        ("from=2025&to=2024", "from", "wrong-order", None),
        ("frequency=year&groupBy=product", "frequency", "needs-period", None),
        ("product=", "product", "empty", None),
        ("product=HH,,BG", "product", "empty", None),
        ("frequency=", "frequency", "empty", None),
        ("frequency=year&frequency=month", "frequency", "given-twice", None),
        ("product=DB&frequency=month", "frequency", "finer-than-base", "quarter"),
        ("measure=volume&groupBy=municipality,period", "measure", "unlike-units", None),
        (f"product={'A' * 300}", "product", "too-long", None),
    ],
)
def test_each_fault_names_parameter_value_and_what_is_allowed(
    demo: FlaskClient, query: str, parameter: str, code: str, allowed: str | None
) -> None:
    fault = faults_of(demo, query)[parameter]
    assert fault["code"] == code
    assert fault["in"] == "query"
    assert fault["location"] == {"name": parameter}
    assert parameter in fault["detail"]
    if allowed is not None:
        assert allowed in fault["allowed"]
    if code not in {"unknown-parameter", "empty", "too-long", "wrong-order", "given-twice"}:
        assert fault["value"] is not None


def test_all_faults_come_at_once(demo: FlaskClient) -> None:
    faults = faults_of(
        demo, "foo=1&measure=kosten&product=ZZ&level=x&from=2026&to=2025&edition=nee"
    )
    assert set(faults) == {"foo", "measure", "product", "level", "from", "edition"}


def test_each_wrong_value_of_a_list_is_a_fault(demo: FlaskClient) -> None:
    response = demo.get("/v1/forecasts?product=HH,YY,ZZ").get_json()
    assert [fault["value"] for fault in response["errors"]] == ["YY", "ZZ"]


def test_errors_are_dutch_or_english(demo: FlaskClient) -> None:
    path = "/v1/forecasts?measure=kosten"
    dutch = demo.get(path)
    english = demo.get(path, headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert dutch.get_json()["title"] == "De vraag klopt niet"
    assert dutch.headers["Content-Language"] == "nl"
    assert english.get_json()["title"] == "The question is not right"
    assert english.headers["Content-Language"] == "en"
    french = demo.get(path, headers={"Accept-Language": "fr"})
    assert french.headers["Content-Language"] == "nl"


def test_every_resource_refuses_unknown_parameters(demo: FlaskClient) -> None:
    edition = demo.get("/v1/editions").get_json()["rows"][0]["edition"]
    for path in (
        *(
            "/v1",
            "/v1/forecasts",
            "/v1/drivers",
            "/v1/running-year",
            "/v1/products",
            "/v1/districts",
            "/v1/editions",
        ),
        *(f"/v1/editions/{edition}", "/v1/health/live", "/v1/health/ready", "/v1/openapi.json"),
    ):
        response = demo.get(f"{path}?apikey=geheim")
        assert response.status_code == 400, path
        assert "geheim" not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2/forecasts", 404),
        ("/v1/products/", 404),
        ("/v1/forecasts/", 404),
        ("//v1/products", 404),
        ("/v1/editions/", 404),
        ("/v1/editions/nee", 404),
        ("/v1/editions/../../etc/passwd", 404),
        ("/static/x", 404),
    ],
)
def test_what_is_not_there_is_a_problem_document_and_never_a_redirect(
    demo: FlaskClient, path: str, status: int
) -> None:
    response = demo.get(path)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.get_json()["status"] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_other_methods_are_refused_with_what_is_allowed(demo: FlaskClient, method: str) -> None:
    response = demo.open("/v1/forecasts", method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert response.content_type == "application/problem+json"
    assert "GET" in response.get_json()["detail"]


@pytest.mark.parametrize("path", ["/v1/forecasts", "/v1/products", "/v1", "/v1/health/live"])
def test_an_unknown_accept_is_refused_with_what_is_offered(demo: FlaskClient, path: str) -> None:
    response = demo.get(path, headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert "application/json" in response.get_json()["detail"]


def test_too_long_a_question_is_refused(demo: FlaskClient) -> None:
    response = demo.get(f"/v1/forecasts?product={'A' * 9000}")
    assert response.status_code == 414
    assert "8000" in response.get_json()["detail"]


def test_a_failure_gives_a_number_and_nothing_else(
    demo_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode() -> None:
        raise RuntimeError("geheim: /pad/naar/bestand")

    monkeypatch.setattr(demo_app.extensions["zorgraming"].store, "served", explode)
    response = demo_app.test_client().get("/v1/products")
    body = response.get_json()
    assert response.status_code == 500
    assert set(body) == {"type", "title", "status", "detail", "request_id"}
    assert body["request_id"] == response.headers["X-Request-Id"]
    assert body["request_id"] in body["detail"]
    assert "geheim" not in response.get_data(as_text=True)


def test_without_editions_questions_get_an_empty_answer_and_readiness_says_no(
    tmp_path: Path,
) -> None:
    app = create_app(read_settings(editions=tmp_path, demo=True), clock=lambda: NOW)
    client = app.test_client()
    answered = client.get("/v1/forecasts")
    assert (answered.status_code, answered.get_json()["rows"]) == (200, [])
    response = client.get("/v1/health/ready")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert client.get("/v1/health/live").status_code == 200


def test_every_problem_and_every_fault_is_documented() -> None:
    text = DOCUMENT.read_text()
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", text, re.M))
    assert set(PROBLEMS) | set(FAULTS) <= listed


@pytest.mark.parametrize("texts", [PROBLEMS, FAULTS], ids=["problems", "faults"])
def test_both_languages_use_the_same_fields(texts: dict[str, Any]) -> None:
    for name, entry in texts.items():
        for text in (entry.title, entry.detail) if texts is PROBLEMS else (entry,):
            dutch, english = (set(re.findall(r"\{(\w+)\}", t)) for t in (text.nl, text.en))
            assert dutch == english, name
