"""The workbook with queries: whole in the form that Excel reads, as far as others can tell."""

from __future__ import annotations

import io
import json
import posixpath
import re

import pytest
from flask import Flask
from openpyxl import load_workbook

from service.dashboards.parts import Change
from service.dashboards.workbook import workbook
from tests.service.power_query import (
    Mashup,
    files_of,
    members,
    parsed,
    read_mashup,
    steps,
    typed,
)

pytestmark = pytest.mark.contract
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PACKAGE = "{http://schemas.openxmlformats.org/package/2006/"
SHEETS = ["Ramingen", "Oorzaken", "Producten", "Gebieden"]


@pytest.fixture(scope="module")
def parts(closed_app: Flask) -> dict[str, bytes]:
    """Return the parts of the workbook as anybody gets it."""
    answer = closed_app.test_client().get("/v1/workbook")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="zorgraming.xlsx"'
    return files_of(answer.data)


@pytest.fixture(scope="module")
def mashup(parts: dict[str, bytes]) -> Mashup:
    """Return what the workbook's mashup holds."""
    return read_mashup(parts["customXml/item1.xml"])


def test_the_mashup_reads_back_to_its_last_byte_and_holds_the_queries(
    closed_app: Flask, mashup: Mashup
) -> None:
    assert mashup.section == closed_app.test_client().get("/v1/power-query").get_data(as_text=True)
    assert set(mashup.files) == {
        "[Content_Types].xml",
        "Config/Package.xml",
        "Formulas/Section1.m",
    }
    declared = parsed(mashup.files["[Content_Types].xml"])
    assert {part.get("Extension") for part in declared} == {"xml", "m"}
    permissions = {part.tag: part.text for part in mashup.permissions}
    assert permissions == {"CanEvaluateFuturePackages": "false", "FirewallEnabled": "true"}
    assert mashup.checksum == b"\0"


def test_the_metadata_names_each_query_and_the_columns_of_its_table(mashup: Mashup) -> None:
    queries = members(mashup.section)
    items = {
        item.findtext("ItemLocation/ItemPath"): {
            str(entry.get("Type")): str(entry.get("Value")) for entry in item.iter("Entry")
        }
        for item in mashup.metadata.iter("Item")
    }
    assert set(items) == {"", *(f"Section1/{name}" for name in queries)}
    ids = {items[f"Section1/{name}"]["QueryID"] for name in queries}
    assert len(ids) == len(queries)
    for name, words in queries.items():
        entries = items[f"Section1/{name}"]
        assert (entries.get("FillTarget") == f"s{name}") is (name in SHEETS)
        if name in SHEETS:
            assert json.loads(entries["FillColumnNames"][1:]) == list(typed(steps(words)))


def test_every_part_is_well_formed_declared_and_related(parts: dict[str, bytes]) -> None:
    for name, content in parts.items():
        assert parsed(content) is not None, name
    types = parsed(parts["[Content_Types].xml"])
    overrides = {
        str(one.get("PartName"))[1:] for one in types.iter(f"{PACKAGE}content-types}}Override")
    }
    assert overrides <= set(parts)
    needed = {
        name for name in parts if re.search(r"xl/.*(tables|queryTables)/[^/]*\.xml|xl/con", name)
    }
    assert needed
    assert needed <= overrides
    related = set()
    for name, content in parts.items():
        if name.endswith(".rels"):
            folder = posixpath.dirname(posixpath.dirname(name))
            ids = [one.get("Id") for one in parsed(content)]
            assert len(ids) == len(set(ids))
            for one in parsed(content):
                related.add(posixpath.normpath(posixpath.join(folder, str(one.get("Target")))))
    own = {name for name in parts if not name.endswith(".rels")} - {"[Content_Types].xml"}
    assert related == own


def test_each_table_is_fed_by_the_query_of_its_name(
    parts: dict[str, bytes], mashup: Mashup
) -> None:
    listed = parsed(parts["xl/connections.xml"])
    connections = {one.get("id"): str(one[0].get("connection")) for one in listed}
    assert len(connections) == len(members(mashup.section))
    hidden = {
        one.get("name"): one.text
        for one in parsed(parts["xl/workbook.xml"]).iter(f"{MAIN}definedName")
        if one.get("hidden") == "1"
    }
    for number, name in enumerate(SHEETS, start=1):
        table = parsed(parts[f"xl/tables/table{number}.xml"])
        query = parsed(parts[f"xl/queryTables/queryTable{number}.xml"])
        assert (table.get("name"), table.get("tableType")) == (name, "queryTable")
        assert f"Location={name};" in connections[query.get("connectionId")]
        assert query.get("name") in hidden
        columns = {
            c.get("queryTableFieldId"): c.get("name") for c in table.iter(f"{MAIN}tableColumn")
        }
        fields = {f.get("id"): f.get("name") for f in query.iter(f"{MAIN}queryTableField")}
        assert columns == fields
        assert list(columns.values()) == list(typed(steps(members(mashup.section)[name])))
        rels = parts[f"xl/tables/_rels/table{number}.xml.rels"].decode()
        assert f"queryTable{number}.xml" in rels


def test_another_program_opens_the_workbook_and_finds_no_figures(closed_app: Flask) -> None:
    content = closed_app.test_client().get("/v1/workbook").data
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Uitleg", *SHEETS]
    for name in SHEETS:
        (table,) = book[name].tables.values()
        header, *below = book[name].iter_rows(values_only=True)
        assert [column.name for column in table.tableColumns] == list(header)
        assert {cell for row in below for cell in row} <= {None}
    told = [cell for (cell,) in book["Uitleg"].iter_rows(values_only=True) if cell]
    assert any("http://127.0.0.1:8000/v1" in line for line in told)


def test_the_same_address_gives_the_same_bytes() -> None:
    first = workbook("https://raming.example.nl/v1")
    workbook.cache_clear()
    assert workbook("https://raming.example.nl/v1") == first


def test_a_part_of_another_form_than_counted_on_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing like"):
        Change("<a>", "<b>").of(b"<c/>")
