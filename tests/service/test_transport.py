"""What every answer carries: version, ids, security headers, tags, and one log line."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import logs
from service.app import create_app
from service.settings import read_settings
from service.transport import API_VERSION, SECURITY_HEADERS
from tests.service.conftest import DRAFT, FIRST, NOW, basic

pytestmark = pytest.mark.contract
PLACE = f"/v1/forecasts?municipality={FIRST}"
EVERYWHERE = (
    *(PLACE, "/v1", "/v1/products", "/v1/openapi.json", "/v1/health/live", "/nergens"),
    *("/v1/forecasts?foo=1", "/v1/editions/nee", f"/v1/forecasts?product={'A' * 9000}"),
)


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_every_answer_carries_version_id_and_security_headers(
    demo: FlaskClient, path: str, method: str
) -> None:
    response = demo.open(path, method=method)
    assert response.headers["API-Version"] == API_VERSION
    assert response.headers["X-Request-Id"]
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    assert response.headers["Cache-Control"]
    assert {"Accept", "Accept-Language", "Authorization"} <= set(response.vary)


def test_head_is_get_without_a_body(demo: FlaskClient) -> None:
    head, get = demo.head(PLACE), demo.get(PLACE)
    assert head.get_data() == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["ETag"] == get.headers["ETag"]


def test_a_given_id_is_taken_over_and_a_strange_one_is_not(demo: FlaskClient) -> None:
    sent = {"X-Request-Id": "dashboard-2026.11_1"}
    assert demo.get("/v1", headers=sent).headers["X-Request-Id"] == "dashboard-2026.11_1"
    for strange in ("x", "a" * 65, "a b c d e f", "<script>alert</script>"):
        response = demo.get("/v1", headers={"X-Request-Id": strange})
        assert response.headers["X-Request-Id"] != strange


def test_a_trace_is_taken_over(demo: FlaskClient) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    sent = {"Traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    assert demo.get("/v1", headers=sent).headers["X-Request-Id"] == trace
    nothing = {"Traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"}
    assert demo.get("/v1", headers=nothing).headers["X-Request-Id"] != "0" * 32


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_an_answer_the_asker_has_is_not_sent_again(demo: FlaskClient, form: str) -> None:
    first = demo.get(PLACE)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = demo.get(PLACE, headers={"If-None-Match": form.format(first.headers["ETag"])})
    assert again.status_code == 304
    assert again.get_data() == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "Content-Type" not in again.headers


def test_the_tag_depends_on_question_and_form_and_not_on_spelling(demo: FlaskClient) -> None:
    base = demo.get(PLACE).headers["ETag"]
    assert demo.get(f"{PLACE}&format=csv").headers["ETag"] != base
    assert demo.get(f"{PLACE}&frequency=year").headers["ETag"] != base
    assert demo.get(f"{PLACE}&format=json").headers["ETag"] == base
    one = demo.get(f"{PLACE}&product=HH,BG&frequency=year").headers["ETag"]
    other = demo.get(f"{PLACE}&frequency=year&product=BG&product=HH").headers["ETag"]
    assert one == other


def test_an_old_tag_gets_the_answer(demo: FlaskClient) -> None:
    assert demo.get(PLACE, headers={"If-None-Match": '"old"'}).status_code == 200


def test_drafts_and_errors_are_not_kept(demo: FlaskClient) -> None:
    for path in (f"/v1/forecasts?municipality={DRAFT}", "/v1/forecasts?foo=1", "/v1"):
        response = demo.get(path)
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers


def test_the_document_may_be_read_by_any_page(demo: FlaskClient) -> None:
    response = demo.get("/v1/openapi.json", headers={"Origin": "https://elders.example.nl"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_data_may_be_read_by_listed_pages_only(editions: Path) -> None:
    origin = "https://dashboard.example.nl"
    settings = read_settings(editions=editions, demo=True, cors_origins=(origin,))
    client = create_app(settings, clock=lambda: NOW).test_client()
    allowed = client.get("/v1/products", headers={"Origin": origin})
    assert allowed.headers["Access-Control-Allow-Origin"] == origin
    assert "ETag" in allowed.headers["Access-Control-Expose-Headers"]
    assert "Origin" in allowed.vary
    other = client.get("/v1/products", headers={"Origin": "https://elders.example.nl"})
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Origin" in other.vary


def test_a_listed_page_may_ask_beforehand_without_a_key(editions: Path, tmp_path: Path) -> None:
    origin = "https://dashboard.example.nl"
    settings = read_settings(
        editions=editions, cors_origins=(origin,), database_url=f"sqlite:///{tmp_path}/k.sqlite"
    )
    client = create_app(settings, clock=lambda: NOW).test_client()
    response = client.options("/v1/forecasts", headers={"Origin": origin})
    assert response.status_code == 200
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_addresses_are_absolute_where_the_public_one_is_known(
    editions: Path, tmp_path: Path
) -> None:
    settings = read_settings(
        editions=editions,
        public_url="https://raming.example.nl/",
        database_url=f"sqlite:///{tmp_path}/k.sqlite",
    )
    client = create_app(settings, clock=lambda: NOW).test_client()
    base = "https://raming.example.nl/v1"
    assert client.get("/v1").get_json()["links"]["forecasts"] == f"{base}/forecasts"
    assert client.get("/v1/openapi.json").get_json()["servers"] == [{"url": base}]
    assert f"{base}/openapi.json" in client.get("/x").get_json()["detail"]


# --- the log ------------------------------------------------------------------------------------


def test_each_request_leaves_one_line_without_its_query_or_key(
    closed_app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.configure("INFO")
        client = closed_app.test_client()
        client.get("/v1/forecasts?apikey=geheim1", headers={"X-Request-Id": "request-1"})
        client.get("/v1/products", headers=basic("geheim2", "zr_geheim3_geheim4"))
        written = capsys.readouterr().err
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert "geheim" not in written
    first, second = (json.loads(line) for line in written.splitlines())
    assert first["event"] == "answered"
    assert first["request_id"] == "request-1"
    assert (first["route"], first["method"], first["status"]) == ("/v1/forecasts", "GET", 401)
    assert first["milliseconds"] >= 0
    assert first["timestamp"].endswith("Z")
    assert second["status"] == 401


def test_a_failure_is_logged_with_its_cause(
    demo_app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explode() -> None:
        raise RuntimeError("de oorzaak")

    monkeypatch.setattr(demo_app.extensions["zorgraming"].store, "served", explode)
    with caplog.at_level(logging.INFO):
        demo_app.test_client().get("/v1/products", headers={"X-Request-Id": "request-2"})
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert "de oorzaak" in str(record.msg)
    assert "request-2" in str(record.msg)
