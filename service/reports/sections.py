"""The sections of the underpinning of a budget, from the figures that were gathered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.drivers import CAUSES
from models.labels import CAUSES as CAUSE_LABELS
from models.labels import dutch_number
from service.api import explanations
from service.reports import words
from service.reports.background import growth, scores, section, sources, terms, unknown
from service.reports.beside import budget, scenario
from service.reports.content import (
    Bullets,
    Cell,
    Column,
    Drawing,
    Line,
    Part,
    Section,
    Table,
    Total,
)
from service.reports.findings import Findings, Row

__all__ = ["all_sections", "causes", "expected", "fan", "waterfall"]

BASE, TOTAL = "base", "total"


def all_sections(found: Findings, unit: str) -> Iterator[Section]:
    """Yield every section, in order.

    Args:
        found: the figures.
        unit: in which money is printed, in words.
    """
    yield _asked(found)
    yield expected(found, unit)
    yield _products(found)
    yield causes(found)
    yield budget(found)
    yield scenario(found)
    yield growth(found)
    yield scores(found)
    yield unknown(found)
    yield terms()
    yield sources(found)


def _asked(found: Findings) -> Section:
    told = found.told
    parts: list[Part] = []
    for key in ("what", "why", "certainty", "changes", "budget"):
        if key in told:
            parts.append(told[key].text)
    return section("asked", "Samenvatting", *parts)


def expected(found: Findings, unit: str) -> Section:
    """Return what is expected, by year and over all of them, with bands."""
    certainty = words.percent_text(found.subject.certainty)
    enough = words.ENOUGH.format(certainty=certainty)
    rounded = words.ROUNDED.format(unit=unit)
    parts: tuple[Part, ...] = (
        *fan(found),
        _expected_table(found, certainty),
        words.BAND,
        enough,
        rounded,
    )
    return section("expected", "Wat we verwachten", *parts)


def fan(found: Findings) -> Iterator[Drawing]:
    """Yield the course of the cost with its band, where there is one."""
    rows = [row for row in found.years if row["mean"] is not None]
    if not any(row["kind"] == "forecast" for row in rows):
        return
    names = ("period", "frequency", "measure", "unit", "kind", "p10", "p50", "p90")
    columns = {name: [row[name] for row in rows] for name in names}
    last = rows[-1]
    alt = (
        f"Grafiek van de kosten per jaar van {rows[0]['period'].year} tot en met "
        f"{last['period'].year}. {_in_millions(last)} De cijfers staan in de tabel."
    )
    subject = found.subject
    yield Drawing("fan", alt, columns, f"Kosten per jaar, {_short(subject.product_text)}")


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else "gekozen producten"


def _in_millions(row: Row) -> str:
    low, middle, high = (dutch_number(row[name] / 1e6, 1) for name in ("p10", "mean", "p90"))
    year = row["period"].year
    return f"In {year} is {middle} miljoen euro verwacht, tussen {low} en {high} miljoen."


def _expected_table(found: Findings, certainty: str) -> Table:
    columns = (
        Column("Jaar"),
        Column("Soort"),
        Column("Verwacht", "money"),
        Column("P10", "money"),
        Column("P90", "money"),
        Column(f"Genoeg met {certainty}", "money"),
    )
    lines: list[Line] = []
    asked: list[int] = []
    for row in found.years:
        year = row["period"].year
        if year in found.subject.years:
            asked.append(len(lines))
        lines.append(_expected_line(row, found.enough.get(year)))
    if found.whole is not None:
        total = Total(found.whole["mean"], tuple((at, 2) for at in asked))
        band = (found.whole["p10"], found.whole["p90"], found.enough.get(None))
        lines.append(Line((found.subject.span, "samen", total, *band), is_sum=True))
    return Table("Kosten per jaar ({unit})", columns, tuple(lines))


def _expected_line(row: Row, enough: float | None) -> Line:
    year = str(row["period"].year)
    if row["kind"] == "actual":
        return Line((year, "werkelijk", row["actual"], None, None, None))
    return Line((year, "raming", row["mean"], row["p10"], row["p90"], enough))


def _products(found: Findings) -> Section:
    years = found.subject.years
    names = dict.fromkeys((row["product"], row["product_label"]) for row in found.products)
    means = {(row["product"], row["period"].year): row["mean"] for row in found.products}
    lines = [
        Line((label or code, *(means.get((code, year)) for year in years))) for code, label in names
    ]
    count = len(lines)
    if count > 1:
        sums = [_year_total(found, year, at + 1, count) for at, year in enumerate(years)]
        lines.append(Line(("Totaal", *sums), is_sum=True))
    columns = (Column("Product"), *(Column(str(year), "money") for year in years))
    table = Table("Verwachte kosten per product ({unit})", columns, tuple(lines))
    return section("products", "Per product", table)


def _year_total(found: Findings, year: int, column: int, count: int) -> Cell:
    row = found.year(year)
    known = [at for at in range(count)]
    value = None if row is None else row["mean"]
    return Total(value, tuple((at, column) for at in known))


def causes(found: Findings) -> Section:
    """Return what the growth comes from, by year; causes add up."""
    if not found.causes:
        return section("causes", "Waardoor", words.NO_CAUSES)
    table = _causes_table(found.causes)
    shown = (cause for cause in CAUSES if _matters(found.causes, cause))
    terms = tuple(f"{CAUSE_LABELS[c]}: {explanations.CAUSES[c][1]}" for c in shown)
    return section("causes", "Waardoor", *waterfall(found), table, Bullets(terms))


def waterfall(found: Findings) -> Iterator[Drawing]:
    """Yield the growth to the last year by cause, where it is known."""
    last = found.subject.years[-1]
    rows = [row for row in found.causes if row["year"] == last]
    if not rows or any(row["mean"] is None for row in rows):
        return
    names = ("cause", "mean", "unit", "year")
    columns = {name: [row[name] for row in rows] for name in names}
    parts = ", ".join(
        f"{CAUSE_LABELS[row['cause']]} {dutch_number(row['mean'] / 1e6, 1)}"
        for row in rows
        if row["cause"] in CAUSES and row["mean"]
    )
    alt = (
        f"Grafiek van de groei van {rows[0]['base_year']} naar {last} per oorzaak, in miljoenen "
        f"euro: {parts}. De cijfers staan in de tabel."
    )
    yield Drawing("causes", alt, columns, f"Groei van {rows[0]['base_year']} naar {last}")


def _matters(rows: Sequence[Row], cause: str) -> bool:
    """Tell whether a cause is shown: policy only where its effect was measured."""
    return cause != "policy" or any(row["mean"] for row in rows if row["cause"] == cause)


def _causes_table(rows: Sequence[Row]) -> Table:
    years = sorted({row["year"] for row in rows})
    means = {(row["cause"], row["year"]): row["mean"] for row in rows}
    shown = [cause for cause in (BASE, *CAUSES) if cause == BASE or _matters(rows, cause)]
    base_year = rows[0]["base_year"]
    names = {BASE: f"Basisjaar {base_year}"}
    lines = [
        Line((names.get(cause, CAUSE_LABELS[cause]), *(means[cause, year] for year in years)))
        for cause in shown
    ]
    sums = (
        Total(means[TOTAL, year], tuple((row, at) for row in range(len(shown))))
        for at, year in enumerate(years, start=1)
    )
    lines.append(Line(("Verwachte kosten", *sums), is_sum=True))
    columns = (Column("Oorzaak"), *(Column(str(year), "money") for year in years))
    title = f"Van {base_year} naar elk jaar, per oorzaak ({{unit}})"
    return Table(title, columns, tuple(lines), shared=tuple(range(1, len(shown))))
