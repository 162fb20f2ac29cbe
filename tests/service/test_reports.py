"""``/v1/reports``: the figures of the API as documents, the same in every form."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from flask import Flask
from openpyxl import Workbook, load_workbook

from models.labels import dutch_number
from service.access.roles import Role
from service.audit.lines import chain_files
from service.pages.numbers import number
from service.reports.content import DASH
from tests.service.conftest import FIRST, PAIR, Asker
from tests.service.pdf_reading import Pdf, read_pdf
from tests.service.writing import Json, put

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("nothing_kept")]
UNDERPINNING, COUNCIL = "/v1/reports/underpinning", "/v1/reports/council"
YEARS = (2024, 2025, 2026)
INJECTED = '=HYPERLINK("http://kwaad.example")'


@pytest.fixture
def controller(asker: Callable[..., Asker]) -> Asker:
    return asker(FIRST)


@pytest.fixture
def kept(controller: Asker) -> str:
    """Keep a budget and a scenario; return the parameters that name them."""
    lines: list[Json] = [
        {"year": year, "amount_eur": 120000 + 10 * year, "product": "HH"} for year in YEARS
    ]
    lines += [
        {"year": 2024, "amount_eur": 5000.5, "taakveld": "6.1", "label": INJECTED},
        {"year": 2029, "amount_eur": 1, "total": True},
    ]
    budget = {"municipality": FIRST, "name": "Begroting 2024", "version": "primitief"}
    budget |= {"lines": lines, "amounts_confirmed": True}
    assert put(controller, "/v1/budgets/begroting", budget).status_code == 201
    levers = [{"kind": "price", "percent": 5, "start": "2024-07", "reason": "Hoger tarief"}]
    scenario = {"municipality": FIRST, "name": "Tarief", "reason": "Proef", "levers": levers}
    assert put(controller, "/v1/scenarios/tarief", scenario).status_code == 201
    return "budget=begroting&scenario=tarief"


def report(who: Asker, path: str = UNDERPINNING, **wish: str) -> bytes:
    """Return a report that was asked for."""
    query = "&".join(f"{name.rstrip('_')}={value}" for name, value in wish.items())
    response = who.get(f"{path}?{query}")
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_data()


def named(kept: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in kept.split("&"))


def rows(who: Asker, path: str) -> list[Json]:
    found: list[Json] = who.get(path).get_json()["rows"]
    return found


def yearly(who: Asker, **more: str) -> dict[int, Json]:
    """Return cost by year as the API gives it."""
    wish = {"frequency": "year", "groupBy": "municipality,period", "from": "2024", "to": "2026"}
    query = "&".join(f"{name}={value}" for name, value in {**wish, **more}.items())
    found = rows(who, f"/v1/forecasts?measure=cost&{query}")
    return {int(row["period"][:4]): row for row in found}


def printed(value: float) -> str:
    """Return an amount as a report prints it where amounts are below a million."""
    return dutch_number(round(value))


def table(document: Document, title: str) -> list[list[str]]:
    """Return the cells of the table with a title."""
    for one in document.tables:
        caption = one._tbl.tblPr.find(qn("w:tblCaption"))
        if caption is not None and title in caption.get(qn("w:val")):
            return [[cell.text for cell in row.cells] for row in one.rows]
    raise AssertionError(f"no table {title}")


def sheet_table(book: Workbook, sheet: str, title: str) -> tuple[int, dict[str, int]]:
    """Return the row of the heading of a table, and the column of each heading."""
    found = book[sheet]
    for row in found.iter_rows(min_col=1, max_col=1):
        if isinstance(row[0].value, str) and row[0].value.startswith(title):
            head = row[0].row + 1
            return head, {str(cell.value): cell.column for cell in found[head] if cell.value}
    raise AssertionError(f"no table {title} on {sheet}")


def recomputed(book: Workbook, sheet: str, formula: str) -> float:
    """Compute a formula of additions and subtractions, following formulas."""
    whole = 0.0
    for sign, name in re.findall(r"([=+-])([A-Z]+\d+)", formula):
        value = book[sheet][name].value
        amount = recomputed(book, sheet, value) if isinstance(value, str) else float(value or 0)
        whole += -amount if sign == "-" else amount
    return whole


def formulas(book: Workbook) -> Iterator[tuple[str, str, str]]:
    for sheet in book:
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.data_type == "f":
                    yield sheet.title, cell.coordinate, str(cell.value)


def page_rows(who: Asker, path: str) -> dict[str, list[str]]:
    """Return the cells of each row of the first table of a page, by year."""
    html = who.get(path).get_data(as_text=True)
    (body,) = re.findall(r"<tbody>(.*?)</tbody>", html, re.DOTALL)[:1]
    rows = re.findall(r'<tr><th scope="row">(\d{4})</th>(.*?)</tr>', body, re.DOTALL)
    return {
        year: [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<td.*?</td>", cells)]
        for year, cells in rows
    }


def test_one_selection_has_the_same_figures_in_api_page_and_documents(
    controller: Asker,
) -> None:
    api = yearly(controller, product="HH")
    assert set(api) == set(YEARS)
    wish = {"product": "HH", "from_": "2024", "to": "2026"}
    book = load_workbook(io.BytesIO(report(controller, **wish, format="xlsx")))
    head, columns = sheet_table(book, "Verwacht", "Kosten per jaar")
    lines = {str(row[0].value): row for row in book["Verwacht"].iter_rows(min_row=head + 1)}
    word = docx.Document(io.BytesIO(report(controller, **wish, format="docx")))
    texts = {cells[0]: cells for cells in table(word, "Kosten per jaar")}
    pdf = read_pdf(report(controller, **wish, format="pdf")).text
    page = read_pdf(report(controller, COUNCIL, **wish, format="pdf")).text
    seen = page_rows(controller, f"/?municipality={FIRST}&subject=product:HH")
    for year, row in api.items():
        for at, (name, figure) in enumerate(
            (("Verwacht", "mean"), ("P10", "p10"), ("P90", "p90")), start=2
        ):
            exact = row[figure]
            assert lines[str(year)][columns[name] - 1].value == pytest.approx(exact, abs=0.005)
            assert texts[str(year)][at] == printed(exact)
            assert f"\n{printed(exact)}\n" in pdf
            assert f"\n{printed(exact)}\n" in page
            column = {"p10": 1, "mean": 2, "p90": 3}[figure]
            assert seen[str(year)][column] == number(exact / 1000)


def test_every_sum_of_the_workbook_keeps_counting(controller: Asker, kept: str) -> None:
    content = report(controller, format="xlsx", **named(kept))
    book, cached = (load_workbook(io.BytesIO(content), data_only=only) for only in (False, True))
    found = list(formulas(book))
    assert {sheet for sheet, _, _ in found} >= {
        *("Verwacht", "Producten", "Oorzaken", "Begroting", "Scenario", "Groeilijnen")
    }
    for sheet, place, formula in found:
        shown = cached[sheet][place].value
        assert recomputed(book, sheet, formula) == pytest.approx(shown, abs=0.05), (sheet, place)


def test_the_pictures_stand_in_the_workbook_with_what_they_show_in_words(
    controller: Asker,
) -> None:
    content = report(controller, format="xlsx", from_="2024", to="2026")
    with ZipFile(io.BytesIO(content)) as parts:
        pictures = [name for name in parts.namelist() if name.startswith("xl/media/")]
        told = "".join(
            parts.read(name).decode()
            for name in parts.namelist()
            if name.startswith("xl/drawings/drawing")
        )
    assert len(pictures) == 2
    assert told.count("Grafiek van") == 2
    assert "De cijfers staan in de tabel" in told


def test_causes_add_up_to_what_the_api_says(controller: Asker) -> None:
    wish = "measure=cost&groupBy=municipality,year&from=2024&to=2026"
    api = {
        (row["cause"], row["year"]): row["mean"] for row in rows(controller, f"/v1/drivers?{wish}")
    }
    content = report(controller, format="xlsx", from_="2024", to="2026")
    book = load_workbook(io.BytesIO(content))
    head, columns = sheet_table(book, "Oorzaken", "Van 2022")
    below = {str(row[0].value): row for row in book["Oorzaken"].iter_rows(min_row=head + 1)}
    for year in YEARS:
        at = columns[str(year)] - 1
        assert below["prijs"][at].value == pytest.approx(api["price", year])
        total = recomputed(book, "Oorzaken", below["Verwachte kosten"][at].value)
        assert total == pytest.approx(api["total", year], abs=0.01)
    word = docx.Document(io.BytesIO(report(controller, format="docx", from_="2024", to="2026")))
    texts = table(word, "Van 2022 naar elk jaar")
    for at in range(1, 4):
        *parts, total_text = [_number(line[at]) for line in texts[1:]]
        assert sum(parts) == total_text


def _number(text: str) -> int:
    return int(text.replace(".", "").replace("\u2212", "-"))


def test_a_budget_stands_beside_as_its_certainty_says(controller: Asker, kept: str) -> None:
    api = rows(controller, "/v1/budgets/begroting/certainty?certainty=0.9")
    word = docx.Document(
        io.BytesIO(report(controller, format="docx", certainty="0.9", **named(kept)))
    )
    texts = table(word, "Begroting naast raming")
    of = {(line[0], line[1]): line for line in texts[1:]}
    row = next(one for one in api if one["year"] == "2025" and one["scope"] == "product")
    line = of["Huishoudelijke hulp", "2025"]
    assert line[2:4] == [printed(row["budget_eur"]), printed(row["mean"])]
    assert _number(line[4]) == _number(line[3]) - _number(line[2])
    assert line[5] == f"{dutch_number(100 * row['probability_exceeded'])}\u00a0%"
    assert line[6] == printed(row["amount_eur"])
    carried = of[INJECTED, "2024"]
    assert carried[3:] == [DASH] * 6
    assert not any(year == "2029" for _, year in of)
    told = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert "Buiten de gevraagde producten of jaren: 1 regel van deze begroting" in told
    assert "Voor de risicoparagraaf" in told


def test_text_of_others_is_never_a_formula(controller: Asker, kept: str) -> None:
    book = load_workbook(io.BytesIO(report(controller, format="xlsx", **named(kept))))
    cells = [c for row in book["Begroting"].iter_rows() for c in row if c.value == INJECTED]
    assert [cell.data_type for cell in cells] == ["s"]
    assert all(re.fullmatch(r"=[A-Z]+\d+([+-][A-Z]+\d+)*", text) for _, _, text in formulas(book))
    pdf = report(controller, format="pdf", **named(kept))
    assert INJECTED in read_pdf(pdf).text.replace("\n", "")


def test_a_scenario_stands_beside_the_base(controller: Asker, kept: str) -> None:
    wish = "groupBy=municipality,period&measure=cost&from=2024&to=2026&detail=levers"
    api = rows(controller, f"/v1/scenarios/tarief/effect?{wish}")
    content = report(controller, format="xlsx", from_="2024", to="2026", **named(kept))
    book = load_workbook(io.BytesIO(content), data_only=True)
    head, columns = sheet_table(book, "Scenario", "Raming zonder en met")
    lines = list(book["Scenario"].iter_rows(min_row=head + 1, max_row=head + len(api)))
    at = columns["Verwacht"] - 1
    assert [line[at].value for line in lines] == pytest.approx([row["mean"] for row in api])
    assert [line[1].value for line in lines] == [row["part_label"] for row in api]


def test_the_pdf_is_tagged_as_pdf_ua(controller: Asker, kept: str) -> None:
    content = report(controller, format="pdf", **named(kept))
    pdf = read_pdf(content)
    catalogue = next(o for o in pdf.objects.values() if b"/Type /Catalog" in o)
    for mark in (b"/StructTreeRoot", b"/Outlines", b"/Lang (nl-NL)", b"/Marked true"):
        assert mark in catalogue
    assert b"/DisplayDocTitle true" in catalogue
    metadata = b"".join(stream for stream in pdf.streams.values() if b"pdfuaid" in stream)
    assert re.search(rb"pdfuaid:part[^0-9]*1", metadata)
    assert b"Onderbouwing van de begroting" in metadata
    figures = pdf.tags("Figure")
    assert len(figures) == 2
    assert all(re.search(rb"/Alt ?[(<]\w", figure) for figure in figures)
    assert pdf.tags("H1") and pdf.tags("H2") and pdf.tags("Caption")
    cells = pdf.tags("TD")
    assert cells and all(b"/Headers" in cell for cell in cells)
    assert pdf.tags("TH")
    fonts = [o for o in pdf.objects.values() if b"/Type /FontDescriptor" in o]
    assert fonts and all(b"/FontFile" in font for font in fonts)


def test_the_word_document_can_be_read_aloud(controller: Asker) -> None:
    word = docx.Document(io.BytesIO(report(controller, format="docx")))
    headings = [
        p.text for p in word.paragraphs if p.style is not None and p.style.name == "Heading 1"
    ]
    assert headings[:3] == ["Samenvatting", "Wat we verwachten", "Per product"]
    for one in word.tables:
        first = one.rows[0]._tr
        assert first.trPr.find(qn("w:tblHeader")) is not None
        assert one._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
    pictures = [shape._inline.docPr for shape in word.inline_shapes]
    assert len(pictures) == 2
    assert all(picture.get("descr") and picture.get("title") for picture in pictures)
    assert word.core_properties.language == "nl-NL"
    assert word.core_properties.title.startswith("Onderbouwing van de begroting")
    languages = word.styles.element.iter(qn("w:lang"))
    assert {one.get(qn("w:val")) for one in languages} == {"nl-NL"}


@pytest.mark.parametrize("path", [UNDERPINNING, COUNCIL])
def test_the_cover_says_what_it_rests_on_and_nothing_is_left_blank(
    controller: Asker, path: str
) -> None:
    pdf = read_pdf(report(controller, path, format="pdf"))
    edition = rows(controller, "/v1/editions")[0]["edition"]
    text = pdf.text.replace("\n", " ")
    for told in (
        "Dit is een raming",
        edition,
        "31 december 2023",
        "Goedgekeurd",
        "2024 tot en met",
    ):
        assert told in text
    assert not re.search(r"\b(None|nan|NaN|null)\b|\{|\}", text)
    word = docx.Document(io.BytesIO(report(controller, path, format="docx")))
    told = " ".join([p.text for p in word.paragraphs] + [c.text for c in _cells(word)])
    assert edition in told
    assert not re.search(r"\b(None|nan|NaN|null)\b|\{|\}", told)


def _cells(word: Document) -> Iterator[Any]:
    for one in word.tables:
        for row in one.rows:
            yield from row.cells


def test_the_page_for_the_council_is_one_page(controller: Asker, kept: str) -> None:
    pdf: Pdf = read_pdf(report(controller, COUNCIL, format="pdf", **named(kept)))
    assert len(pdf.pages) == 1
    text = pdf.text
    for heading in ("Wat en hoeveel", "Hoe zeker", "Waarom", "Begroting", "Let op"):
        assert f"\n{heading}\n" in text
    assert "Met het scenario 'Tarief'" in text.replace("\n", " ")
    word = docx.Document(io.BytesIO(report(controller, COUNCIL, format="docx", **named(kept))))
    assert len(word.inline_shapes) == 1
    assert len(word.tables) == 1


@pytest.mark.parametrize("form", ["docx", "pdf", "xlsx"])
def test_the_same_rows_give_the_same_bytes(controller: Asker, kept: str, form: str) -> None:
    first, again = (report(controller, format=form, **named(kept)) for _ in range(2))
    assert first == again
    if form != "pdf":
        assert zipfile.ZipFile(io.BytesIO(first)).testzip() is None


def test_what_was_asked_before_is_not_sent_again_until_it_changes(
    controller: Asker, kept: str
) -> None:
    there = f"{UNDERPINNING}?format=xlsx&{kept}"
    first = controller.get(there)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert controller.get(there, tag).status_code == 304
    lines = [{"year": 2025, "amount_eur": 1, "product": "HH"}]
    changed = {"municipality": FIRST, "name": "Anders", "version": "1", "lines": lines}
    changed["amounts_confirmed"] = True
    assert put(controller, "/v1/budgets/begroting", changed).status_code == 200
    assert controller.get(there, tag).status_code == 200


def test_a_report_is_noted_with_its_edition_and_rows(controller: Asker, closed_app: Flask) -> None:
    report(controller, COUNCIL, format="pdf")
    folder: Path = closed_app.extensions["zorgraming"].settings.audit_dir
    line = json.loads(chain_files(folder)[-1].read_text().splitlines()[-1])
    about = line["attributes"]
    assert line["name"] == "council_report"
    assert about["rows"] == 3
    assert about["editions"] == [rows(controller, "/v1/editions")[0]["edition"]]


def test_what_is_wrong_with_a_question_is_said_at_once(asker: Callable[..., Asker]) -> None:
    one = asker(FIRST)
    response = one.get(f"{UNDERPINNING}?product=NEE&from=2024&to=2031&wat=1&certainty=2&measure=x")
    assert response.status_code == 400
    found = {fault["parameter"]: fault["code"] for fault in response.get_json()["errors"]}
    assert found == {
        "product": "unknown-value",
        "from": "no-answer",
        "wat": "unknown-parameter",
        "certainty": "no-share",
        "measure": "unknown-value",
    }
    assert one.get(f"{UNDERPINNING}?from=2026&to=2024").status_code == 400
    assert one.get(f"{UNDERPINNING}?municipality={PAIR[0]}").status_code == 400
    for missing in ("budget=nee", "scenario=nee"):
        assert one.get(f"{COUNCIL}?{missing}").status_code == 404
    several = asker(FIRST, *PAIR).get(COUNCIL)
    assert [fault["code"] for fault in several.get_json()["errors"]] == ["missing"]


def test_reports_are_for_controllers(asker: Callable[..., Asker]) -> None:
    one = asker(FIRST, role=Role.READER)
    for path in (UNDERPINNING, COUNCIL):
        assert one.get(path).status_code == 403


def test_the_form_follows_the_accept_header(controller: Asker) -> None:
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert controller.get(COUNCIL, {"Accept": word}).content_type == word
    assert controller.get(COUNCIL).content_type == "application/pdf"
    assert controller.get(COUNCIL, {"Accept": "text/csv"}).status_code == 406
    name = controller.get(f"{COUNCIL}?format=docx").headers["Content-Disposition"]
    assert f"zorgraming-raad-{FIRST}-2024-2026.docx" in name


def test_without_the_extra_a_report_says_what_is_missing(
    controller: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, form in (("weasyprint", "pdf"), ("docx", "docx")):
        monkeypatch.delitem(sys.modules, f"service.reports.as_{form}", raising=False)
        monkeypatch.setitem(sys.modules, name, None)
        response = controller.get(f"{UNDERPINNING}?format={form}")
        assert response.status_code == 501
        assert response.get_json()["type"].endswith("no-report-extra")
        assert "zorgraming[report]" in response.get_json()["detail"]
    assert controller.get(f"{UNDERPINNING}?format=xlsx").status_code == 200


def test_starting_the_service_loads_no_library_of_reports() -> None:
    code = (
        "import sys, service.app\n"
        "print(sorted({'weasyprint', 'docx', 'openpyxl', 'vl_convert'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
