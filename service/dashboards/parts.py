"""The parts that tie a table on a sheet to a query: connections, query tables, and their names.

Their form is that of ECMA-376 (SpreadsheetML), with what Excel needs beyond it: a query table is
found by a hidden name over its cells, and each column says which field of the query fills it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from service.dashboards.mashup import mashup_xml, stable_id
from service.dashboards.queries import QUERIES, Query

RANGE = "ExternalData_"  # a name that Excel knows a query table by
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGES = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument"
_PROVIDER = "Provider=Microsoft.Mashup.OleDb.1;Data Source=$Workbook$"
ITEM = "customXml/item1.xml"
PROPERTIES = "customXml/itemProps1.xml"
CONNECTIONS = "xl/connections.xml"


@dataclass(frozen=True)
class Change:
    """What is put into a part that is there already.

    Attributes:
        pattern: what is found, at least once.
        by: what stands there afterwards.
    """

    pattern: str
    by: str

    def of(self, content: bytes) -> bytes:
        """Return the part as changed.

        Raises:
            ValueError: the part is not of the form that was counted on.
        """
        done, count = re.subn(self.pattern, self.by, content.decode())
        if not count:
            raise ValueError(f"nothing like {self.pattern} in a part of the workbook")
        return done.encode()


def loaded() -> list[tuple[int, Query]]:
    """Return the queries with a sheet, with the number of their table and connection."""
    return list(enumerate((query for query in QUERIES if query.loaded), start=1))


def own_parts(section: str) -> dict[str, bytes]:
    """Return the parts that a plain workbook does not have.

    Args:
        section: the queries in M.
    """
    found = {ITEM: mashup_xml(section), PROPERTIES: _properties().encode()}
    found["customXml/_rels/item1.xml.rels"] = _relations(("customXmlProps", "itemProps1.xml"))
    found[CONNECTIONS] = _connections().encode()
    for number, query in loaded():
        found[f"xl/queryTables/queryTable{number}.xml"] = _query_table(number, query).encode()
        place = f"../queryTables/queryTable{number}.xml"
        found[f"xl/tables/_rels/table{number}.xml.rels"] = _relations(("queryTable", place))
    return found


def changes() -> Mapping[str, tuple[Change, ...]]:
    """Return what changes in the parts that a plain workbook has."""
    overrides = {
        PROPERTIES: "customXmlProperties",
        CONNECTIONS: "spreadsheetml.connections",
        **{
            f"xl/queryTables/queryTable{number}.xml": "spreadsheetml.queryTable"
            for number, _ in loaded()
        },
    }
    told = "".join(
        f'<Override PartName="/{name}" ContentType="{_TYPE}.{kind}+xml"/>'
        for name, kind in overrides.items()
    )
    related = _relation("connections", "connections.xml", "rIdConnections")
    related += _relation("customXml", f"../{ITEM}", "rIdMashup")
    name = rf'<definedName name="({RANGE}\d+)"'
    tables = {f"xl/tables/table{number}.xml": (_FED, _FIELDS) for number, _ in loaded()}
    return {
        "[Content_Types].xml": (Change("</Types>", f"{told}</Types>"),),
        "xl/_rels/workbook.xml.rels": (Change("</Relationships>", f"{related}</Relationships>"),),
        "xl/workbook.xml": (Change(name, r'<definedName name="\1" hidden="1"'),),
        **tables,
    }


_FED = Change(' totalsRowShown="0"', ' tableType="queryTable" totalsRowShown="0"')
_FIELDS = Change(
    r'<tableColumn id="(\d+)"', r'<tableColumn id="\1" uniqueName="\1" queryTableFieldId="\1"'
)


def _connections() -> str:
    ordered = [*(query for _, query in loaded()), *(q for q in QUERIES if not q.loaded)]
    listed = "".join(_connection(number, query) for number, query in enumerate(ordered, start=1))
    return f'{_HEAD}<connections xmlns="{_MAIN}">{listed}</connections>'


def _connection(number: int, query: Query) -> str:
    """Return how Excel reaches a query; nothing is fetched until somebody refreshes."""
    place = f'{_PROVIDER};Location={query.name};Extended Properties=""'
    state = 'refreshedVersion="8" background="1" saveData="1"'
    if not query.loaded:
        state = 'refreshedVersion="0" background="1"'
    told = f"Verbinding met de query {query.name} in deze werkmap."
    command = f"SELECT * FROM [{query.name}]"  # noqa: S608 - Excel's way to name a query of its own
    return (
        f'<connection id="{number}" keepAlive="1" name="Query - {query.name}" '
        f'description="{told}" type="5" {state}>'
        f'<dbPr connection={quoteattr(place)} command="{command}"/></connection>'
    )


def _query_table(number: int, query: Query) -> str:
    columns = list(query.columns())
    fields = "".join(
        f'<queryTableField id="{at}" name="{name}" tableColumnId="{at}"/>'
        for at, name in enumerate(columns, start=1)
    )
    kept = ("Number", "Border", "Font", "Pattern", "Alignment", "WidthHeight")
    formats = " ".join(f'apply{kind}Formats="0"' for kind in kept)
    return (
        f'{_HEAD}<queryTable xmlns="{_MAIN}" name="{RANGE}{number}" connectionId="{number}" '
        f'autoFormatId="16" {formats}><queryTableRefresh nextId="{len(columns) + 1}">'
        f'<queryTableFields count="{len(columns)}">{fields}</queryTableFields>'
        "</queryTableRefresh></queryTable>"
    )


def _properties() -> str:
    place = "{" + str(stable_id(ITEM)).upper() + "}"
    return (
        f'{_HEAD}<ds:datastoreItem ds:itemID="{place}" xmlns:ds="{_OFFICE}/customXml">'
        '<ds:schemaRefs><ds:schemaRef ds:uri="http://schemas.microsoft.com/DataMashup"/>'
        "</ds:schemaRefs></ds:datastoreItem>"
    )


def _relation(kind: str, target: str, name: str) -> str:
    return f'<Relationship Id="{name}" Type="{_OFFICE}/relationships/{kind}" Target="{target}"/>'


def _relations(*related: tuple[str, str]) -> bytes:
    listed: Iterable[str] = (
        _relation(kind, target, f"rId{at}") for at, (kind, target) in enumerate(related, start=1)
    )
    whole = f'{_HEAD}<Relationships xmlns="{_PACKAGES}">{"".join(listed)}</Relationships>'
    return whole.encode()
