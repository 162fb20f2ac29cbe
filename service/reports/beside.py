"""What stands beside the forecast in a report: a budget, and a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.catalogue import ALL
from models.dutch import money
from models.scenario_rows import ADJUSTED, BASE, DIFFERENCE
from service.reports import words
from service.reports.content import Cell, Column, Line, Part, Section, Table, Total
from service.reports.findings import Findings, Row

__all__ = ["budget", "budget_sum", "scenario"]

AMOUNT, MEAN, GAP = 2, 3, 4  # columns of the table of a budget


def budget(found: Findings) -> Section:
    """Return the budget beside the forecast, line by line and together."""
    title, sheet = "Begroting naast raming", words.SHEETS["budget"]
    if found.budget is None:
        return Section(title, (words.NO_BUDGET,), sheet)
    content = found.budget.content
    decided = content["decided_on"]
    facts = f"{content['name']} ({content['version']}), kenmerk {found.budget.id}"
    told: list[Part] = [f"{facts}{f', vastgesteld op {decided:%d-%m-%Y}' if decided else ''}."]
    if not found.held:
        return Section(title, (*told, words.BUDGET_OUTSIDE), sheet)
    told += [_table(found), *_risk(found)]
    if found.lines_left:
        told.append(
            words.LINES_LEFT.format(lines=words.counted(found.lines_left, "regel", "regels"))
        )
    return Section(title, tuple(told), sheet)


def budget_sum(found: Findings) -> Row | None:
    """Return the sum of all lines over all years; None without one."""
    sums = [row for row in found.held if row["scope"] == "sum"]
    return sums[-1] if sums else None


def _table(found: Findings) -> Table:
    certainty = words.percent_text(found.subject.certainty)
    columns = (
        Column("Regel"),
        Column("Jaar"),
        Column("Begroot", "money"),
        Column("Verwacht", "money"),
        Column("Verwacht min begroot", "money"),
        Column("Kans op meer", "chance"),
        Column(f"Genoeg met {certainty}", "money"),
        Column("Buffer", "money"),
        Column("Risico", "money"),
    )
    rows = list(found.held)
    lines = tuple(_line(row, at, rows) for at, row in enumerate(rows))
    return Table("Begroting naast raming ({unit})", columns, lines)


def _line(row: Row, at: int, rows: Sequence[Row]) -> Line:
    is_sum = row["scope"] == "sum"
    members = _members(row, rows) if is_sum else ()
    gap = None
    if row["gap_eur"] is not None:
        gap = Total(row["gap_eur"], ((at, MEAN),), ((at, AMOUNT),))
    rest = ("probability_exceeded", "amount_eur", "cushion_eur", "risk_eur")
    cells: tuple[Cell, ...] = (
        _name(row),
        "alle jaren" if row["year"] == "all" else row["year"],
        Total(row["budget_eur"], tuple((m, AMOUNT) for m in members))
        if members
        else row["budget_eur"],
        _mean(row, members, rows),
        gap,
        *(row[name] for name in rest),
    )
    return Line(cells, is_sum)


def _budgeted(row: Row, members: Sequence[int]) -> Cell:
    amount: float = row["budget_eur"]
    return Total(amount, tuple((m, AMOUNT) for m in members)) if members else amount


def _mean(row: Row, members: Sequence[int], rows: Sequence[Row]) -> Cell:
    """Return what is expected; of a sum, lines without a forecast count as budgeted."""
    mean: float | None = row["mean"]
    if not members or mean is None:
        return mean
    places = tuple((m, AMOUNT if rows[m]["mean"] is None else MEAN) for m in members)
    return Total(mean, places)


def _members(row: Row, rows: Sequence[Row]) -> tuple[int, ...]:
    """Return the rows that a sum adds: of a year its lines, or its line for everything alone."""
    if row["year"] == "all":
        return tuple(
            at for at, one in enumerate(rows) if one["scope"] == "sum" and one["year"] != "all"
        )
    mine = [
        at for at, one in enumerate(rows) if one["scope"] != "sum" and one["year"] == row["year"]
    ]
    whole = [at for at in mine if rows[at]["scope"] == "total"]
    return tuple(whole or mine)


def _name(row: Row) -> str:
    if row["scope"] == "sum":
        return "Samen"
    name = row["label"] or (
        f"Taakveld {row['code']}" if row["scope"] == "taakveld" else row["code"]
    )
    net = " (netto)" if row["basis"] == "net" else ""
    return f"{name or 'Totaal gemeente'}{net}"


def _risk(found: Findings) -> Iterator[Part]:
    row = budget_sum(found)
    if row is None or row["probability_exceeded"] is None:
        return
    certainty = words.percent_text(found.subject.certainty)
    years = found.subject.span if row["year"] == "all" else row["year"]
    yield words.RISK.format(
        years=years,
        chance=words.percent_text(round(row["probability_exceeded"], 2)),
        effect=money(row["effect_eur"]),
        risk=money(row["risk_eur"]),
        cushion=money(row["cushion_eur"]),
        certainty=certainty,
    )
    apart = row["cushion_apart_eur"]
    if apart is not None and apart > row["cushion_eur"]:
        yield words.SPREAD.format(apart=money(apart), cushion=money(row["cushion_eur"]))


def scenario(found: Findings) -> Section:
    """Return the effect of a scenario beside the forecast."""
    title, sheet = "Scenario", words.SHEETS["scenario"]
    kept = found.scenario
    if kept is None:
        return Section(title, (words.NO_SCENARIO,), sheet)
    facts = [
        f"{kept.content['name']} (kenmerk {kept.id}), auteur {kept.author}.",
        f"Reden: {kept.content['reason']}",
    ]
    own, edition = str(kept.content["edition"]), found.subject.share.edition.edition_id
    if own != edition:
        facts.append(words.OTHER_EDITION.format(own=own, edition=edition))
    if not found.effect:
        return Section(title, tuple(facts), sheet)
    return Section(title, (*facts, _effect_table(found.effect)), sheet)


def _effect_table(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Jaar"),
        Column("Deel"),
        Column("Verwacht", "money"),
        Column("P10", "money"),
        Column("P90", "money"),
    )
    lines = []
    base = difference = 0
    for at, row in enumerate(rows):
        base = at if row["part"] == BASE else base
        difference = at if row["part"] == DIFFERENCE else difference
        mean: Cell = row["mean"]
        if row["part"] == ADJUSTED:
            mean = Total(row["mean"], ((base, 2), (difference, 2)))
        elif row["part"] == DIFFERENCE and at - base > 1:
            mean = Total(row["mean"], tuple((lever, 2) for lever in range(base + 1, at)))
        year = "alle jaren" if row["period"] == ALL else str(row["period"].year)
        cells = (year, row["part_label"], mean, row["p10"], row["p90"])
        lines.append(Line(cells, is_sum=row["part"] == ADJUSTED))
    return Table("Raming zonder en met het scenario ({unit})", columns, tuple(lines))
