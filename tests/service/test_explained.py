"""Explanations over the API: the figures of other routes in words, as far as may be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from models.dutch import amount
from service.access.roles import Role
from service.api.explained_answer import ExplanationAnswer
from tests.service.conftest import DRAFT, FIRST, PAIR, Asker

pytestmark = pytest.mark.contract
Json = dict[str, Any]
PATH = f"/v1/explanations?municipality={FIRST}"


def answer(client: FlaskClient | Asker, path: str) -> Json:
    found = client.get(path)
    assert found.status_code == 200, found.get_data(as_text=True)
    body: Json = found.get_json()
    ExplanationAnswer.model_validate(body)
    return body


def told(body: Json) -> dict[str, str]:
    """Return the paragraphs of the only explanation by key."""
    (row,) = body["rows"]
    return {part["key"]: part["text"] for part in row["paragraphs"]}


def test_the_figure_in_words_is_that_of_the_forecasts(demo: FlaskClient) -> None:
    text = told(answer(demo, f"{PATH}&measure=cost&product=HH&year=2025"))["what"]
    query = "measure=cost&product=HH&groupBy=period&frequency=year&from=2025&to=2025"
    (row,) = demo.get(f"/v1/forecasts?municipality={FIRST}&{query}").get_json()["rows"]
    assert f"zijn in 2025 naar verwachting {amount(row['mean'], 'cost', 'EUR')}." in text


def test_causes_in_words_are_those_of_the_drivers(demo: FlaskClient) -> None:
    text = told(answer(demo, f"{PATH}&measure=cost&product=HH&year=2025"))["why"]
    query = "measure=cost&product=HH&groupBy=year&from=2025&to=2025"
    rows = demo.get(f"/v1/drivers?municipality={FIRST}&{query}").get_json()["rows"]
    causes = [row for row in rows if row["cause"] not in ("base", "total")]
    largest = max(causes, key=lambda row: abs(row["mean"]))
    assert f"({amount(abs(largest['mean']), 'cost', 'EUR')})" in text


def test_every_municipality_has_an_explanation_of_its_own(demo: FlaskClient) -> None:
    rows = answer(demo, "/v1/explanations?measure=clients")["rows"]
    assert [row["municipality"] for row in rows] == sorted((FIRST, *PAIR, DRAFT))
    assert {row["years"][0] for row in rows} == {2024}
    one = answer(demo, f"/v1/explanations?municipality={PAIR[0]}")["rows"]
    assert [row["municipality"] for row in one] == [PAIR[0]]


def test_the_edition_before_is_compared_with(demo: FlaskClient) -> None:
    body = answer(demo, f"{PATH}&measure=cost&product=HH&year=2025")
    (row,) = body["rows"]
    assert row["other_as_of"] == "2022-12-31"
    assert told(body)["changes"].startswith("De editie van 31 december 2022 verwachtte € ")
    named = answer(demo, f"{PATH}&measure=cost&product=HH&year=2025&against={row['other_edition']}")
    assert named["rows"] == body["rows"]
    without = answer(demo, f"/v1/explanations?municipality={PAIR[0]}")
    assert told(without)["changes"].startswith("Er is geen eerdere editie")
    assert without["rows"][0]["other_edition"] is None


def test_several_years_are_explained_from_the_first_to_the_last(demo: FlaskClient) -> None:
    body = answer(demo, f"{PATH}&measure=cost&year=2024,2026")
    assert body["rows"][0]["years"] == [2024, 2025, 2026]
    assert "van 2024 tot en met 2026 samen naar verwachting" in told(body)["what"]


def test_it_comes_as_plain_text_by_format_or_header(demo: FlaskClient) -> None:
    by_name = demo.get(f"{PATH}&format=text")
    by_header = demo.get(PATH, headers={"Accept": "text/plain"})
    assert by_name.content_type == by_header.content_type == "text/plain; charset=utf-8"
    assert by_name.get_data() == by_header.get_data()
    text = by_name.get_data(as_text=True)
    assert "\n\nWat\nDe kosten van " in text
    assert "(peildatum 2023-12-31)" in text
    assert "Dit is een raming van geregistreerd gebruik" in text
    assert "Synthetisch voorbeeld" in text
    assert demo.get(PATH, headers={"Accept": "image/png"}).status_code == 406


def test_it_speaks_english_when_asked(demo: FlaskClient) -> None:
    found = demo.get(f"{PATH}&language=en")
    assert found.headers["Content-Language"] == "en"
    (row,) = found.get_json()["rows"]
    assert [part["heading"] for part in row["paragraphs"]][:2] == ["What", "Why"]


def test_a_reader_gets_protected_cells_in_words_and_no_causes(
    asker: Callable[..., Asker],
) -> None:
    reader = asker(FIRST, role=Role.READER)
    body = answer(reader, "/v1/explanations?measure=cost&year=2025")
    (row,) = body["rows"]
    assert row["sight"] == "protected"
    text = told(body)
    assert text["why"] == "Oorzaken zijn niet te geven bij cijfers die zijn beschermd."
    query = "measure=cost&groupBy=municipality,period&from=2025&to=2025"
    (cell,) = reader.get(f"/v1/forecasts?{query}").get_json()["rows"]
    if cell["mean"] is None:
        assert text["what"].startswith("Dit aantal is te klein om te noemen")
    else:
        assert amount(cell["mean"], "cost", "EUR") in text["what"]


def test_a_reader_is_told_no_number_of_a_hidden_cell(asker: Callable[..., Asker]) -> None:
    reader = asker(FIRST, role=Role.READER)
    rows = reader.get("/v1/forecasts?measure=clients&from=2025&to=2025").get_json()["rows"]
    hidden = [row for row in rows if row["hidden"]]
    assert hidden
    for row in hidden[:4]:
        query = f"measure=clients&year=2025&product={row['product']}&district={row['district']}"
        text = told(answer(reader, f"/v1/explanations?{query}"))
        assert text["what"].startswith("Dit aantal is te klein om te noemen")
        assert "procent" not in "".join(text.values())


def test_a_reader_cannot_have_sums_that_are_not_published(asker: Callable[..., Asker]) -> None:
    reader = asker(FIRST, role=Role.READER)
    found = reader.get("/v1/explanations?measure=cost&product=DB,HH")
    assert found.status_code == 400
    assert found.get_json()["errors"][0]["code"] == "protected-sum"


def test_others_do_not_exist(asker: Callable[..., Asker]) -> None:
    one = asker(PAIR[0])
    assert [row["municipality"] for row in answer(one, "/v1/explanations")["rows"]] == [PAIR[0]]
    found = one.get(f"/v1/explanations?municipality={PAIR[1]}")
    assert found.status_code == 400
    assert PAIR[1] not in str(found.get_json()["errors"][0]["allowed"])


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("year=1800", "year", "no-number"),
        ("year=nu", "year", "no-number"),
        ("product=XX", "product", "unknown-value"),
        ("measure=money", "measure", "unknown-value"),
        ("against=nee", "against", "unknown-value"),
        ("groupBy=product", "groupBy", "unknown-parameter"),
        ("measure=volume", "measure", "unlike-units"),
        ("language=de", "language", "unknown-value"),
    ],
)
def test_faults_are_named(demo: FlaskClient, query: str, parameter: str, code: str) -> None:
    found = demo.get(f"{PATH}&{query}")
    assert found.status_code == 400
    (fault,) = found.get_json()["errors"]
    assert (fault["parameter"], fault["code"]) == (parameter, code)


def test_a_year_outside_the_edition_is_said_to_have_no_figure(demo: FlaskClient) -> None:
    body = answer(demo, f"{PATH}&year=2090")
    assert told(body)["what"] == (
        "Deze editie heeft geen cijfer voor 2090; ze loopt van 2021 tot en met 2026."
    )


def test_an_answer_that_is_known_is_not_made_again(demo: FlaskClient) -> None:
    first = demo.get(PATH)
    again = demo.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    other = demo.get(f"{PATH}&language=en").headers["ETag"]
    assert other != first.headers["ETag"]
