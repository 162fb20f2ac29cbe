"""What is said about a selection, in which order: six short paragraphs written from its figures.

Pure: figures in, sentences out, the same every time. Which sentence is said is decided here; how,
is up to a language (``models.voice``). Numbers are rounded by ``models.spoken``; amounts that are
added or compared are the exact ones, so that causes named and the rest sum to the whole change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from models.dutch_voice import Dutch
from models.english_voice import English
from models.facts import BudgetFacts, Cause, Earlier, Facts, Figure, Unknown
from models.voice import Band, Change, Key, Voice, Width

__all__ = ["LARGE", "SMALL", "Language", "Paragraph", "band_of", "change_of", "explanation"]

Language = Literal["nl", "en"]
VOICES: dict[Language, Voice] = {"nl": Dutch(), "en": English()}

NEARLY = 0.5  # percent: a change below it is called nearly the same
SMALL, LARGE = 10.0, 30.0  # percent: width of a band below and above which it is small and large
MOST_CAUSES = 3
LEAST_CAUSE = 0.1  # of the largest: a smaller cause is in the rest
LEAST_REST = 0.02  # of the largest: a smaller rest makes nearly no difference
HALF = 0.5  # of a client: less is no cause to be named
FEW = 5  # fewer scored years than this say nothing about the band
_SAME = 1e-6


@dataclass(frozen=True)
class Paragraph:
    """One paragraph.

    Attributes:
        key: which.
        heading: its name.
        sentences: in order, each with a capital and a point.
    """

    key: Key
    heading: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentences as one text."""
        return " ".join(self.sentences)


def explanation(facts: Facts, language: Language = "nl") -> tuple[Paragraph, ...]:
    """Explain figures.

    Args:
        facts: the figures.
        language: of the text.

    Returns:
        what, why, certainty, changes (where an earlier edition was looked for), unknown, and
        budget (where there is one); without a figure only what and unknown.
    """
    voice = VOICES[language]
    parts: list[tuple[Key, list[str]]] = [("what", list(_what(voice, facts)))]
    if facts.figure is not None:
        parts += [("why", list(_why(voice, facts))), ("certainty", list(_sure(voice, facts)))]
        if facts.asked_earlier:
            parts.append(("changes", list(_changes(voice, facts, facts.figure))))
    parts.append(("unknown", list(_unknown(voice, facts))))
    if facts.budget is not None:
        parts.append(("budget", list(_budget(voice, facts.budget))))
    return tuple(Paragraph(key, voice.heading(key), tuple(told)) for key, told in parts)


def change_of(now: float, then: float) -> Change:
    """Return how one figure differs from another."""
    size = abs(now - then)
    percent = 100 * size / then if then > 0 else None
    same: Literal["exactly", "nearly"] | None = None
    if size < _SAME:
        same = "exactly"
    elif percent is not None and percent < NEARLY:
        same = "nearly"
    return Change(size, now > then, percent, same, from_nothing=abs(then) < _SAME)


def band_of(figure: Figure) -> Band | None:
    """Return the band of a figure; None where it may not be told."""
    if figure.low is None or figure.high is None or figure.mean is None:
        return None
    percent = 100 * (figure.high - figure.low) / figure.mean if figure.mean > 0 else None
    width: Width = "ordinary"
    if percent is not None and percent < SMALL:
        width = "small"
    if percent is None or percent > LARGE:
        width = "large"
    return Band(figure.low, figure.high, percent, width)


def _what(voice: Voice, facts: Facts) -> Iterator[str]:
    if facts.figure is None:
        yield voice.no_figure(facts)
        return
    if facts.figure.mean is None:
        yield voice.hidden()
        return
    yield voice.level(facts, facts.figure)
    if facts.first is not None and facts.last is not None:
        yield from _course(voice, facts, facts.first, facts.last)
    yield from _compared(voice, facts)


def _course(voice: Voice, facts: Facts, first: Figure, last: Figure) -> Iterator[str]:
    if first.mean is not None and last.mean is not None:
        yield voice.course(facts, first, last, change_of(last.mean, first.mean))


def _compared(voice: Voice, facts: Facts) -> Iterator[str]:
    found, last = facts.compared, facts.last
    if found is None or last is None or last.mean is None:
        return
    then = found.figure.mean
    if found.skewed or then is None:
        yield voice.not_compared(found.year, then is None)
        return
    change, pace = change_of(last.mean, then), None
    years = facts.years[-1] - found.year
    if years > 1 and change.same is None and then > 0 and last.mean > 0:
        pace = abs(100 * ((last.mean / then) ** (1 / years) - 1))
    yield voice.change(facts, change, found.year, pace)
    if not change.from_nothing and (change.same is None or found.like):
        yield voice.base(facts, found)


