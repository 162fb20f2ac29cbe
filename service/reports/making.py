"""A whole report: cover and sections of the underpinning of a budget, or of one page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.catalogue import ALL
from models.dutch import money
from models.labels import dutch_date
from service.reports import words
from service.reports.beside import budget_sum
from service.reports.content import (
    THOUSAND,
    Bullets,
    Column,
    Cover,
    Line,
    Part,
    Report,
    Section,
    Table,
    Total,
)
from service.reports.findings import Findings
from service.reports.sections import all_sections, fan

__all__ = ["council", "underpinning"]

SMALL = 1_000_000  # euros: below, thousands tell too little


def underpinning(found: Findings) -> Report:
    """Return the underpinning of a budget."""
    name = f"zorgraming-onderbouwing-{found.subject.municipality}-{_years(found)}"
    unit = _unit(found)
    sections = tuple(all_sections(found, "\u20ac 1.000" if unit == THOUSAND else "hele euro's"))
    return Report(name, _cover(found, words.UNDERPINNING), sections, unit)


def council(found: Findings) -> Report:
    """Return one page for the council: what, how much, how sure, why, the budget."""
    name = f"zorgraming-raad-{found.subject.municipality}-{_years(found)}"
    cover = _cover(found, words.COUNCIL)
    return Report(name, cover, tuple(_page(found)), _unit(found), short=True)


def _years(found: Findings) -> str:
    return "-".join(dict.fromkeys(str(found.subject.years[at]) for at in (0, -1)))


def _unit(found: Findings) -> int:
    largest = max((row["mean"] or 0.0 for row in found.years), default=0.0)
    return THOUSAND if largest >= SMALL else 1


def _cover(found: Findings, title: str) -> Cover:
    share = found.subject.share
    manifest = share.edition.manifest
    as_of, until = (date.fromisoformat(str(manifest[name])) for name in ("as_of", "data_until"))
    synthetic = bool(manifest["synthetic"])
    warnings = [words.DRAFT] if share.served.is_draft else []
    warnings += [words.SYNTHETIC] if synthetic else []
    if share.municipalities[0] not in share.served.current_for:
        warnings.append(words.NOT_CURRENT)
    return Cover(
        title=title,
        municipality=found.subject.place,
        facts=tuple(_facts(found, as_of, until)),
        warnings=tuple(warnings),
        edition=share.edition.edition_id,
        as_of=as_of,
        data_until=until,
        synthetic=synthetic,
        owner=share.served.owner if share.is_whole else "",
    )


def _facts(found: Findings, as_of: date, until: date) -> Iterator[tuple[str, str]]:
    subject, served = found.subject, found.subject.share.served
    yield "Gevraagd", f"kosten van {subject.product_text}"
    yield "Jaren", subject.span
    yield "Zekerheid", words.percent_text(subject.certainty)
    if found.budget is not None:
        content = found.budget.content
        yield "Begroting", f"{content['name']} ({content['version']})"
    if found.scenario is not None:
        yield "Scenario", str(found.scenario.content["name"])
    yield "Editie", subject.share.edition.edition_id
    yield "Peildatum", f"{dutch_date(as_of)}; gegevens tot en met {dutch_date(until)}"
    yield "Goedgekeurd", _approval(found)
    if served.valid_until is not None:
        yield "Geldig tot en met", dutch_date(served.valid_until)


def _approval(found: Findings) -> str:
    signed = found.subject.share.served.approval
    if signed is None:
        return "nee: concept"
    day = dutch_date(date.fromisoformat(str(signed["at"])[:10]))
    reference = signed.get("reference")
    by = f"{day}, door {signed.get('by') or 'onbekend'}"
    return f"{by} ({reference})" if reference else by


def _page(found: Findings) -> Iterator[Section]:
    told = found.told
    sheet = words.SHEETS["asked"]
    yield Section("Wat en hoeveel", (told["what"].text, _council_table(found)), sheet)
    if "certainty" in told:
        yield Section("Hoe zeker", (told["certainty"].sentences[0], *fan(found)), sheet)
    if "why" in told:
        yield Section("Waarom", (" ".join(told["why"].sentences[:2]),), sheet)
    yield Section("Begroting", tuple(_council_budget(found)), sheet)
    yield Section("Let op", (Bullets(tuple(_limits(found))),), sheet)


def _council_table(found: Findings) -> Table:
    """Return expected cost and band by year, the years as columns."""
    rows = [row for year in found.subject.years if (row := found.year(year)) is not None]
    columns = [Column("Bedragen"), *(Column(str(r["period"].year), "money") for r in rows)]
    names = {"Verwacht": "mean", "Laag (P10)": "p10", "Hoog (P90)": "p90"}
    whole = found.whole
    if whole is not None:
        columns.append(Column("Samen", "money"))
    lines = []
    for at, (label, name) in enumerate(names.items()):
        cells = [row[name] for row in rows]
        if whole is not None:
            adds = tuple((at, column) for column in range(1, len(rows) + 1))
            cells.append(Total(whole[name], adds) if name == "mean" else whole[name])
        lines.append(Line((label, *cells), is_sum=name == "mean"))
    return Table("Kosten per jaar ({unit})", tuple(columns), tuple(lines))


def _council_budget(found: Findings) -> Iterator[Part]:
    row = budget_sum(found)
    if row is None or row["probability_exceeded"] is None:
        yield words.NO_BUDGET if found.budget is None else words.BUDGET_OUTSIDE
        return
    years = found.subject.span if row["year"] == "all" else row["year"]
    yield words.COUNCIL_BUDGET.format(
        name=found.budget.content["name"] if found.budget else "",
        lines=words.counted(
            sum(one["scope"] != "sum" for one in found.held), "regel", "regels samen"
        ),
        years=years,
        amount=money(row["budget_eur"]),
        expected=money(row["mean"]),
        chance=words.percent_text(round(row["probability_exceeded"], 2)),
        certainty=words.percent_text(found.subject.certainty),
        enough=money(row["amount_eur"]),
    )


def _limits(found: Findings) -> Iterator[str]:
    yield words.COUNCIL_ESTIMATE
    scenario = found.scenario
    if scenario is not None:
        rows = [r for r in found.effect if r["part"] == "difference" and r["period"] != ALL]
        if rows:
            last = rows[-1]
            yield words.COUNCIL_SCENARIO.format(
                name=scenario.content["name"],
                year=last["period"].year,
                effect=words.signed(last["mean"]),
            )
    if found.held_products:
        yield words.COUNCIL_HELD.format(
            products=words.counted(found.held_products, "product", "producten")
        )
