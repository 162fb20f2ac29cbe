"""A budget from a file: read on the page, kept, and every fault told at once."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook

from service.access.roles import Role
from service.app import create_app
from service.context import service_of
from service.pages.keeping import MOST_SENT, id_of
from service.settings import read_settings
from tests.service.conftest import FIRST, PAIR, Asker
from tests.service.forms import ID, NAMED, UPLOAD, post, sent, table
from tests.service.test_pages import text_of
from tests.split_editions import build_split_edition

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("nothing_kept")]


@pytest.fixture
def controller(asker: Callable[..., Asker]) -> Asker:
    return asker(FIRST)


@pytest.fixture
def large(tmp_path: Path) -> Asker:
    """Return a controller of a municipality that spends enough to tell thousands."""
    build_split_edition(tmp_path / "editions", municipality=FIRST, level=4000.0)
    database = f"sqlite:///{tmp_path}/state.sqlite"
    app = create_app(read_settings(editions=tmp_path / "editions", database_url=database))
    keys = service_of(app).keys
    assert keys is not None
    return Asker(app.test_client(), keys.create("test", Role.CONTROLLER, (FIRST,), 30)[0])


def expected(who: Asker, year: int) -> int:
    """Return what product HH is expected to cost in whole euros."""
    query = f"product=HH&frequency=year&groupBy=municipality,period&from={year}&to={year}"
    (row,) = who.get(f"/v1/forecasts?measure=cost&{query}").get_json()["rows"]
    return round(float(row["mean"]))


def test_a_budget_from_a_file_is_read_kept_and_told(controller: Asker) -> None:
    csv = table("2024;120.000,50;HH;;;Hulp", "2024;5.000;;6.1;;Wijkteam", "2024;125.000,50;;;ja;")
    answer = post(controller, UPLOAD, sent(csv, control="€ 125.000,50"))
    assert answer.status_code == 303, text_of(answer.get_data(as_text=True))
    assert answer.headers["Location"] == f"/budget/kept?municipality={FIRST}&budget={ID}"
    said = text_of(controller.get(answer.headers["Location"]).get_data(as_text=True))
    assert "Begroting 2024 (primitief)" in said
    assert "2024 3 125.000,50 1 5.000,00 regels tellen op tot het totaal" in said
    assert "Wijkteam (6.1) bruto 5.000,00 geen raming" in said
    kept = controller.get(f"/v1/budgets/{ID}").get_json()
    amounts = [(line["amount_eur"], line["product"], line["total"]) for line in kept["lines"]]
    assert amounts == [(120000.5, "HH", False), (5000, None, False), (125000.5, None, True)]


def test_every_fault_of_a_table_is_told_at_once_with_its_place(controller: Asker) -> None:
    csv = table("2024;veel;HH;;;", "24;5;HH;;;", "2024;5;ONZIN;;;", "2024;7;;9.99;;")
    answer = post(controller, UPLOAD, sent(csv))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 400
    rows = re.findall(r"<tr><td[^>]*>(.*?)</td></tr>", html)
    cells = [unescape(re.sub(r"</td><td[^>]*>", "|", row)).split("|") for row in rows]
    assert [row[:3] for row in cells][:2] == [["2", "bedrag_eur", "veel"], ["3", "jaar", "24"]]
    assert "dit is geen bedrag" in cells[0][3]
    assert controller.get("/v1/budgets").get_json()["rows"] == []


def test_a_workbook_with_formulas_and_merged_cells_is_refused_by_name(controller: Asker) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["jaar", "bedrag_eur", "product"], [2024, "=1+1", "HH"], [2025, 5, "HH"]):
        sheet.append(line)
    sheet.merge_cells("A3:A4")
    stream = io.BytesIO()
    book.save(stream)
    answer = post(controller, UPLOAD, sent(stream.getvalue(), "werkmap.xlsx"))
    said = text_of(answer.get_data(as_text=True))
    assert answer.status_code == 400
    assert "hier staat een formule: plak de waarde" in said
    assert "samengevoegde cellen: splits ze, en vul elke cel" in said


@pytest.mark.parametrize(("unit", "factor"), [("thousands", 1000), ("euros", 1)])
def test_amounts_in_thousands_are_asked_about_and_kept_as_answered(
    large: Asker, unit: str, factor: int
) -> None:
    small = expected(large, 2024) // 1000
    answer = post(large, UPLOAD, sent(table(f"2024;{small};HH;;;", "2024;5.000;;6.1;;")))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Staan de bedragen in duizenden?" in text_of(html)
    assert large.get("/v1/budgets").get_json()["rows"] == []
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html)
    form = {name: unescape(value) for name, value in hidden} | {"unit": unit}
    assert post(large, UPLOAD, form).status_code == 303
    lines = large.get(f"/v1/budgets/{ID}").get_json()["lines"]
    assert [line["amount_eur"] for line in lines] == [small * factor, 5000 * factor]


def test_what_is_kept_is_replaced_only_where_that_is_said(controller: Asker) -> None:
    first, other = table("2024;120.000;HH;;;"), table("2024;130.000;HH;;;")
    assert post(controller, UPLOAD, sent(first)).status_code == 303
    assert post(controller, UPLOAD, sent(first)).status_code == 303  # the same again
    refused = post(controller, UPLOAD, sent(other))
    assert refused.status_code == 400
    assert "al iets anders bewaard" in text_of(refused.get_data(as_text=True))
    assert post(controller, UPLOAD, sent(other, replace="yes")).status_code == 303
    kept = controller.get(f"/v1/budgets/{ID}").get_json()
    assert (kept["lines"][0]["amount_eur"], kept["revision"]) == (130000, 2)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": " "}, "Geef een naam"),
        ({"name": "!!", "version": "?"}, "Geef een naam"),
        ({"version": ""}, "Zeg welke versie"),
        ({"decided_on": "gisteren"}, "gisteren is dat niet"),
        ({"control": "veel"}, "veel is geen bedrag"),
        ({"control": "1"}, "tellen niet op tot het controletotaal"),
    ],
)
def test_fields_beside_the_file_are_checked_too(
    controller: Asker, fields: dict[str, str], told: str
) -> None:
    answer = post(controller, UPLOAD, sent(table("2024;120.000;HH;;;"), **fields))
    assert answer.status_code == 400
    assert told in text_of(answer.get_data(as_text=True))


def test_a_form_without_a_file_or_with_broken_lines_is_told(controller: Asker) -> None:
    for form in (NAMED, {**NAMED, "lines": "{"}, {**NAMED, "lines": '[{"amount_eur": []}]'}):
        answer = post(controller, UPLOAD, dict(form))
        assert answer.status_code == 400
        assert "Kies een bestand" in text_of(answer.get_data(as_text=True))


def test_lines_that_did_not_come_from_a_table_are_checked_like_those_of_the_api(
    controller: Asker,
) -> None:
    lines = '[{"year": 2024, "amount_eur": "5", "product": "NEE"}, {"amount_eur": "1"}]'
    answer = post(controller, UPLOAD, {**NAMED, "lines": lines})
    assert answer.status_code == 400
    assert "/lines/1/year" in answer.get_data(as_text=True)


def test_too_large_a_file_is_refused_as_a_page(controller: Asker) -> None:
    headers = {"Authorization": f"Bearer {controller.key}"}
    answer = controller.client.post(
        UPLOAD,
        data=b"x" * (MOST_SENT + 1),
        headers=headers,
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert "<h1>Te veel tegelijk</h1>" in answer.get_data(as_text=True)


def test_only_a_page_of_this_service_may_send_a_form(controller: Asker) -> None:
    csv = table("2024;120.000;HH;;;")
    for site in ("cross-site", "same-site", "none"):
        assert post(controller, UPLOAD, sent(csv), Sec_Fetch_Site=site).status_code == 403
    assert post(controller, UPLOAD, sent(csv), Sec_Fetch_Site="same-origin").status_code == 303


def test_another_municipality_takes_no_budget(asker: Callable[..., Asker]) -> None:
    answer = post(asker(PAIR[0]), UPLOAD, sent(table("2024;120.000;HH;;;")))
    assert answer.status_code == 400
    assert "municipality kent de waarde" in text_of(answer.get_data(as_text=True))
    assert asker(FIRST).get("/v1/budgets").get_json()["rows"] == []


def test_a_reader_neither_reads_in_nor_sees_what_is_kept(asker: Callable[..., Asker]) -> None:
    reader = asker(FIRST, role=Role.READER)
    assert post(reader, UPLOAD, sent(table("2024;1;HH;;;"))).status_code == 403
    for path in ("/budget/upload", f"/budget/kept?budget={ID}", "/budget/template"):
        assert reader.get(path).status_code == 403


def test_the_demonstration_keeps_nothing_and_says_so(demo: FlaskClient) -> None:
    assert "hier kan niets worden bewaard" in text_of(demo.get(UPLOAD).get_data(as_text=True))
    answer = demo.post(UPLOAD, data=sent(table("2024;1;HH;;;")))
    assert answer.status_code == 403
    assert "De demonstratie bewaart niets" in answer.get_data(as_text=True)


def test_the_empty_table_is_a_workbook_to_fill_in(controller: Asker) -> None:
    answer = controller.get("/budget/template")
    book = load_workbook(io.BytesIO(answer.get_data()))
    assert [cell.value for cell in book["Begroting"][1]][:2] == ["jaar", "bedrag_eur"]
    assert "begroting.xlsx" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "amount", ['"NaN"', '"9e999999"', '"sNaN"', "NaN", "[0, [1], 9]", '"-1"', '"1.005"', "true"]
)
def test_lines_with_an_amount_that_no_table_gives_are_refused(
    controller: Asker, amount: str
) -> None:
    lines = f'[{{"year": 2024, "product": "HH", "amount_eur": {amount}}}]'
    answer = post(controller, UPLOAD, {**NAMED, "unit": "thousands", "lines": lines})
    assert answer.status_code == 400
    assert controller.get("/v1/budgets").get_json()["rows"] == []


@pytest.mark.parametrize("control", ["NaN", "sNaN", "Infinity", "1e9", "-5", "1_000"])
def test_a_control_total_is_an_amount(controller: Asker, control: str) -> None:
    answer = post(controller, UPLOAD, sent(table("2024;5;HH;;;"), control=control))
    assert answer.status_code == 400
    assert "controletotaal" in text_of(answer.get_data(as_text=True)).lower()


@pytest.mark.parametrize(("label", "name"), [("a\x01b", "Begroting"), ("a", "Begro\x01ting")])
def test_odd_signs_are_told_where_thousands_are_asked_about_too(
    large: Asker, label: str, name: str
) -> None:
    line = f"2024;{expected(large, 2024) // 1000};HH;;;{label}"
    answer = post(large, UPLOAD, sent(table(line), name=name))
    assert answer.status_code == 400
    assert large.get("/v1/budgets").get_json()["rows"] == []


def test_an_id_is_made_of_letters_and_digits() -> None:
    assert id_of("Programmabegroting 2026\u20132029, primitief") == (
        "programmabegroting-2026-2029-primitief"
    )
    assert id_of("Één café") == "een-cafe"
    assert id_of("templates") == "templates-1"
    assert id_of("…") == ""
    assert len(id_of("a" * 300)) == 64
    # The version stands at the end, and tells budgets of the same long name apart.
    long = "Programmabegroting 2026-2029 sociaal domein met bijlagen en toelichting"
    assert id_of(f"{long} primitief") != id_of(f"{long} 1e wijziging")


def test_the_empty_table_filled_in_is_read_with_its_programmes(controller: Asker) -> None:
    book = load_workbook(io.BytesIO(controller.get("/budget/template").get_data()))
    headings = [cell.value for cell in book["Begroting"][1]]
    line = {"jaar": 2024, "bedrag_eur": 120000.55, "programma": "Zorg"}
    book["Begroting"].append([line.get(str(heading)) for heading in headings])
    parts = [cell.value for cell in book["Indeling"][1]]
    for taakveld, share in (("6.71a", 75), ("6.1", 25)):
        part = {"programma": "Zorg", "taakveld": taakveld, "aandeel": share}
        book["Indeling"].append([part.get(str(heading)) for heading in parts])
    stream = io.BytesIO()
    book.save(stream)
    answer = post(controller, UPLOAD, sent(stream.getvalue(), "begroting.xlsx"))
    assert answer.status_code == 303, text_of(answer.get_data(as_text=True))
    lines = controller.get(f"/v1/budgets/{ID}").get_json()["lines"]
    amounts = {line["taakveld"]: line["amount_eur"] for line in lines}
    assert amounts == {"6.71a": 90000.41, "6.1": 30000.14}
