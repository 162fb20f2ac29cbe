"""Write the empty tables of the data contract, explained in Dutch for who fills them in."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import xlsxwriter

from models.contract import CONTRACT, Column, DataFile, Kind
from models.errors import ZorgramingError
from training.files import write_aside

WORKBOOK = "zorgraming-template.xlsx"
README = "README.txt"

_FORMATS = {
    Kind.CODE: "@",  # text, so that 01 stays 01
    Kind.TEXT: "@",
    Kind.CHOICE: "@",
    Kind.DATE: "yyyy-mm-dd",
    Kind.PERIOD: "yyyy-mm-dd",
    Kind.MONEY: "0.00",
}
_LAST_ROW = 1_048_575
_EXPLANATION_WIDTHS = (16, 18, 11, 80, 50, 26)


def write_template(folder: Path) -> list[Path]:
    """Write an empty CSV per file of the contract, one workbook with all of them, and a README.

    Args:
        folder: is made when it does not exist; may hold other files.

    Returns:
        The files that were written.

    Raises:
        ZorgramingError: a file of the template exists already (nothing is written), or the folder
            cannot be written.
    """
    contents = _contents()
    there = [name for name in contents if (folder / name).exists()]
    if there:
        raise ZorgramingError(f"{folder} already holds {', '.join(there)}; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ZorgramingError(f"{folder} cannot be made: {error.strerror}") from error
    for name, content in contents.items():
        write_aside(folder / name, content)
    return [folder / name for name in contents]


def _contents() -> dict[str, bytes]:
    tables = {f"{file.name}.csv": _header(file) for file in CONTRACT}
    return {README: _readme().encode(), WORKBOOK: _workbook(), **tables}


def _header(file: DataFile) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(file.names)
    return text.getvalue().encode()


def _workbook() -> bytes:
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        bold = workbook.add_format({"bold": True})
        _explanation_sheet(workbook, bold)
        _example_sheet(workbook, bold)
        for file in CONTRACT:
            _table_sheet(workbook, file, bold)
    return content.getvalue()


def _explanation_sheet(workbook: Any, bold: Any) -> None:  # noqa: ANN401 - untyped library
    sheet = workbook.add_worksheet("Uitleg")
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    for position, width in enumerate(_EXPLANATION_WIDTHS):
        sheet.set_column(position, position, width)
    head = ("bestand", "kolom", "verplicht", "uitleg", "toegestane waarden", "voorbeeld")
    sheet.write_row(0, 0, head, bold)
    sheet.freeze_panes(1, 0)
    line = 1
    for file in CONTRACT:
        required = "ja" if file.required else "nee"
        sheet.write_row(line, 0, (file.name, "", required, file.explanation), bold)
        for column in file.columns:
            line += 1
            sheet.write_row(line, 0, _explained(file, column), wrap)
        line += 1


def _explained(file: DataFile, column: Column) -> tuple[str, ...]:
    required = "ja" if column.required else "nee"
    if column.name in file.one_of:
        required = "één van " + ", ".join(file.one_of)
    allowed = ", ".join(column.allowed)
    return (file.name, column.name, required, column.explanation, allowed, column.example)


def _example_sheet(workbook: Any, bold: Any) -> None:  # noqa: ANN401
    sheet = workbook.add_worksheet("Voorbeeld")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 12, 16)
    marked = workbook.add_format({"italic": True, "bg_color": "#FFF2CC"})
    sheet.write(0, 0, "Alleen voorbeelden: verzonnen cijfers. Vul de tabbladen hierna in.", bold)
    for position, file in enumerate(CONTRACT):
        line = 2 + 3 * position
        sheet.write_row(line, 0, (file.name, *file.names), bold)
        example = ("VOORBEELD", *(column.example for column in file.columns))
        sheet.write_row(line + 1, 0, example, marked)


def _table_sheet(workbook: Any, file: DataFile, bold: Any) -> None:  # noqa: ANN401
    sheet = workbook.add_worksheet(file.name)
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(file.columns):
        shape = _FORMATS.get(column.kind)
        cells = workbook.add_format({"num_format": shape}) if shape else None
        sheet.set_column(position, position, max(14, len(column.name) + 2), cells)
        sheet.write(0, position, column.name, bold)
        if column.allowed:
            choice = {"validate": "list", "source": list(column.allowed)}
            sheet.data_validation(1, position, _LAST_ROW, position, choice)


def _readme() -> str:
    files = "\n".join(
        f"  {file.name:<14} {'VERPLICHT  ' if file.required else '           '}{file.explanation}"
        for file in CONTRACT
    )
    return _README.format(files=files, workbook=WORKBOOK)


_README = """\
Zorgraming: lege tabellen voor een levering
===========================================

In deze map staat per tabel een leeg CSV-bestand met alleen de kopregel. In {workbook}
staan dezelfde tabellen als tabbladen, met uitleg per kolom (Uitleg) en voorbeelden (Voorbeeld).

De tabellen
-----------
{files}

Zo vult u ze in
---------------
1. Alleen care_use is verplicht. Een tabel die u niet gebruikt laat u leeg of haalt u weg.
2. Lever totalen per wijk en product. Lever nooit gegevens van personen: geen namen, geen
   geboortedata, geen burgerservicenummers. Een kolom met burgerservicenummers wordt geweigerd.
3. Leeg betekent onbekend. 0 betekent: er is er geen. Vul nooit 0 in voor onbekend.
4. Getallen hebben een decimale punt en geen punt of spatie voor duizendtallen: 1234.50.
   Bedragen zijn in euro's met hooguit twee decimalen.
5. Datums schrijft u als jjjj-mm-dd. Een periode is de eerste dag van een maand, kwartaal of
   jaar: 2023-01-01. Lever een product altijd met dezelfde frequentie.
6. Schrijf codes van gemeente, wijk en product overal precies hetzelfde, met voorloopnullen.
7. Is iets alleen voor de hele gemeente bekend, of is de wijk onbekend? Vul dan bij district de
   code van de gemeente in.
8. Verander de namen van de kolommen niet. Kolommen die niet verplicht zijn mag u weghalen.

Opslaan en controleren
----------------------
U kunt het ingevulde werkboek zelf leveren: laat het in deze map staan, dan worden de tabbladen
gelezen die u hebt ingevuld. Of lever CSV (UTF-8, met komma's tussen de kolommen) of Parquet, onder
de namen hierboven. Lever elke tabel één keer. Let op: Excel met Nederlandse instellingen schrijft
in CSV puntkomma's en decimale komma's; lever dan liever het werkboek.

Controleer de levering met:

  zorgraming check MAP --report fouten.xlsx

U krijgt alle fouten in een keer, met bestand, rij, kolom, waarde en regel.
"""
