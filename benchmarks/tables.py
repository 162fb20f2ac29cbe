"""The tables of the accuracy benchmark, as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from budgets import METHODS as BUDGET_METHODS
from project import PROJECT
from rivals import MEDIAN

from models.hierarchy import REPORTED_LEVELS

Row = dict[str, Any]
Results = dict[str, Any]
_CONTEST = ("panel", "measure", "frequency")


def report(found: Results) -> str:
    """Return all tables with a heading and a line of explanation each."""
    parts = [
        ("In short", _SUMMARY, _summary(found["summary"])),
        ("WAPE of yearly sums, percent", _WAPE, _wapes(found["points"], "year")),
        ("Pinball loss over P10-P90, scaled, percent", _PINBALL, _pinball(found["pinball"])),
        ("The project's 80 % band", _COVERAGE, _coverage(found["coverage"])),
        ("Bias of yearly sums, percent", "Positive: too high.", _biases(found["points"])),
        ("WAPE per period, percent", "All periods.", _wapes(found["points"], "period")),
        ("The project by year ahead", "WAPE of yearly sums, percent.", _years(found["points"])),
        ("What was judged", _CASES, _cases(found["cases"])),
    ]
    if found["budgets"]:
        parts.insert(4, ("Two years ahead, beside the budgets", _BUDGETS, _budget(found)))
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    sections = [f"## {title}\n\n{remark}\n\n{table}" for title, remark, table in parts]
    return "\n".join([*sections, f"Versions: {versions}.\n"])


_SUMMARY = (
    "Ratio of losses, geometric mean over panels (one per measure) and levels; below 1 the first "
    "is better. In brackets the 95 % interval of a bootstrap over series and origins. Opponents "
    "are chosen in hindsight on the whole sample."
)
_WAPE = (
    "Over all origins and years. *Best* is the single rival with the lowest geometric mean over "
    "the four levels of that panel."
)
_PINBALL = "Per series and period; the last column is the project's yearly sums per series."
_COVERAGE = (
    "Share of yearly sums inside P10-P90, with Wilson's 95 % interval, which takes observations "
    "as independent."
)
_BUDGETS = (
    "WAPE per municipality in percent. Everyone knows accounts up to two years before and budgets "
    "of the year itself. Interval: bootstrap over municipalities."
)
_CASES = (
    "Series known in every period; *held* are those for which the project gives no forecast, left "
    "out for everyone. A rival that cannot fit is replaced by the seasonal naive, and counted."
)


def table(columns: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def figure(value: float | None, digits: int = 1) -> str:
    """Return a figure as text, a dash where it is not known."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def _interval(row: Row, digits: int = 2) -> str:
    return f"{figure(row['lower'], digits)}-{figure(row['upper'], digits)}"


def _summary(rows: list[Row]) -> str:
    columns = ("what", "of", "against", "ratio", "ratios")
    lines = (
        (
            *(row["over"], row["method"], row["opponent"]),
            *(f"{figure(row['value'], 3)} ({_interval(row)})", str(row["count"])),
        )
        for row in rows
    )
    return table(columns, lines)


def contests_of(rows: list[Row]) -> list[tuple[str, ...]]:
    """Return panel, measure and frequency of every contest, in order."""
    return list(dict.fromkeys(tuple(row[name] for name in _CONTEST) for row in rows))


def chosen(rows: list[Row], contest: tuple[str, ...], **values: object) -> list[Row]:
    """Return the rows of a contest with the given values."""
    wanted = {**dict(zip(_CONTEST, contest, strict=True)), **values}
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def _methods(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(row["method"] for row in rows))


def _score(rows: list[Row], what: str) -> dict[str, float]:
    return {row["method"]: row[what] for row in rows}


def best_of(rows: list[Row], contest: tuple[str, ...]) -> str:
    """Return the single rival with the lowest geometric mean of yearly WAPE over the levels."""
    logs: dict[str, float] = {}
    for row in chosen(rows, contest, span="year", year=None):
        if row["method"] not in (PROJECT, MEDIAN):
            loss = math.log(row["wape"]) if row["wape"] > 0 else -math.inf
            logs[row["method"]] = logs.get(row["method"], 0.0) + loss
    return min(logs, key=lambda name: logs[name])


def _wapes(rows: list[Row], span: str) -> str:
    methods = _methods(rows)
    columns = ("panel", "measure", "level", *methods, "best", "to best", "to median")
    return table(columns, _wape_lines(rows, span, methods))