def _why(voice: Voice, facts: Facts) -> Iterator[str]:
    largest = max((abs(one.mean) for one in facts.causes or ()), default=0.0)
    if facts.causes is None or largest < _SAME:
        yield voice.no_causes("nothing" if facts.causes is not None else facts.no_causes)
        return
    if facts.measure != "cost" and largest < HALF:
        yield voice.no_causes("small")
        return
    total = sum(one.mean for one in facts.causes)
    named = _named(facts.causes, total, largest)
    higher = [one for one in named if one.mean > 0]
    lower = [one for one in named if one.mean < 0]
    if _is_still(facts, total):
        yield voice.balance(facts, higher, lower)
    else:
        mine, others = (higher, lower) if total > 0 else (lower, higher)
        yield voice.causes(facts, mine, total > 0)
        if others:
            yield voice.against(facts, others)
    if len(named) < sum(abs(one.mean) >= _SAME for one in facts.causes):
        rest = total - sum(one.mean for one in named)
        least = max(LEAST_REST * largest, HALF if facts.measure != "cost" else 0.0)
        yield voice.rest(facts, abs(rest), rest > 0, abs(rest) < least)
    unsure = [one for one in named if one.low < 0 < one.high]
    if unsure:
        yield voice.unsure_causes(unsure)


def _named(causes: Sequence[Cause], total: float, largest: float) -> list[Cause]:
    """Return the causes to be named, largest first; one of them goes the way of the whole."""
    order = sorted(causes, key=lambda one: -abs(one.mean))
    order = [one for one in order if abs(one.mean) >= _SAME]
    named = [one for one in order if abs(one.mean) >= LEAST_CAUSE * largest][:MOST_CAUSES]
    same_way = [one for one in order if one.mean * total > 0]
    if same_way and same_way[0] not in named:
        named = [*named[: MOST_CAUSES - 1], same_way[0]]
    return named


def _is_still(facts: Facts, total: float) -> bool:
    then = None if facts.compared is None else facts.compared.figure.mean
    return abs(total) < _SAME or (
        then is not None and change_of(then + total, then).same is not None
    )


def _sure(voice: Voice, facts: Facts) -> Iterator[str]:
    figure = facts.figure
    band = None if figure is None else band_of(figure)
    if figure is not None and figure.known and figure.mean is not None:
        yield voice.known()
        return
    if band is None:
        yield voice.no_band()
    else:
        yield voice.band(facts, band)
    score = facts.score
    if score is not None:
        yield voice.error(score, told=score.observations >= FEW)
        if score.too_narrow:
            yield voice.too_narrow()
        if score.simple_error is not None:
            yield voice.simple(score.error, score.simple_error)
        return
    yield voice.rounded() if facts.protected else voice.no_scores()


def _changes(voice: Voice, facts: Facts, figure: Figure) -> Iterator[str]:
    earlier = facts.earlier
    if earlier is None:
        yield voice.no_earlier()
        return
    if figure.mean is None or earlier.figure.mean is None:
        yield voice.not_told_then(earlier)
        return
    change = change_of(figure.mean, earlier.figure.mean)
    yield voice.revised(facts, earlier, change)
    band = band_of(earlier.figure)
    if band is not None and not earlier.figure.known:
        yield voice.within_then(band.low <= figure.mean <= band.high)
    if not earlier.same_series:
        yield voice.other_series()
    elif change.same is None:
        yield from _revision(voice, facts, earlier, figure.mean - earlier.figure.mean)


def _revision(voice: Voice, facts: Facts, earlier: Earlier, whole: float) -> Iterator[str]:
    """Tell a difference apart: what became known of a year before, and the course after it."""
    if earlier.anchor_year is None:
        return
    parts = ((earlier.anchor, voice.anchored), (whole - earlier.anchor, voice.growth_since))
    for size, say in parts:
        if abs(size) >= LEAST_CAUSE * abs(whole):
            yield say(facts, Change(abs(size), size > 0, None), earlier.anchor_year)


def _unknown(voice: Voice, facts: Facts) -> Iterator[str]:
    unknown = facts.unknown
    forecast = facts.figure is None or not facts.figure.known
    if unknown.held and forecast:
        yield voice.held(unknown)
        if unknown.held_amount is not None and unknown.held_year is not None:
            yield voice.held_amount(facts, unknown.held_amount, unknown.held_year)
    if facts.figure is not None and forecast:
        yield from _doubts(voice, unknown)
    yield voice.registered(unknown, forecast)


def _doubts(voice: Voice, unknown: Unknown) -> Iterator[str]:
    """Say on what a forecast leans that is not certain itself."""
    if unknown.open_months:
        yield voice.open_months(unknown.open_months)
    if unknown.assumed:
        yield voice.assumed(unknown)
    if unknown.lacking:
        yield voice.lacking(unknown)


def _budget(voice: Voice, budget: BudgetFacts) -> Iterator[str]:
    yield voice.budgeted(budget, change_of(budget.expected, budget.amount))
    yield voice.exceeded(budget)
    yield voice.covers(budget)
    if budget.shortfall > 0:
        yield voice.risk(budget)
