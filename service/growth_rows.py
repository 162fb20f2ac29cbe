"""Growth lines as a table in Dutch, as columns for a file, and as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from models.dutch_sentences import reason_in_dutch
from models.growth_lines import CAUSE_LABELS, GrowthLine, GrowthLines, TaskFields
from models.labels import dutch_date, dutch_number
from models.left_out import LeftOut
from service.formats import Columns

__all__ = ["COLUMN_DEFINITIONS", "UNIT", "columns_of", "json_of", "notes_of", "summed", "table_of"]

UNIT = "EUR 1,000"
COLUMN_DEFINITIONS = {
    "kind": (
        "line (lijn), of een som: task_field (taakveld), domain (wet), cause (oorzaak) of total."
    ),
    "domain": "Wmo of Jeugd; leeg als over wetten is opgeteld.",
    "taakveld": "Taakveld volgens de indeling van het eerste begrotingsjaar.",
    "taakveld_label": "Naam van het taakveld.",
    "numbering": "Indeling per jaar, als die verandert.",
    "certain": "Of elk product zonder twijfel in dit taakveld valt.",
    "cause": "Oorzaak van de groei, of total.",
    "line": "De lijn in woorden.",
    "unit": "Eenheid: duizenden euro's. Minus = nadelig (meer lasten).",
    "price_base": "nominal: lopende prijzen.",
    "base_year": "Jaar ten opzichte waarvan de groei is.",
    "<jaar>": "Groei in hele duizenden euro's; deze tellen op.",
    "<jaar>_mean": "Verwachting, niet afgerond.",
    "<jaar>_p10": "Met 10% kans is het nadeliger; grenzen tellen niet op.",
    "<jaar>_p90": "Met 10% kans is het minder nadelig; grenzen tellen niet op.",
}
CEILING = "De bestedingsruimte (het plafond) is beleid en zit niet in deze lijnen."
_PRICES = {"nominal": "lopende prijzen (nominaal)"}
_STATUS = {"draft": "concept", "approved": "goedgekeurd"}


def table_of(found: GrowthLines) -> Iterator[str]:
    """Yield the lines of a table for a terminal, a heading first."""
    yield f"Groei x € 1.000 ten opzichte van {found.base_year} (minus = nadelig: meer lasten)"
    yield ""
    rows = list(_cells(found))
    head = ["Taakveld", "Oorzaak", *map(str, found.years)]
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    yield _laid_out(head, widths)
    for place, row in zip(_blocks(found), rows, strict=True):
        if place:
            yield "-" * (sum(widths) + 2 * len(widths) - 2)
        yield _laid_out(row, widths)


def _laid_out(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[2:], widths[2:], strict=True)]
    return "  ".join([*texts, *numbers]).rstrip()


def _blocks(found: GrowthLines) -> Iterator[bool]:
    """Tell of each line whether a block begins with it."""
    for _, lines in groupby(found.lines, key=_place):
        yield True
        yield from (False for _ in list(lines)[1:])


def _place(line: GrowthLine) -> tuple[str, TaskFields | None]:
    return line.domain, line.field


def _cells(found: GrowthLines) -> Iterator[list[str]]:
    for (domain, field), lines in groupby(found.lines, key=_place):
        names = [f"{domain} {field.name}", _changes(field, found.years)] if field else []
        names = names or [f"Totaal {domain}".rstrip()]
        for at, line in enumerate(lines):
            name = names[at] if at < len(names) else ""
            yield [name, CAUSE_LABELS[line.cause], *map(dutch_number, line.thousands)]


def _changes(field: TaskFields, years: Sequence[int]) -> str:
    told = numbering(field, years)
    return f"  ({told})" if told else ""


def numbering(field: TaskFields, years: Sequence[int]) -> str:
    """Return the codes per span of years where they change, such as ``2025-2027: 6.711``."""
    spans = [
        (codes, [year for year, _ in members])
        for codes, members in groupby(
            zip(years, field.codes, strict=True), key=lambda pair: pair[1]
        )
    ]
    if len(spans) == 1:
        return ""
    return "; ".join(f"{_span(span)}: {' en '.join(codes)}" for codes, span in spans)


def _span(years: Sequence[int]) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"


def notes_of(found: GrowthLines, facts: Mapping[str, str]) -> Iterator[str]:
    """Yield what stands below the lines.

    Args:
        found: the lines.
        facts: what is said of the edition, see ``service.export.about``.
    """
    base = dutch_number(found.base / 1000)
    prices = _PRICES.get(found.price_base, found.price_base)
    yield f"Basisjaar {found.base_year}: lasten {base} x € 1.000; {prices}."
    status = _STATUS[facts["status"]]
    yield f"Editie {found.edition_id} ({status}), peildatum {dutch_date(found.as_of)}."
    yield "Dit is een raming."
    if facts["synthetic"] == "true":
        yield "De gegevens zijn verzonnen (synthetisch)."
    yield CEILING
    if len(found.years) < found.asked:
        yield f"Gevraagd: {found.asked} jaren; de editie gaat tot en met {found.years[-1]}."
    yield from _doubts(found)
    yield from map(_without, found.left_out)


def _doubts(found: GrowthLines) -> Iterator[str]:
    for line in found.lines:
        if line.kind == "task_field" and line.field and not line.field.certain:
            why = "; ".join(line.field.reasons)
            yield f"Indeling onzeker: {line.domain} {line.field.name}: {why}."


def _without(one: LeftOut) -> str:
    part = "" if one.series == one.of else f" voor {one.series} van {one.of} reeksen"
    told = "; ".join(map(reason_in_dutch, one.reasons)).rstrip(".")
    why = f" ({told})" if told else ""
    return f"Niet in de lijnen{part}: {one.label}{why}."


def columns_of(found: GrowthLines) -> Columns:
    """Return one row per line, whole thousands first, then what is not rounded."""
    texts = [_texts(line, found) for line in found.lines]
    columns = {name: np.array([row[name] for row in texts], dtype=object) for name in texts[0]}
    certain = [line.field is None or line.field.certain for line in found.lines]
    columns["certain"] = np.array(certain, dtype=bool)
    columns["base_year"] = np.full(len(texts), found.base_year, dtype=np.int64)
    for at, year in enumerate(found.years):
        amounts = [line.thousands[at] for line in found.lines]
        columns[str(year)] = np.array(amounts, dtype=np.int64)
    for at, year in enumerate(found.years):
        for figure in ("mean", "p10", "p90"):
            exact = np.array([getattr(line, figure)[at] for line in found.lines])
            columns[f"{year}_{figure}"] = np.round(exact / 1000, 6)
    return columns


def _texts(line: GrowthLine, found: GrowthLines) -> dict[str, str | None]:
    field = line.field
    return {
        "kind": line.kind,
        "domain": line.domain or None,
        "taakveld": field.code if field else None,
        "taakveld_label": field.label if field else None,
        "numbering": numbering(field, found.years) if field else None,
        "certain": None,  # holds the place of the column
        "cause": line.cause,
        "line": line.text(),
        "unit": UNIT,
        "price_base": found.price_base,
    }


def json_of(found: GrowthLines, facts: Mapping[str, str]) -> dict[str, object]:
    """Return everything: amounts in whole EUR 1,000, mean and band in EUR to the cent."""
    return {
        "edition_id": found.edition_id,
        "status": facts["status"],
        "synthetic": facts["synthetic"] == "true",
        "as_of": found.as_of.isoformat(),
        "base_year": found.base_year,
        "base_eur": round(found.base, 2),
        "years": list(found.years),
        "asked_years": found.asked,
        "unit": UNIT,
        "sign": "negative = adverse",
        "price_base": found.price_base,
        "definition": "Difference from the base year; an estimate, without the spending ceiling.",
        "lines": [_line_json(line, found.years) for line in found.lines],
        "left_out": [_left_out_json(one) for one in found.left_out],
    }


def _line_json(line: GrowthLine, years: Sequence[int]) -> dict[str, object]:
    def per_year(values: Sequence[object]) -> dict[str, object]:
        return dict(zip(map(str, years), values, strict=True))

    field = line.field
    about_field: dict[str, object] = {"taakveld": None, "taakveld_label": None}
    if field:
        about_field = {
            "taakveld": field.code,
            "taakveld_label": field.label,
            "numbering": per_year([list(codes) for codes in field.codes]),
            "certain": field.certain,
            "reasons": list(field.reasons),
        }
    return {
        "kind": line.kind,
        "domain": line.domain or None,
        **about_field,
        "cause": line.cause,
        "line": line.text(),
        "thousands": per_year(line.thousands),
        **{
            f"{figure}_eur": per_year([round(value, 2) for value in getattr(line, figure)])
            for figure in ("mean", "p10", "p90")
        },
    }


def _left_out_json(one: LeftOut) -> dict[str, object]:
    return {
        "product": one.product,
        "label": one.label,
        "series": one.series,
        "of": one.of,
        "reasons": list(one.reasons),
    }


def summed(lines: Sequence[GrowthLine]) -> Iterator[list[int]]:
    """Yield of each line the positions of those it is the sum of; none for a plain line."""
    parts = {"task_field": "line", "domain": "task_field", "cause": "line", "total": "domain"}
    for line in lines:
        yield [
            at
            for at, other in enumerate(lines)
            if other.kind == parts.get(line.kind) and _in(other, line)
        ]


def _in(part: GrowthLine, whole: GrowthLine) -> bool:
    """Tell whether a line belongs to a sum of its kind."""
    if whole.kind == "task_field":
        return part.field == whole.field
    if whole.kind == "cause":
        return part.cause == whole.cause
    return whole.kind == "total" or part.domain == whole.domain