def _wape_lines(rows: list[Row], span: str, methods: list[str]) -> Iterator[Sequence[str]]:
    for contest in contests_of(rows):
        best = best_of(rows, contest)
        for level in REPORTED_LEVELS:
            score = _score(chosen(rows, contest, level=level, span=span, year=None), "wape")
            ratios = [_over(score[PROJECT], score.get(name)) for name in (best, MEDIAN)]
            yield (*contest[:2], level, *_lowest_bold(score, methods), best, *ratios)


def _over(above: float, below: float | None) -> str:
    return figure(above / below, 2) if below else "-"


def _lowest_bold(score: dict[str, float], methods: list[str]) -> list[str]:
    lowest = min((value for value in score.values() if math.isfinite(value)), default=math.nan)
    return [
        f"**{figure(score[name])}**" if score[name] == lowest else figure(score[name])
        for name in methods
    ]


def _biases(rows: list[Row]) -> str:
    methods = _methods(rows)
    lines = (
        (*contest[:2], level, *(figure(score[name]) for name in methods))
        for contest in contests_of(rows)
        for level in REPORTED_LEVELS
        for score in [_score(chosen(rows, contest, level=level, span="year", year=None), "bias")]
    )
    return table(("panel", "measure", "level", *methods), lines)


def _years(rows: list[Row]) -> str:
    own = [row for row in rows if row["method"] == PROJECT and row["span"] == "year"]
    years = sorted({row["year"] for row in own if row["year"]})
    lines = (
        (*contest[:2], level, *(figure(score.get(year)) for year in years))
        for contest in contests_of(rows)
        for level in REPORTED_LEVELS
        for score in [{row["year"]: row["wape"] for row in chosen(own, contest, level=level)}]
    )
    return table(("panel", "measure", "level", *(f"year {year}" for year in years)), lines)


def _pinball(rows: list[Row]) -> str:
    methods = _methods(rows)
    singles = [name for name in methods if name not in (PROJECT, MEDIAN)]
    lines = []
    for contest in contests_of(rows):
        score = _score(chosen(rows, contest, span="period"), "pinball")
        yearly = _score(chosen(rows, contest, span="year"), "pinball")[PROJECT]
        smallest = min(score[name] for name in singles)
        ratios = [_over(score[PROJECT], smallest), _over(score[PROJECT], score.get(MEDIAN))]
        lines.append((*contest[:2], *_lowest_bold(score, methods), *ratios, figure(yearly)))
    columns = ("panel", "measure", *methods, "to smallest single", "to median", "project, yearly")
    return table(columns, iter(lines))


def _coverage(rows: list[Row]) -> str:
    lines = (
        (
            *(row["panel"], row["measure"], row["level"], str(row["year"] or "all")),
            f"{figure(100 * row['coverage'], 0)} %",
            f"{figure(100 * row['lower'], 0)}-{figure(100 * row['upper'], 0)} %",
            str(row["observations"]),
        )
        for row in rows
    )
    columns = ("panel", "measure", "level", "year", "inside", "interval", "observations")
    return table(columns, lines)


def _budget(found: Results) -> str:
    lines = (
        (
            *(row["panel"], row["product"], ", ".join(str(year) for year in row["years"])),
            *(str(row[name]) for name in ("municipalities", "observations", "held")),
            *(figure(row[name]) for name in BUDGET_METHODS),
            f"{figure(row['ratio'], 2)} ({_interval(row)})",
        )
        for row in found["budgets"]
    )
    columns = (
        *("panel", "product", "years", "municipalities", "observations", "held"),
        *BUDGET_METHODS,
        "project to budget",
    )
    return table(columns, lines)


def _cases(rows: list[Row]) -> str:
    lines = (
        (
            *(row["panel"], row["measure"], row["frequency"], row["as_of"], row["until"]),
            *(str(row[name]) for name in ("history", "series", "held")),
            _fallbacks(row["fallbacks"]),
        )
        for row in rows
    )
    columns = (
        *("panel", "measure", "by", "as of", "until", "periods before", "series", "held"),
        "fell back to the seasonal naive",
    )
    return table(columns, lines)


def _fallbacks(counted: dict[str, dict[str, int]]) -> str:
    told = [
        f"{name}: {sum(reasons.values())} ({', '.join(sorted(reasons))})"
        for name, reasons in counted.items()
    ]
    return "; ".join(told) or "none"
