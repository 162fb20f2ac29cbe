"""From a question to the sums to ask of each edition, with every fault on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.asking import chosen_series
from models.catalogue import ALL, MEASURES, Frequency, coarsest
from models.cube import Ints
from models.selection import Selection
from service.api.forecast_question import PERIOD, ForecastQuestion
from service.api.query import Asked
from service.api.scope import Share, check_codes, known_codes, narrowed
from service.problems import InputFault

PREFERRED = ("cost", "clients", "volume")


@dataclass(frozen=True)
class Ask:
    """What to ask of one edition.

    Attributes:
        share: the edition and what may be seen of it.
        selection: the sums; its municipalities are always named, never "all".
        chosen: indices of the series they are made of.
    """

    share: Share
    selection: Selection
    chosen: Ints


@dataclass(frozen=True)
class Plan:
    """How a question is answered.

    Attributes:
        measure: what is counted.
        frequency: of the periods; ``all`` when time is summed over, None when nothing is selected.
        asks: one per edition that has any of it.
        lacking: selected municipalities without any figures of the measure.
    """

    measure: str
    frequency: str | None
    asks: tuple[Ask, ...]
    lacking: tuple[str, ...]


def make_plan(asked: Asked[ForecastQuestion], shares: list[Share]) -> Plan:
    """Check a question against what the asker sees, and divide it over editions.

    Args:
        asked: the question as read, with the faults so far.
        shares: what the asker sees of the edition asked for, or of the current ones.

    Raises:
        ProblemError: 400 with every fault.
    """
    query = asked.query
    _check_form(asked)
    mine = narrowed(shares, query.municipality)
    for name, wanted in _filters(query).items():
        offered = known_codes(shares if name == "municipality" else mine, name)
        check_codes(asked, name, wanted, known_codes(shares, name), offered)
    measure = _measure(asked, mine)
    asked.check()
    asks = tuple(_asks(query, measure, mine))
    frequency = _frequency(asked, asks)
    _check_editions(asked, asks)
    asked.check()
    settled = (replace(ask, selection=replace(ask.selection, frequency=frequency)) for ask in asks)
    lacking = (code for share in mine for code in share.municipalities_without(measure))
    return Plan(measure, frequency, tuple(settled), tuple(sorted(lacking)))


def _filters(query: ForecastQuestion) -> dict[str, tuple[str, ...]]:
    return {
        "municipality": query.municipality,
        "product": query.product,
        "district": query.district,
    }


def _check_form(asked: Asked[ForecastQuestion]) -> None:
    query, given = asked.query, asked.texts
    if query.start and query.end and query.start > query.end:
        value = f"{given['from'][0]} > {given['to'][0]}"
        asked.faults.append(InputFault("wrong-order", "from", value))
    if query.frequency and PERIOD not in query.group_by:
        asked.faults.append(InputFault("needs-period", "frequency", query.frequency))


def _measure(asked: Asked[ForecastQuestion], shares: list[Share]) -> str:
    there = {measure for share in shares for measure in share.measures()}
    wanted = asked.query.measure
    if wanted is None:
        return next((measure for measure in PREFERRED if measure in there), PREFERRED[0])
    if shares and wanted not in there:
        known = tuple(measure for measure in MEASURES if measure in there)
        asked.faults.append(InputFault("unknown-value", "measure", wanted, known))
    return wanted


def _asks(query: ForecastQuestion, measure: str, shares: list[Share]) -> Iterator[Ask]:
    for share in shares:
        selection = _selection(query, measure, share)
        if selection is None:
            continue
        chosen = chosen_series(share.edition, selection)
        if len(chosen):
            yield Ask(share, selection, chosen)


def _selection(query: ForecastQuestion, measure: str, share: Share) -> Selection | None:
    """Return the question to one edition, or None when it has nothing of what is asked."""
    products = tuple(code for code in query.product if code in share.codes("product"))
    districts = tuple(code for code in query.district if code in share.codes("district"))
    lacking = (query.product and not products) or (query.district and not districts)
    if lacking or measure not in share.edition.tracks:
        return None
    return Selection(
        measure=measure,
        municipalities=share.municipalities,
        products=products,
        districts=districts,
        by=tuple(name for name in query.group_by if name != PERIOD),
        start=query.start,
        end=query.end,
        bands=tuple(dict.fromkeys(query.level)),
    )


def _frequency(asked: Asked[ForecastQuestion], asks: tuple[Ask, ...]) -> str | None:
    if PERIOD not in asked.query.group_by:
        return ALL
    bases = {base for ask in asks for base, _ in ask.share.edition.by_frequency(ask.chosen)}
    if not bases:
        return asked.query.frequency
    floor = coarsest(list(bases))
    if asked.query.frequency is None:
        return floor.value
    wanted = Frequency(asked.query.frequency)
    if not wanted.coarser_or_equal(floor):
        asked.faults.append(_too_fine(wanted, floor, asks))
    return wanted.value


def _too_fine(wanted: Frequency, floor: Frequency, asks: tuple[Ask, ...]) -> InputFault:
    products: dict[str, set[str]] = {}
    for ask in asks:
        edition = ask.share.edition
        for base, members in edition.by_frequency(ask.chosen):
            if not wanted.coarser_or_equal(base):
                names = edition.series["product"][ask.chosen[members]]
                products.setdefault(base.value, set()).update(names.tolist())
    told = "; ".join(f"{base}: {', '.join(sorted(names))}" for base, names in products.items())
    allowed = tuple(f.value for f in Frequency if f.coarser_or_equal(floor))
    values = {"explanation": told}
    return InputFault("finer-than-base", "frequency", wanted.value, allowed, values)


def _check_editions(asked: Asked[ForecastQuestion], asks: tuple[Ask, ...]) -> None:
    """Refuse one sum over several editions: their paths were not drawn together."""
    if "municipality" in asked.query.group_by or len(asks) <= 1:
        return
    told = ", ".join(sorted(ask.share.edition.edition_id for ask in asks))
    value = ",".join(asked.query.group_by)
    asked.faults.append(
        InputFault("several-editions", "groupBy", value, values={"explanation": told})
    )
