"""Alarms as one plain sentence each, in Dutch for pages and in English for the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from models import dutch, english
from models.watching import Alarm

__all__ = ["in_dutch", "in_english"]

Names = Mapping[str, str]
Sentence = Callable[[Alarm, Names], str]
MOST_CODES = 6

MEASURES_NL = {"clients": "cliënten", "volume": "volume", "cost": "kosten"}
MEASURES_EN = {"clients": "clients", "volume": "volume", "cost": "cost"}


def in_dutch(alarm: Alarm, names: Names) -> str:
    """Say an alarm in plain Dutch.

    Args:
        alarm: what is wrong.
        names: what codes of products and districts are called; the code where it is not there.
    """
    return _DUTCH[alarm.kind](alarm, names)


def in_english(alarm: Alarm, names: Names) -> str:
    """Say an alarm in plain English; see ``in_dutch``."""
    return _ENGLISH[alarm.kind](alarm, names)


def _times(value: float, language: Callable[[Decimal], str]) -> str:
    return language(Decimal(str(round(abs(value), 1))))


def _listed(alarm: Alarm, names: Names, more: str) -> str:
    told = [names.get(code, code) for code in alarm.codes[:MOST_CODES]]
    rest = len(alarm.codes) - len(told)
    return ", ".join(told) + (more.format(rest) if rest else "")


def _nl_where(alarm: Alarm, names: Names) -> str:
    what = names.get(alarm.product, alarm.product) if alarm.product else "alle producten samen"
    return f"{what} in {alarm.municipality}" if alarm.municipality else what


def _en_where(alarm: Alarm, names: Names) -> str:
    what = names.get(alarm.product, alarm.product) if alarm.product else "all products together"
    return f"{what} in {alarm.municipality}" if alarm.municipality else what


def _nl_coverage(alarm: Alarm, names: Names) -> str:
    return (
        f"Van de uitkomsten ({MEASURES_NL[alarm.measure]} per product) viel "
        f"{dutch.percent(100 * alarm.value)} in de marge; dat hoort ongeveer "
        f"{dutch.percent(100 * alarm.limit)} te zijn. De marges zijn te smal."
    )


def _nl_tracking(alarm: Alarm, names: Names) -> str:
    way = "hoog" if alarm.value > 0 else "laag"
    return (
        f"De raming van de {MEASURES_NL[alarm.measure]} is te {way}: {_nl_where(alarm, names)}. "
        f"De fouten samen zijn {_times(alarm.value, dutch.number)} keer de afwijking waar de "
        f"raming mee rekende; de grens is {_times(alarm.limit, dutch.number)} keer."
    ).replace("de volume", "het volume")


def _nl_baseline(alarm: Alarm, names: Names) -> str:
    return (
        f"Het laatst bekende jaar herhalen had het beter gedaan: de raming "
        f"({MEASURES_NL[alarm.measure]} per product) week {_times2(alarm.value, dutch.number)} "
        f"keer zo ver af. Tot {_times2(alarm.limit, dutch.number)} keer kan toeval zijn."
    )


def _times2(value: float, language: Callable[[Decimal], str]) -> str:
    return language(Decimal(str(round(value, 2))))


def _en_coverage(alarm: Alarm, names: Names) -> str:
    return (
        f"Of the outcomes ({MEASURES_EN[alarm.measure]} per product) "
        f"{english.percent(100 * alarm.value)} fell within the band; it should be about "
        f"{english.percent(100 * alarm.limit)}. The bands are too narrow."
    )


def _en_tracking(alarm: Alarm, names: Names) -> str:
    way = "high" if alarm.value > 0 else "low"
    return (
        f"The forecast of {MEASURES_EN[alarm.measure]} is too {way}: {_en_where(alarm, names)}. "
        f"The errors together are {_times(alarm.value, english.number)} times the deviation that "
        f"the forecast itself expected; the limit is {_times(alarm.limit, english.number)} times."
    )


def _en_baseline(alarm: Alarm, names: Names) -> str:
    return (
        f"Repeating the last known year did better: the forecast ({MEASURES_EN[alarm.measure]} "
        f"per product) was {_times2(alarm.value, english.number)} times as far off. Up to "
        f"{_times2(alarm.limit, english.number)} times may be chance."
    )


def _nl_codes(start: str) -> Sentence:
    return lambda alarm, names: f"{start}: {_listed(alarm, names, ' en nog {}')}."


def _en_codes(start: str) -> Sentence:
    return lambda alarm, names: f"{start}: {_listed(alarm, names, ' and {} more')}."


def _nl_mix(what: str) -> Sentence:
    return lambda alarm, names: (
        f"De verdeling over {what} is sterk verschoven (PSI {_times2(alarm.value, dutch.number)}; "
        f"de grens is {_times2(alarm.limit, dutch.number)})."
    )


def _en_mix(what: str) -> Sentence:
    return lambda alarm, names: (
        f"The mix over {what} has shifted far (PSI {_times2(alarm.value, english.number)}; the "
        f"limit is {_times2(alarm.limit, english.number)})."
    )


def _nl_missing(alarm: Alarm, names: Names) -> str:
    return (
        f"Van de verwachte cijfers ontbreekt {dutch.percent(100 * alarm.value)}; meer dan "
        f"{dutch.percent(100 * alarm.limit)} is te veel."
    )


def _en_missing(alarm: Alarm, names: Names) -> str:
    return (
        f"Of the awaited figures {english.percent(100 * alarm.value)} are missing; more than "
        f"{english.percent(100 * alarm.limit)} is too much."
    )


def _nl_revised(alarm: Alarm, names: Names) -> str:
    return (
        f"Cijfers waar de raming op rust zijn later veranderd ({MEASURES_NL[alarm.measure]}): "
        f"samen {dutch.percent(alarm.value)}; meer dan {dutch.percent(alarm.limit)} is te veel."
    )


def _en_revised(alarm: Alarm, names: Names) -> str:
    return (
        f"Figures that the forecast rests on were changed later ({MEASURES_EN[alarm.measure]}): "
        f"{english.percent(alarm.value)} in all; more than {english.percent(alarm.limit)} is too "
        "much."
    )


_DUTCH: dict[str, Sentence] = {
    "coverage": _nl_coverage,
    "tracking": _nl_tracking,
    "baseline": _nl_baseline,
    "new_products": _nl_codes("Er zijn producten bij gekomen die deze raming niet kent"),
    "gone_products": _nl_codes("Van deze geraamde producten kwamen geen cijfers meer"),
    "new_districts": _nl_codes("Er zijn gebieden bij gekomen die deze raming niet kent"),
    "gone_districts": _nl_codes("Van deze geraamde gebieden kwamen geen cijfers meer"),
    "mix_product": _nl_mix("producten"),
    "mix_district": _nl_mix("gebieden"),
    "missing": _nl_missing,
    "revised": _nl_revised,
}
_ENGLISH: dict[str, Sentence] = {
    "coverage": _en_coverage,
    "tracking": _en_tracking,
    "baseline": _en_baseline,
    "new_products": _en_codes("There are products that this forecast does not know"),
    "gone_products": _en_codes("No figures came any more of these forecast products"),
    "new_districts": _en_codes("There are districts that this forecast does not know"),
    "gone_districts": _en_codes("No figures came any more of these forecast districts"),
    "mix_product": _en_mix("products"),
    "mix_district": _en_mix("districts"),
    "missing": _en_missing,
    "revised": _en_revised,
}
