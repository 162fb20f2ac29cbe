"""Whether an edition is on track: what later figures say of it, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.alarm_words import in_dutch, in_english
from models.labels import dutch_date
from models.score_files import Standing
from models.watching import Alarm
from service.api.editions import names_in
from service.api.scope import Sight
from service.pages.frame import Page
from service.texts import Language, Text

__all__ = ["Track", "track_of"]

ON_TRACK = Text("De raming ligt op koers.", "The forecast is on track.")
OFF_TRACK = Text("De raming ligt niet meer op koers.", "The forecast is off track.")
NOT_SCORED = Text(
    "Deze editie is nog niet getoetst aan latere cijfers.",
    "This edition has not been held against later figures yet.",
)
SCORED = Text(
    "Getoetst op {at} aan levering {outcomes}, met cijfers tot en met {until}.",
    "Scored on {at} against delivery {outcomes}, with figures until {until}.",
)


@dataclass(frozen=True)
class Track:
    """What a page says of it.

    Attributes:
        verdict: one sentence.
        scored: when it was scored and by which outcomes; empty where it never was.
        is_off: whether the edition went off track.
        marking: alarms for which it did.
        other: alarms that are worth a look, and no more.
    """

    verdict: str
    scored: str = ""
    is_off: bool = False
    marking: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


def track_of(one: Page) -> Track:
    """Return what a page says of its edition; of whole editions, or of what is the asker's own."""
    found = one.seen.served.standing
    if found is None:
        return Track(NOT_SCORED.read(one.language))
    names = names_in(one.seen)
    shown = [alarm for alarm in found.alarms if _may_be_seen(one, alarm)]
    return Track(
        verdict=(OFF_TRACK if found.is_off_track else ON_TRACK).read(one.language),
        scored=_scored(found, one.language),
        is_off=found.is_off_track,
        marking=tuple(_said(alarm, names, one.language) for alarm in shown if alarm.marks),
        other=tuple(_said(alarm, names, one.language) for alarm in shown if not alarm.marks),
    )


def _may_be_seen(one: Page, alarm: Alarm) -> bool:
    if one.seen.sight is not Sight.EXACT:
        return False
    return one.seen.is_whole or alarm.municipality == one.municipality


def _said(alarm: Alarm, names: Mapping[str, str], language: Language) -> str:
    return (in_dutch if language == "nl" else in_english)(alarm, names)


def _scored(found: Standing, language: Language) -> str:
    told = dutch_date if language == "nl" else date.isoformat
    at, until = (told(date.fromisoformat(text[:10])) for text in (found.at, found.until))
    return SCORED.read(language, at=at, outcomes=found.outcomes, until=until)
