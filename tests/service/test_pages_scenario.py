"""A scenario from the page: kept, opened, cited, and carried over by a person only."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from service.pages.numbers import number
from tests.service.conftest import FIRST, PAIR, Asker
from tests.service.forms import post
from tests.service.sign_in_issuer import Browser, SignInIssuer
from tests.service.test_pages import text_of

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("nothing_kept")]


@pytest.fixture
def controller(asker: Callable[..., Asker]) -> Asker:
    return asker(FIRST)


MEASURE = f"/scenario?municipality={FIRST}&kind=price&percent=10&reason=hogere+tarieven"
TO_KEEP = {"name": "Hogere tarieven", "keep_reason": "Voor de kadernota"}
OPENED = f"/scenario/kept?municipality={FIRST}&scenario=hogere-tarieven"


def test_a_measure_is_kept_opened_and_listed_as_the_api_has_it(controller: Asker) -> None:
    answer = post(controller, f"{MEASURE}&start=2025-01&subject=product:HH", TO_KEEP)
    assert answer.headers["Location"] == OPENED, text_of(answer.get_data(as_text=True))
    said = text_of(controller.get(OPENED).get_data(as_text=True))
    kept = controller.get("/v1/scenarios/hogere-tarieven").get_json()
    assert (kept["name"], kept["reason"]) == ("Hogere tarieven", "Voor de kadernota")
    (lever,) = kept["levers"]
    assert (lever["percent"], lever["products"], lever["start"]) == (10, ["HH"], "2025-01")
    for told in ("Voor de kadernota", kept["author"], kept["edition"], "prijs 10 % 2025-01"):
        assert told in said
    assert "Hogere tarieven" in text_of(controller.get(MEASURE).get_data(as_text=True))


def test_a_kept_scenario_shows_the_effect_that_the_api_computes(controller: Asker) -> None:
    post(controller, f"{MEASURE}&start=2025-01", TO_KEEP)
    query = "frequency=year&from=2025&to=2025&groupBy=municipality,period"
    rows = controller.get(f"/v1/scenarios/hogere-tarieven/effect?{query}").get_json()["rows"]
    parts = {row["part"]: row for row in rows}
    html = controller.get(OPENED).get_data(as_text=True)
    (cells,) = re.findall(r'<tr><th scope="row">2025</th>(.*?)</tr>', html)
    figures = [parts["base"]["mean"]]
    figures += [parts["difference"][name] for name in ("p10", "mean", "p90")]
    figures += [parts["adjusted"][name] for name in ("p10", "mean", "p90")]
    assert re.findall(r">([^<>]+)<", cells) == [number(value / 1000) for value in figures]


@pytest.mark.parametrize(
    ("path", "form", "told"),
    [
        (MEASURE, {"name": "", "keep_reason": "Reden"}, "Geef een naam"),
        (MEASURE, {"name": "Naam", "keep_reason": " "}, "Geef een reden"),
        (f"/scenario?municipality={FIRST}", TO_KEEP, "nog geen maatregel om te bewaren"),
        (f"{MEASURE}&ramp=x", TO_KEEP, "ramp"),
    ],
)
def test_a_scenario_needs_a_name_a_reason_and_a_measure(
    controller: Asker, path: str, form: dict[str, str], told: str
) -> None:
    answer = post(controller, path, dict(form))
    assert answer.status_code == 400
    assert told in text_of(answer.get_data(as_text=True))
    assert controller.get("/v1/scenarios").get_json()["rows"] == []


def test_a_cited_scenario_no_longer_changes(controller: Asker) -> None:
    post(controller, MEASURE, dict(TO_KEEP))
    assert post(controller, OPENED, {"do": "cite", "reference": ""}).status_code == 400
    assert post(controller, OPENED, {"do": "cite", "reference": "RV 2025-12"}).status_code == 303
    said = text_of(controller.get(OPENED).get_data(as_text=True))
    assert "RV 2025-12" in said
    assert "verandert niet meer" in said
    assert "Leg vast" not in said
    other = MEASURE.replace("percent=10", "percent=20")
    answer = post(controller, other, {**TO_KEEP, "replace": "yes"})
    assert answer.status_code == 400
    assert "aangehaald in 'RV 2025-12'" in text_of(answer.get_data(as_text=True))
    assert controller.get("/v1/scenarios/hogere-tarieven").get_json()["levers"][0]["percent"] == 10


def test_a_scenario_goes_to_the_edition_in_force_only_by_a_person(controller: Asker) -> None:
    rows = controller.get("/v1/editions").get_json()["rows"]
    older = next(row["edition"] for row in rows if "2022-12-31" in row["edition"])
    assert post(controller, f"{MEASURE}&edition={older}", dict(TO_KEEP)).status_code == 303
    said = text_of(controller.get(OPENED).get_data(as_text=True))
    assert f"een andere editie dan die van deze pagina: {older}" in said
    assert post(controller, OPENED, {"do": "carry"}).status_code == 303
    kept = controller.get("/v1/scenarios/hogere-tarieven").get_json()
    assert "2023-12-31" in kept["edition"]
    assert kept["revision"] == 2


def test_the_scenario_of_another_municipality_is_not_there(asker: Callable[..., Asker]) -> None:
    post(asker(FIRST), MEASURE, dict(TO_KEEP))
    other = asker(PAIR[0])
    assert other.get("/scenario/kept?scenario=hogere-tarieven").status_code == 404
    assert post(other, "/scenario/kept?scenario=hogere-tarieven", {"do": "cite"}).status_code == 404


def test_who_is_signed_in_keeps_only_with_the_token_of_the_form(
    signing: Callable[..., Flask], login: SignInIssuer, tmp_path: Path
) -> None:
    browser = Browser.of(signing(), login)
    browser.sign_in()
    path = MEASURE.replace(FIRST, PAIR[0])
    html = browser.open(path).get_data(as_text=True)
    token = browser.form_token()
    assert html.count(f'name="form_token" value="{token}"') == 2  # signing out, and keeping
    for site, form in (
        ("same-origin", TO_KEEP),
        ("same-origin", {**TO_KEEP, "form_token": "x"}),
        ("cross-site", {**TO_KEEP, "form_token": token}),
    ):
        assert browser.open(path, site, "POST", data=form).status_code in (401, 403)
    kept = browser.open(path, "same-origin", "POST", data={**TO_KEEP, "form_token": token})
    assert kept.status_code == 303
    said = text_of(browser.open(kept.headers["Location"]).get_data(as_text=True))
    assert "Voor de kadernota" in said
    trail = "".join(place.read_text() for place in (tmp_path / "trail").glob("*.jsonl"))
    assert '"revision":1' in trail.replace(" ", "")
