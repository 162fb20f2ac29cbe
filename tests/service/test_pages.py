"""The pages: the same figures as the API, for who may see them, and faults told where they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from service.access.roles import Role
from service.pages.frame import MENU
from service.pages.numbers import number, percent
from service.pages.telling import said
from service.texts import Language
from tests.service.conftest import FIRST, PAIR, Asker

pytestmark = pytest.mark.contract
PAGES = tuple(MENU.values())


def text_of(html: str) -> str:
    """Return what a page says, without its marks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_page_says_what_it_shows_and_that_it_is_an_estimate(
    demo: FlaskClient, path: str, lang: str
) -> None:
    html = page(demo, f"{path}?municipality={FIRST}&lang={lang}")
    assert f'<html lang="{lang}"' in html
    said = text_of(html)
    assert ("Dit is een raming" if lang == "nl" else "This is an estimate") in said
    assert "test-vb0001-2023-12-31" in said
    assert ("verzonnen" if lang == "nl" else "made-up") in said
    assert len(re.findall(r"<h1", html)) == 1
    assert not re.search(r"\bNone\b|\bnan\b|Undefined", said)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_a_script_or_asks_anything_from_elsewhere(
    demo: FlaskClient, path: str
) -> None:
    answer = demo.get(f"{path}?municipality={FIRST}")
    html = answer.get_data(as_text=True)
    assert not re.search(r"<script|javascript:|\son\w+=|style=", html)
    assert not re.search(r'(src|href)="(https?:)?//', html)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_overview_shows_the_figures_of_the_api(demo: FlaskClient) -> None:
    query = f"municipality={FIRST}&measure=cost&frequency=year&groupBy=municipality,period"
    rows = demo.get(f"/v1/forecasts?{query}").get_json()["rows"]
    said = text_of(page(demo, f"/?municipality={FIRST}"))
    ahead = [row for row in rows if row["kind"] == "forecast"]
    assert ahead
    for row in ahead:
        figures = [number(row[name] / 1000) for name in ("p10", "mean", "p90")]
        assert f"{row['period'][:4]} raming {' '.join(figures)}" in said


def test_causes_on_the_page_are_those_of_the_api(demo: FlaskClient) -> None:
    query = f"municipality={FIRST}&measure=cost&groupBy=municipality,year&from=2025&to=2025"
    rows = demo.get(f"/v1/drivers?{query}").get_json()["rows"]
    said = text_of(page(demo, f"/?municipality={FIRST}&year=2025"))
    for row in rows:
        assert number(row["mean"] / 1000) in said
        assert row["cause_label"] in said


def test_downloads_are_the_same_selection(demo: FlaskClient) -> None:
    html = page(demo, f"/explore?municipality={FIRST}&subject=law:Wmo+2015&frequency=year")
    links = [unescape(link) for link in re.findall(r'href="(/v1/forecasts[^"]+)"', html)]
    assert len(links) == 4
    for link in links:
        assert demo.get(link).status_code == 200
    (json_link,) = [link for link in links if link.endswith("json")]
    products = {row["product"] for row in demo.get("/v1/products").get_json()["rows"]}
    asked = demo.get(json_link).get_json()["rows"]
    assert {row["product"] for row in asked} <= products | {"all"}
    said = text_of(html)
    assert all(number(row["mean"] / 1000) in said for row in asked)


def test_a_reader_sees_protected_figures_and_no_closed_pages(asker: Callable[..., Asker]) -> None:
    reader = asker(FIRST, role=Role.READER)
    html = reader.get(f"/explore?measure=clients&municipality={FIRST}").get_data(as_text=True)
    assert "te klein om te tonen" in html
    assert "Kleine aantallen" in html
    api = reader.get("/v1/forecasts?measure=clients&groupBy=municipality,district,period&to=2024")
    shown = {row["mean"] for row in api.get_json()["rows"] if row["mean"] is not None}
    assert all(value % 5 == 0 for value in shown)
    for path in ("/budget", "/scenario", "/reliability"):
        answer = reader.get(path)
        assert answer.status_code == 403
        assert "<h1>" in answer.get_data(as_text=True)
    assert "Waarom het verandert" in reader.get("/").get_data(as_text=True)
    assert "geen uitsplitsing" in reader.get("/").get_data(as_text=True)


