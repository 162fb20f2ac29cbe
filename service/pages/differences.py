"""Why forecast, budget and account differ, on the page of a kept budget: parts that add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.drivers import CAUSES
from models.reconciliation import PARTS, REST, Reconciled, Reconciliation
from models.rounding import nearest, shared_out
from service.api.budget_differences import first_year, laid_out, years_of
from service.api.definition_texts import DEFINITIONS
from service.api.figure_rows import product_labels
from service.pages.frame import Page
from service.state.kept import Kept
from service.texts import Text

THOUSAND = 100_000  # cents
PRICE, GROWTH = "price", "growth"
COLUMNS = (
    "not_forecast",
    "not_budgeted",
    "net",
    "account",
    "completion",
    "held",
    PRICE,
    GROWTH,
    REST,
)
LABELS: Mapping[str, Text] = {
    "not_forecast": Text("Zonder raming", "Not forecast"),
    "not_budgeted": Text("Niet begroot", "Not budgeted"),
    "net": Text("Netto regels", "Net lines"),
    "account": Text("Rekening min begroting", "Account less budget"),
    "completion": Text("Nog te declareren", "Still to be declared"),
    "held": Text("Aangehouden reeksen", "Held series"),
    "price": Text("Prijzen", "Prices"),
    "growth": Text("Bevolking, gebruik, beleid", "Population, use, policy"),
    "demography": Text("Bevolking", "Population"),
    "use": Text("Gebruik per inwoner", "Use per inhabitant"),
    "volume": Text("Volume per cliënt", "Volume per client"),
    "policy": Text("Beleid", "Policy"),
    "interaction": Text("Samenhang", "Interaction"),
    "rest": Text("Niet te verklaren rest", "Rest without explanation"),
}
TOLD: Mapping[str, Text] = {
    "not_forecast": Text(
        "Regels van de begroting waar geen raming voor is. Zij zitten niet in de raming.",
        "Lines of the budget that are not forecast. The forecast does not hold them.",
    ),
    "not_budgeted": Text(
        "Producten met een raming waar geen regel van de begroting voor betaalt.",
        "Products with a forecast that no line of the budget pays for.",
    ),
    "net": Text(
        "Netto begroot: de inkomsten zijn er al af. De raming is bruto. Wat daarvan inkomsten is "
        "en wat een ander cijfer, is niet bekend.",
        "Budgeted net: income was taken off. The forecast is gross. How much of this is income "
        "and how much another figure is not known.",
    ),
    "account": Text(
        "Zoveel was er over {account} al meer of minder gedeclareerd dan voor {year} begroot is.",
        "So much more or less was declared of {account} than is budgeted for {year}.",
    ),
    "completion": Text(
        "Zorg die in {account} gegeven is, maar op de peildatum nog niet gedeclareerd was.",
        "Care that was given in {account} and not yet declared on the day of the edition.",
    ),
    "held": Text(
        "Wijken en producten die over {account} wel gedeclareerd zijn, maar niet geraamd: zie "
        "Betrouwbaarheid.",
        "Districts and products that were declared of {account} but are not forecast: see "
        "Reliability.",
    ),
    "price": Text(
        "De raming is in prijzen van {year} zelf. Is uw begroting in prijzen van {account}, dan "
        "verklaart dit dat deel.",
        "The forecast is in prices of {year} itself. If your budget is in prices of {account}, "
        "this explains that part.",
    ),
    "demography": Text(
        "Meer, minder of oudere inwoners dan in {account}.",
        "More, fewer or older inhabitants than in {account}.",
    ),
    "use": Text(
        "Meer of minder cliënten per inwoner van dezelfde leeftijd.",
        "More or fewer clients per inhabitant of the same age.",
    ),
    "volume": Text("Meer of minder zorg per cliënt.", "More or less care per client."),
    "policy": Text(
        "Gebeurtenissen waarvan het effect gemeten is.",
        "Events of which the effect was measured.",
    ),
    "interaction": Text(
        "Wat de oorzaken samen doen, en toeval in kleine groepen.",
        "What the causes do together, and chance in small groups.",
    ),
    "rest": Text(
        "Afronding, en wat van deze regels niet te splitsen is.",
        "Rounding, and what of these lines cannot be split.",
    ),
}


def differences(one: Page, kept: Kept) -> dict[str, Any] | None:
    """Return what the page says of differences in one year; None where no year can be laid beside.

    Args:
        one: the page; its ``year`` is that of the budget that is shown.
        kept: the budget.
    """
    years = years_of(kept)
    if "cost" not in one.seen.edition.tracks:
        return None
    wanted = one.asked.query.year
    year = wanted if wanted in years else first_year(kept, one.seen)
    found = laid_out(kept, one.seen, year)
    fields = {"year": year, "account": found.account_year}
    return {
        **fields,
        "years": years,
        "columns": [(name, LABELS[name].read(one.language)) for name in _used(found.rows)],
        "rows": [_row(row, _label(one, kept, row)) for row in found.rows],
        "whole": _row(found.whole, ""),
        "parts": _parts(one, found.whole, fields),
        "rounded": _rounding(found),
        "cbs": next(each.cbs for each in DEFINITIONS if each.code == "cost"),
    }


def _rounding(found: Reconciliation) -> float | None:
    """Return what rounding of the lines comes to at most, in euros; None where there is none."""
    count = sum(row.line is not None for row in found.rows)
    return count * found.rounded_to / 200 if found.rounded_to > 1 else None


def _label(one: Page, kept: Kept, row: Reconciled) -> str:
    """Return what a row is called."""
    names = product_labels(one.seen)
    if row.line is None:
        return names.get(row.products[0]) or row.products[0]
    line = kept.content["lines"][row.line]
    return str(line["label"] or names.get(line["code"] or "") or line["code"] or one.words["total"])


def _used(rows: Sequence[Reconciled]) -> list[str]:
    there = {name for row in rows for name in _columns(row.parts)}
    return [name for name in COLUMNS if name in there]


def _columns(parts: Mapping[str, int]) -> dict[str, int]:
    """Return parts as the columns of the table: all growth but that of prices is one of them."""
    growth = sum(parts.get(name, 0) for name in CAUSES if name != PRICE)
    whole = {**parts, GROWTH: growth}
    return {name: whole[name] for name in COLUMNS if whole.get(name)}


def _row(row: Reconciled, label: str) -> dict[str, Any]:
    """Return a row in thousands of euros, of which the parts add up to the difference."""
    columns = _columns(row.parts)
    return {
        "label": label,
        "account": _thousands(row.account),
        "budget": _thousands(row.budget),
        "forecast": _thousands(row.forecast),
        "difference": _thousands(row.difference),
        "parts": dict(zip(columns, _adding(row, list(columns.values())), strict=True)),
    }


def _parts(one: Page, whole: Reconciled, fields: Mapping[str, int]) -> list[dict[str, Any]]:
    names = [name for name in PARTS if name in whole.parts]
    shown = _adding(whole, [whole.parts[name] for name in names])
    return [
        {
            "label": LABELS[name].read(one.language),
            "amount": amount,
            "told": TOLD[name].read(one.language, **fields),
        }
        for name, amount in zip(names, shown, strict=True)
    ]


def _adding(row: Reconciled, parts: Sequence[int]) -> list[int]:
    """Return parts in thousands that add up to the difference of what is shown, where they can."""
    if not parts:
        return []
    shown = nearest(row.forecast or 0, THOUSAND) - nearest(row.budget, THOUSAND)
    fits = abs(shown * THOUSAND - row.difference) < THOUSAND
    return shared_out(shown if fits else nearest(row.difference, THOUSAND), parts, THOUSAND)


def _thousands(cents: int | None) -> int | None:
    return None if cents is None else nearest(cents, THOUSAND)
