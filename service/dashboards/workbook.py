"""A workbook with the queries in it and an empty table for each, which Excel fills."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from functools import lru_cache

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from service.dashboards.mashup import zipped
from service.dashboards.parts import RANGE, changes, loaded, own_parts
from service.dashboards.queries import Query
from service.dashboards.section import section

EXPLANATION = "Uitleg"
CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same M, the same bytes
FORMATS = {
    "type date": "yyyy-mm-dd",
    "type datetimezone": "yyyy-mm-dd hh:mm",
    "type number": "#,##0.00",
    "Int64.Type": "0",
}
WIDTH = 14


@lru_cache(maxsize=4)
def workbook(base: str) -> bytes:
    """Return the workbook as a file.

    Args:
        base: address of the version, such as ``https://raming.example.nl/v1``.

    Raises:
        ValueError: the library writes a part in another form than was counted on.
    """
    with zipfile.ZipFile(io.BytesIO(_plain(base))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, steps in changes().items():
        for step in steps:
            parts[name] = step.of(parts[name])
    return zipped(parts | own_parts(section(base)))


def _plain(base: str) -> bytes:
    """Return the workbook before Excel knows that its tables are filled by queries."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_urls": False})
    book.set_properties({"title": "Zorgraming", "created": CREATED})
    formats = {kind: book.add_format({"num_format": shape}) for kind, shape in FORMATS.items()}
    _explain(book, base)
    for number, query in loaded():
        _table(book, number, query, formats)
    book.close()
    return stream.getvalue()


def _table(book: Workbook, number: int, query: Query, formats: dict[str, Format]) -> None:
    sheet, columns = book.add_worksheet(query.name), query.columns()
    last = len(columns) - 1
    shapes = [{"header": name, "format": formats.get(kind)} for name, kind in columns.items()]
    options = {"name": query.name, "columns": shapes, "data": [[None] * len(columns)]}
    sheet.add_table(0, 0, 1, last, options)
    sheet.set_column(0, last, WIDTH)
    sheet.freeze_panes(1, 0)
    place = xlsxwriter.utility.xl_range_abs(0, 0, 1, last)
    book.define_name(f"{query.name}!{RANGE}{number}", f"={query.name}!{place}")


def _explain(book: Workbook, base: str) -> None:
    sheet = book.add_worksheet(EXPLANATION)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 100, wrapped)
    row = 0
    for title, lines in _explanation(base):
        sheet.write_string(row, 0, title, bold)
        for at, line in enumerate(lines, start=row + 1):
            sheet.write_string(at, 0, line, wrapped)
        row += len(lines) + 2


def _explanation(base: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        (
            "Ramingen in deze werkmap",
            (
                f"De tabellen komen van {base}. Ze zijn leeg tot u ze vernieuwt.",
                "Er staat geen sleutel in deze werkmap. Excel vraagt die één keer en bewaart hem "
                "op uw eigen computer.",
            ),
        ),
        (
            "Vernieuwen",
            (
                "1. Kies Bewerken inschakelen en Inhoud inschakelen als Excel dat vraagt.",
                "2. Kies Gegevens > Alles vernieuwen.",
                "3. Kies links Basis (in het Engels: Basic). Gebruikersnaam: het kenmerk van uw "
                "sleutel, de letters en cijfers tussen zr_ en het volgende streepje. Wachtwoord: "
                "de hele sleutel.",
                f"4. Kies bij het niveau {base} en daarna Verbinden.",
                "5. Vraagt Excel naar privacyniveaus, kies dan Organisatie.",
            ),
        ),
        (
            "Als het niet lukt",
            (
                "Oorzaken geeft een fout (403) bij een sleutel met de rol reader: verwijder dat "
                "blad, of vraag een sleutel met de rol controller.",
                "Sleutel verlopen of fout getypt (401): Gegevens > Gegevens ophalen > "
                "Instellingen voor gegevensbron, en vul hem opnieuw in.",
                "Wilt u maanden: klik in Gegevens > Query's en verbindingen met rechts op "
                "Jaarverloop en kies Laden naar.",
            ),
        ),
        (
            "Let op",
            (
                f"Wat elke kolom betekent staat op {base}/docs. Grenzen (p10, p90) tellen niet "
                "op; mean wel.",
                "Bewaart u deze werkmap na het vernieuwen, dan staan de cijfers erin: behandel "
                "haar dan als die cijfers zelf.",
            ),
        ),
    )