def test_another_municipality_is_not_there(asker: Callable[..., Asker]) -> None:
    one = asker(PAIR[0])
    for path in PAGES:
        said = one.get(path).get_data(as_text=True)
        assert PAIR[1] not in said
        real = one.get(f"{path}?municipality={PAIR[1]}").get_data(as_text=True)
        unreal = one.get(f"{path}?municipality=XX9999").get_data(as_text=True)
        assert real.replace(PAIR[1], "XX9999") == unreal


def test_without_a_key_a_page_asks_for_one_and_says_nothing(asker: Callable[..., Asker]) -> None:
    client = asker(FIRST).client
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        assert FIRST not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/?subject=product:nee", "nee"),
        ("/explore?district=nee", "nee"),
        ("/explore?frequency=month", "fijner"),
        ("/explore?from=2026&to=2024", "from ligt na to"),
        ("/budget?amount1=veel", "veel is geen bedrag"),
        ("/budget?amount1=-5", "-5 is geen bedrag"),
        ("/scenario?percent=x&reason=proef", "x is geen percentage"),
        ("/scenario?percent=-5", "Geef een reden"),
        ("/scenario?percent=-150&reason=proef", "-150"),
        ("/?year=voorbij", "voorbij"),
        ("/?onzin=1", "onzin"),
    ],
)
def test_what_is_wrong_is_told_on_the_page(demo: FlaskClient, path: str, told: str) -> None:
    answer = demo.get(f"{path}&municipality={FIRST}")
    assert answer.status_code == 400
    said = text_of(answer.get_data(as_text=True))
    assert "Deze keuze kan niet" in said
    assert told in said


def test_a_budget_is_held_against_the_paths(demo: FlaskClient) -> None:
    query = f"municipality={FIRST}&measure=cost&frequency=year&groupBy=municipality,period"
    rows = demo.get(f"/v1/forecasts?{query}&from=2024&to=2024").get_json()["rows"]
    expected = rows[0]["mean"]
    low, high = (f"amount1={int(expected * part / 1000)}" for part in (0.5, 2.0))
    assert "100 %" in text_of(page(demo, f"/budget?municipality={FIRST}&{low}"))
    said = text_of(page(demo, f"/budget?municipality={FIRST}&{high}"))
    assert " 0 % " in said


def test_an_amount_in_the_wrong_unit_is_asked_about(demo: FlaskClient) -> None:
    said = text_of(page(demo, f"/budget?municipality={FIRST}&amount1=9.000.000"))
    assert "Klopt de eenheid" in said


def test_a_measure_changes_what_is_ahead_and_has_its_own_band(demo: FlaskClient) -> None:
    path = f"/scenario?municipality={FIRST}&kind=price&percent=10&reason=hogere+tarieven"
    html = page(demo, f"{path}&start=2025-01")
    said = text_of(html)
    assert "hogere tarieven" in said
    rows = re.findall(r"<tr><th scope=\"row\">(\d{4})</th>(.*?)</tr>", html, re.DOTALL)
    cells = {year: re.findall(r">([^<>]+)<", line) for year, line in rows}
    assert set(cells["2024"][1:4]) == {"0"}
    assert cells["2025"][2].startswith(tuple("123456789"))


def test_what_is_typed_comes_back_as_text_and_never_as_markup(demo: FlaskClient) -> None:
    path = f"/scenario?municipality={FIRST}&percent=-5&reason=%3Cscript%3Ealert(1)%3C/script%3E"
    html = page(demo, path)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_numbers_read_as_people_write_them() -> None:
    assert number(1234567.4) == "1.234.567"
    assert number(-1234.5, 1) == "\u22121.234,5"
    assert number(-0.2) == "0"
    assert number(None) == number(float("nan")) == "\u2013"
    assert number(1234.5, 1, "en") == "1,234.5"
    assert percent(0.055) == "5,5 %"


def test_a_sentence_that_no_template_knows_is_shown_as_the_english_that_it_is(
    demo: FlaskClient,
) -> None:
    html = page(demo, f"/about?municipality={FIRST}")
    assert '<li lang="en">verzonnen cijfers voor tests</li>' in html


@pytest.mark.parametrize(("language", "start"), [("nl", "De wet"), ("en", "unchanged law")])
def test_what_an_edition_assumes_is_said_in_the_language_of_the_page(
    language: Language, start: str
) -> None:
    told = said("unchanged law and unchanged municipal execution (policy-poor baseline)", language)
    assert told.language == language
    assert told.text.startswith(start)
