"""From a question to the sums to ask of each edition, with every fault on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.catalogue import ALL, MEASURES, Frequency, coarsest
from models.selection import Selection
from service.api.asks import Ask, asks_of, check_editions, check_filters
from service.api.filters import check_order
from service.api.forecast_question import PERIOD, SumQuestion
from service.api.query import Asked
from service.api.scope import Share, Sight, narrowed
from service.problems import InputFault

PREFERRED = ("cost", "clients", "volume")


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

    @property
    def sights(self) -> list[str]:
        """How the figures may be seen, sorted."""
        return sorted({ask.share.sight.value for ask in self.asks})


def make_plan(asked: Asked[SumQuestion], shares: list[Share]) -> Plan:
    """Check a question against what the asker sees, and divide it over editions.

    Args:
        asked: the question as read, with the faults so far.
        shares: what the asker sees of the edition asked for, or of the current ones.

    Raises:
        ProblemError: 400 with every fault.
    """
    return make_plans(asked, [shares])[0]


def make_plans(asked: Asked[SumQuestion], sides: Sequence[list[Share]]) -> list[Plan]:
    """Divide one question over the editions of several sides, so that their rows can be compared.

    Args:
        asked: the question as read, with the faults so far.
        sides: what the asker sees of the editions of each side; a code need exist on one only.

    Raises:
        ProblemError: 400 with every fault.
    """
    query = asked.query
    _check_form(asked)
    mine = check_filters(asked, [share for side in sides for share in side])
    _check_sight(asked, mine)
    measure = _measure(asked, mine)
    asked.check()
    wish = _wish(query, measure)
    cut = [narrowed(side, query.municipality) for side in sides]
    asks = [tuple(asks_of(query, side, wish)) for side in cut]
    frequency = _frequency(asked, tuple(ask for side in asks for ask in side))
    for side in asks:
        check_editions(asked, query.group_by, side)
    asked.check()
    return [
        Plan(
            measure,
            frequency,
            tuple(replace(a, selection=replace(a.selection, frequency=frequency)) for a in mine),
            tuple(sorted(code for share in side for code in share.municipalities_without(measure))),
        )
        for mine, side in zip(asks, cut, strict=True)
    ]


def _wish(query: SumQuestion, measure: str) -> Selection:
    return Selection(
        measure,
        by=tuple(name for name in query.group_by if name != PERIOD),
        start=query.start,
        end=query.end,
        bands=query.bands(),
    )


def _check_form(asked: Asked[SumQuestion]) -> None:
    query = asked.query
    check_order(asked, query.start, query.end)
    if query.frequency and PERIOD not in query.group_by:
        asked.faults.append(InputFault("needs-period", "frequency", query.frequency))


def _check_sight(asked: Asked[SumQuestion], shares: list[Share]) -> None:
    """Refuse what is not given where small numbers are protected."""
    if all(share.sight is Sight.EXACT for share in shares):
        return
    query = asked.query
    yearly = PERIOD in query.group_by and query.frequency in (None, Frequency.YEAR.value)
    if not yearly:
        asked.faults.append(InputFault("protected-years", "frequency", query.frequency))
    if query.bands():
        value = ",".join(map(str, query.bands()))
        asked.faults.append(InputFault("protected-bands", "level", value))


def _measure(asked: Asked[SumQuestion], shares: list[Share]) -> str:
    there = {measure for share in shares for measure in share.measures()}
    wanted = asked.query.measure
    if wanted is None:
        return next((measure for measure in PREFERRED if measure in there), PREFERRED[0])
    if shares and wanted not in there:
        known = tuple(measure for measure in MEASURES if measure in there)
        asked.faults.append(InputFault("unknown-value", "measure", wanted, known))
    return wanted


def _frequency(asked: Asked[SumQuestion], asks: tuple[Ask, ...]) -> str | None:
    if PERIOD not in asked.query.group_by:
        return ALL
    bases = {base for ask in asks for base, _ in ask.share.edition.by_frequency(ask.chosen)}
    if not bases:
        return asked.query.frequency
    protected = any(ask.share.sight is not Sight.EXACT for ask in asks)
    floor = Frequency.YEAR if protected else coarsest(list(bases))
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
