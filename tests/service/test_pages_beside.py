"""A kept budget beside the forecast: why it differs, and on the overview."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, delete

from service.access.roles import Role
from service.pages.numbers import number, percent
from service.state.tables import BUDGET
from tests.service.conftest import FIRST, Asker
from tests.service.forms import ID, kept_budget
from tests.service.test_pages import text_of

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("nothing_kept")]


@pytest.fixture
def controller(asker: Callable[..., Asker]) -> Asker:
    return asker(FIRST)


def cells_of(html: str, name: str) -> list[list[str]]:
    """Return the cells of the rows of a table by the name of its group."""
    (part,) = re.findall(rf'aria-label="{name}">(.*?)</table>', html, re.DOTALL)
    rows = re.findall(r"<tr.*?</tr>", part, re.DOTALL)
    texts = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[text_of(cell).strip() for cell in row] for row in texts]


def whole_of(text: str) -> int:
    return int(text.replace(".", "").replace("\u2212", "-"))


def test_why_a_budget_differs_is_told_in_parts_that_add_up(controller: Asker) -> None:
    address = kept_budget(
        controller, "2024;20.000;HH;;;", "2025;21.000;HH;;;", "2025;5.000;;6.1;;Wijkteam"
    )
    html = controller.get(f"{address}&year=2025").get_data(as_text=True)
    rows = cells_of(html, "Van begroting naar raming")[1:]
    names = [row[0] for row in rows]
    for part in ("Zonder raming", "Niet begroot", "Rekening min begroting", "Prijzen"):
        assert part in names
    amounts = [whole_of(row[1]) for row in rows]
    assert sum(amounts[:-1]) == amounts[-1]
    assert amounts[0] == 26
    api = controller.get(f"/v1/budgets/{ID}/certainty").get_json()["rows"]
    hh = next(row for row in api if row["code"] == "HH" and row["year"] == "2025")
    side = cells_of(html, "Rekening, begroting en raming naast elkaar")
    (line,) = [row for row in side if row[2:3] == ["21"]]
    assert line[3] == number(hh["mean"] / 1000)
    assert "CBS publiceert lasten per Iv3-taakveld" in text_of(html)


def test_a_budget_that_is_not_there_is_a_fault_of_the_page(controller: Asker) -> None:
    answer = controller.get(f"/budget?municipality={FIRST}&budget=nergens")
    assert answer.status_code == 400
    assert "budget kent de waarde nergens niet" in text_of(answer.get_data(as_text=True))


def test_the_overview_lays_the_budget_that_was_changed_last_beside_the_forecast(
    controller: Asker,
) -> None:
    kept_budget(controller, "2024;20.000;HH;;;", "2025;21.000;HH;;;", "2025;5.000;;6.1;;")
    api = controller.get(f"/v1/budgets/{ID}/certainty").get_json()["rows"]
    html = controller.get(f"/?municipality={FIRST}").get_data(as_text=True)
    (part,) = re.findall(r'<section aria-labelledby="begroot">(.*?)</section>', html, re.DOTALL)
    said = text_of(part)
    for row in (row for row in api if row["scope"] == "sum"):
        year = "alle jaren samen" if row["year"] == "all" else row["year"]
        figures = [row["budget_eur"], row["mean"], row["gap_eur"]]
        shown = " ".join(number(value / 1000) for value in figures)
        chance = percent(row["probability_exceeded"], 0)
        assert f"{year} {shown} {chance} {number(row['risk_eur'] / 1000)}" in said
    assert "van dezelfde regels" in said
    assert "2024" in said


@pytest.mark.parametrize("path", ["/?", "/explore?frequency=year&"])
def test_a_budget_for_all_that_is_drawn_stands_in_the_drawing(
    controller: Asker, engine: Engine, path: str
) -> None:
    drawn = "Oranje streepje: begroot"
    address = f"{path}municipality={FIRST}&measure=cost"
    kept_budget(controller, "2024;20.000;HH;;;")
    assert drawn not in controller.get(address).get_data(as_text=True)
    with engine.begin() as connection:
        connection.execute(delete(BUDGET))
    kept_budget(controller, "2024;90.000;;;ja;", "2025;95.000;;;ja;")
    assert drawn in controller.get(address).get_data(as_text=True)
    assert drawn not in controller.get(f"{address}&subject=HH").get_data(as_text=True)


def test_beside_a_selection_stand_the_lines_that_are_about_it(controller: Asker) -> None:
    kept_budget(controller, "2024;20.000;HH;;;", "2024;30.000;BG;;;", "2024;5.000;;6.1;;")
    for subject, amount in (("product:HH", "20"), ("", "55"), ("law:Wmo+2015", "50")):
        path = f"/?municipality={FIRST}&subject={subject}&budget={ID}"
        html = controller.get(path).get_data(as_text=True)
        rows = html.split('id="begroot"')[1]
        found = re.findall(r'<tr><th scope="row">2024</th><td class="n">(\d+)<', rows)
        assert found[0] == amount, subject
    said = text_of(controller.get(f"/?subject=product:DB&budget={ID}").get_data(as_text=True))
    assert "Geen regel van 'Begroting 2024' gaat over deze keuze" in said


def test_a_reader_sees_no_budget_beside_the_forecast(
    controller: Asker, asker: Callable[..., Asker]
) -> None:
    kept_budget(controller, "2024;20.000;HH;;;")
    reader = asker(FIRST, role=Role.READER).get("/").get_data(as_text=True)
    assert "Begroting 2024" not in reader
