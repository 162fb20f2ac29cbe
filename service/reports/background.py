"""What lies behind the figures of a report: growth lines, scores, what is not known, sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from models.labels import CAUSES as CAUSE_LABELS
from models.labels import dutch_date
from models.model_card import LIMITS
from service.api import explanations
from service.growth_rows import numbering, summed
from service.reports import words
from service.reports.content import Bullets, Cell, Column, Line, Part, Section, Table, Total
from service.reports.findings import Findings, Row

__all__ = ["growth", "scores", "section", "sources", "terms", "unknown"]


def section(name: str, title: str, *parts: Part) -> Section:
    """Return a section; its name tells which sheet of a workbook it is."""
    return Section(title, parts, words.SHEETS[name])


def growth(found: Findings) -> Section:
    """Return the growth lines per task field and cause."""
    lines_of, title = found.growth, "Groeilijnen per taakveld"
    if lines_of is None:
        return section("growth", title, words.NO_GROWTH)
    shown = [at for at, year in enumerate(lines_of.years) if year in found.subject.years]
    columns = (
        Column("Taakveld"),
        Column("Oorzaak"),
        *(Column(str(lines_of.years[at]), "thousands") for at in shown),
    )
    kept = [line for line in lines_of.lines if line.kind != "line" or any(line.thousands)]
    lines = []
    for line, of in zip(kept, summed(kept), strict=True):
        place = f"{line.domain} {line.field.name}" if line.field else f"Totaal {line.domain}"
        cells: list[Cell] = [place.rstrip(), CAUSE_LABELS[line.cause]]
        for column, at in enumerate(shown, start=2):
            amount = line.thousands[at]
            cells.append(Total(amount, tuple((row, column) for row in of)) if of else amount)
        lines.append(Line(tuple(cells), is_sum=bool(of)))
    table = Table("Groei per taakveld en oorzaak (\u00d7 € 1.000)", columns, tuple(lines))
    told = words.GROWTH.format(base=lines_of.base_year)
    return section("growth", title, told, table, *_doubts(found))


def _doubts(found: Findings) -> Iterator[Bullets]:
    known = found.growth
    if known is None:
        return
    fields = [line.field for line in known.lines if line.kind == "task_field" and line.field]
    told = [
        f"{field.domain} {field.name}: indeling per jaar {text}."
        for field in fields
        if (text := numbering(field, known.years))
    ]
    told += [
        f"Indeling onzeker: {field.domain} {field.name}: {'; '.join(field.reasons)}."
        for field in fields
        if not field.certain
    ]
    if told:
        yield Bullets(tuple(told))


def scores(found: Findings) -> Section:
    """Return how good earlier forecasts were, beside the simple method."""
    rows = sorted(
        (row for row in found.scores if row["wape"] is not None),
        key=lambda row: (
            row["kind"] != "rolling",
            row["level"] != "total",
            row["product"] != "all",
        ),
    )
    if not rows:
        return section("scores", "Hoe goed waren eerdere ramingen", words.NO_SCORES)
    names = {row["product"]: row["label"] for row in found.subject.share.edition.products}
    lines = [_score_line(row, names) for row in rows]
    columns = (
        Column("Wat"),
        Column("Gemeten"),
        Column("Uitkomsten", "count"),
        Column("Fout", "percent"),
        Column("Fout eenvoudige methode", "percent"),
        Column("In de band", "chance"),
    )
    table = Table("Fout van eerdere ramingen van jaarkosten", columns, tuple(lines))
    worse = [
        str(line.cells[0])
        for line, row in zip(lines, rows, strict=True)
        if row["baseline_wape"] is not None and row["wape"] > row["baseline_wape"]
    ]
    told = [words.WORSE.format(names=", ".join(dict.fromkeys(worse)))] if worse else []
    return section("scores", "Hoe goed waren eerdere ramingen", words.SCORES, table, *told)


def _whole_first(row: Row) -> tuple[bool, bool, bool]:
    return row["kind"] != "rolling", row["level"] != "total", row["product"] != "all"


def _score_line(row: Row, names: dict[str, str | None]) -> Line:
    code = row["product"]
    name = names.get(code) or code
    if code == "all":
        name = "Alle kosten samen" if row["level"] == "total" else "Producten, gemiddeld"
    kind = "nagerekend" if row["kind"] == "rolling" else "uitgekomen"
    figures = (row["observations"], row["wape"], row["baseline_wape"], row["coverage_80"])
    return Line((name, kind, *figures))


def unknown(found: Findings) -> Section:
    """Return what the figures do not hold."""
    told = found.told["unknown"].text
    items = tuple(dict.fromkeys((*found.notes, *LIMITS)))
    return section("unknown", "Wat we niet weten", told, Bullets(items))


def terms() -> Section:
    """Return what the words mean."""
    items = tuple(f"{name}: {text}" for name, text in words.TERMS.items())
    cost = f"Kosten: {explanations.DEFINITIONS['cost']}"
    return section("terms", "Begrippen", Bullets((cost, *items)))


def sources(found: Findings) -> Section:
    """Return what the edition was made from."""
    share = found.subject.share
    manifest = share.edition.manifest
    versions = manifest.get("versions", {})
    facts = [
        f"Editie {share.edition.edition_id}, controlegetal {str(manifest['sha256'])[:16]}…",
        f"Gegevens tot en met {dutch_date(date.fromisoformat(manifest['data_until']))}.",
        f"Zorgraming {versions.get('zorgraming', '')}, {manifest['draws']} doorgerekende "
        "toekomsten.",
    ]
    parts: list[Part] = [Bullets(tuple(facts))]
    inputs = manifest.get("inputs") or ()
    if share.is_whole and inputs:
        parts.append(_inputs(inputs))
    return section("sources", "Bronnen van deze editie", *parts)


def _inputs(inputs: Sequence[Row]) -> Table:
    lines = tuple(
        Line((str(row["file"]), row.get("source"), row.get("vintage"), row.get("rows")))
        for row in inputs
    )
    columns = (Column("Bestand"), Column("Bron"), Column("Stand"), Column("Rijen", "count"))
    return Table("Aangeleverde bestanden", columns, lines)
