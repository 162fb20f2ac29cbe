"""What can be wrong with a budget table: file, row, column, value and rule, in Dutch."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RULES", "TableFault", "fault"]

MOST_VALUE = 100
RULES = {
    "no-table": (
        "geen tabel gevonden: er moet een rij met koppen zijn, met minstens jaar en bedrag_eur (of "
        "bedrag_x1000) en product, taakveld, programma of totaal"
    ),
    "heading-twice": "deze kop komt twee keer voor",
    "unknown-heading": "deze kop is niet bekend; bekend zijn: {known}",
    "no-lines": "de tabel heeft geen regels",
    "too-many": "een begroting heeft hoogstens 1.000 regels",
    "merged": "samengevoegde cellen: splits ze, en vul elke cel",
    "formula": "hier staat een formule: plak de waarde",
    "no-year": "geen jaar: vier cijfers, zoals 2026",
    "outside": "de raming van deze editie gaat niet zo ver",
    "empty": "hier ontbreekt een bedrag",
    "two-amounts": "vul een bedrag in euro's in, of een bedrag x 1.000, niet allebei",
    "text": "hier staat tekst in plaats van een getal: maak er een getal van",
    "no-amount": "dit is geen bedrag; schrijf 1234567,89 (in een CSV met komma's: 1234567.89)",
    "negative": "een bedrag is niet negatief; zet baten niet in deze tabel, of kies basis netto",
    "cents": "een bedrag heeft hoogstens twee decimalen",
    "in-thousands": (
        "dit is ongeveer een duizendste van wat wordt verwacht. Staan de bedragen in duizenden? "
        "Gebruik dan de kolom bedrag_x1000, of bevestig dat dit euro's zijn"
    ),
    "no-basis": "basis is bruto of netto",
    "long-label": "een omschrijving heeft hoogstens 200 tekens",
    "one-of": "vul precies één in van: product, taakveld, programma, totaal (ja)",
    "twice": "deze regel staat er twee keer",
    "unknown-product": "dit product kent de editie niet",
    "unknown-taakveld": "dit is geen taakveld voor Wmo of Jeugd in dat jaar",
    "unknown-programme": "dit programma staat niet in de indeling",
    "no-share": "een aandeel is een getal boven 0 en hoogstens 100",
    "shares": "de aandelen van een programma zijn samen geen 100",
    "control": "de regels tellen niet op tot het controletotaal",
}


@dataclass(frozen=True)
class TableFault:
    """One thing that is wrong.

    Attributes:
        code: which rule.
        file: name of the file.
        sheet: name of the sheet, or None.
        row: as a spreadsheet numbers it; None where it is no single row.
        column: heading of the column, or None.
        value: what stands there, or None.
        rule: what should be there, in Dutch.
    """

    code: str
    file: str
    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    rule: str

    def text(self) -> str:
        """Return the fault as one line."""
        place = self.file if self.sheet is None else f"{self.file} [{self.sheet}]"
        where = [place, *([f"rij {self.row}"] if self.row else [])]
        where += [f"kolom {self.column}"] if self.column else []
        value = f" ({self.value})" if self.value else ""
        return f"{', '.join(where)}: {self.rule}{value}"


def fault(
    code: str,
    place: tuple[str, str | None],
    row: int | None,
    column: str | None,
    value: object = None,
    **fields: str,
) -> TableFault:
    """Return a fault.

    Args:
        code: key of ``RULES``.
        place: file and sheet.
        row: counted from 1.
        column: heading.
        value: what stands there.
        fields: of the rule's text.
    """
    shown = None if value is None else str(value)[:MOST_VALUE]
    return TableFault(code, *place, row, column, shown, RULES[code].format(**fields))
