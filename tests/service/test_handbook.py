"""The page about the API for people: complete, and working without a network."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from flask import Flask

pytestmark = pytest.mark.contract


class Seen(HTMLParser):
    """Collects what a page refers to and says."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.places: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href"):
                self.places.append(str(value))
            if name == "id":
                self.ids.append(str(value))


@pytest.fixture(scope="module")
def page(closed_app: Flask) -> str:
    """Return the page as anybody gets it."""
    answer = closed_app.test_client().get("/v1/docs")
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    return answer.get_data(as_text=True)


def test_every_operation_parameter_and_column_is_on_the_page(closed_app: Flask, page: str) -> None:
    document = closed_app.test_client().get("/v1/openapi.json").get_json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"<code>{method.upper()} /v1{path}</code>" in page
            for parameter in operation["parameters"]:
                assert f"<code>{parameter['name']}</code>" in page
    for name, schema in document["components"]["schemas"].items():
        for column in schema["properties"] if name.endswith("Row") else ():
            assert f"<code>{column}</code>" in page, (name, column)


def test_the_page_asks_nothing_of_any_network(page: str) -> None:
    seen = Seen()
    seen.feed(page)
    assert not {"script", "img", "link", "iframe"} & set(seen.tags)
    outward = [place for place in seen.places if not place.startswith("#")]
    assert outward == ["/v1/openapi.json"]
    assert {place[1:] for place in seen.places if place.startswith("#")} <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))


def test_the_policy_lets_the_page_s_own_style_through_and_nothing_else(
    closed_app: Flask, page: str
) -> None:
    policy = closed_app.test_client().get("/v1/docs").headers["Content-Security-Policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_a_machine_that_wants_json_is_told_where_it_is(closed_app: Flask) -> None:
    answer = closed_app.test_client().get("/v1/docs", headers={"Accept": "application/json"})
    assert answer.status_code == 406
