"""What one asker can see: which editions, of which municipalities, with which codes.

Everything a route answers is cut to a list of shares first. Codes that belong to municipalities
outside a share are treated exactly like codes that do not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.cube import Ints
from models.edition import Edition
from service.api.query import Asked, Question
from service.context import served_editions, viewer
from service.problems import InputFault
from service.served import Served


@dataclass(frozen=True)
class Share:
    """The part of one edition that an asker sees.

    Attributes:
        served: the edition with its standing.
        municipalities: codes, sorted; never empty.
    """

    served: Served
    municipalities: tuple[str, ...]

    @property
    def edition(self) -> Edition:
        """The edition itself."""
        return self.served.edition

    @property
    def is_whole(self) -> bool:
        """Whether the asker sees every municipality of the edition."""
        return len(self.municipalities) == len(self.edition.dimensions["municipality"].labels)

    def series(self) -> Ints:
        """Return the indices of the series that may be seen, ascending."""
        if self.is_whole:
            return np.arange(len(self.edition), dtype=np.int64)
        dimension = self.edition.dimensions["municipality"]
        codes = [dimension.index[code] for code in self.municipalities]
        return np.flatnonzero(np.isin(dimension.codes, codes))

    def measures(self) -> tuple[str, ...]:
        """Return the measures of which there are any figures in the share."""
        mine = self.series()
        tracks = self.edition.tracks.items()
        return tuple(measure for measure, track in tracks if track.present[mine].any())

    def municipalities_without(self, measure: str) -> tuple[str, ...]:
        """Return the municipalities of the share without any figures of a measure."""
        track = self.edition.tracks.get(measure)
        if track is None:
            return self.municipalities
        dimension = self.edition.dimensions["municipality"]
        there = set(dimension.labels[np.unique(dimension.codes[track.present_series])])
        return tuple(code for code in self.municipalities if code not in there)

    def codes(self, name: str) -> tuple[str, ...]:
        """Return the codes of a dimension that occur in the share, sorted."""
        dimension = self.edition.dimensions[name]
        if name == "municipality":
            return self.municipalities
        labels: npt.NDArray[np.object_] = dimension.labels
        if not self.is_whole:
            labels = labels[np.unique(dimension.codes[self.series()])]
        return tuple(labels.tolist())


def visible_shares(asked: Asked[Question], edition: str | None) -> list[Share]:
    """Return what the asker sees: of the editions in force, or of one edition.

    Args:
        asked: the question; an edition that does not exist for this asker becomes a fault of it.
        edition: id of one edition, or None for those in force.
    """
    every = served_editions()
    if edition is None:
        shares = [Share(served, viewer().seen(served.current_for)) for served in every]
        return [share for share in shares if share.municipalities]
    whole = [share for share in map(whole_share, every) if share.municipalities]
    found = [share for share in whole if share.edition.edition_id == edition]
    if not found:
        ids = tuple(sorted(share.edition.edition_id for share in whole))
        asked.faults.append(InputFault("unknown-value", "edition", edition, ids))
    return found


def whole_share(served: Served) -> Share:
    """Return all that the asker sees of an edition, in force or not."""
    return Share(served, viewer().seen(served.edition.dimensions["municipality"].labels))


def asked_shares(
    asked: Asked[Question], edition: str | None, municipalities: Sequence[str]
) -> list[Share]:
    """Return what the asker sees of some municipalities; unknown codes become faults."""
    shares = visible_shares(asked, edition)
    check_codes(asked, "municipality", municipalities, known_codes(shares, "municipality"))
    return narrowed(shares, municipalities)


def known_codes(shares: Iterable[Share], name: str) -> tuple[str, ...]:
    """Return the codes of a dimension that occur in any share, sorted."""
    return tuple(sorted({code for share in shares for code in share.codes(name)}))


def check_codes(
    asked: Asked[Question],
    parameter: str,
    wanted: Sequence[str],
    known: tuple[str, ...],
    offered: tuple[str, ...] | None = None,
) -> None:
    """Add a fault for each code that does not exist for this asker.

    Args:
        asked: the question.
        parameter: whose codes these are.
        wanted: the codes asked for.
        known: the codes that exist for this asker.
        offered: those that are told in the fault; None = all that are known.
    """
    there = set(known)
    told = known if offered is None else offered
    for code in wanted:
        if code not in there:
            asked.faults.append(InputFault("unknown-value", parameter, code, told))


def narrowed(shares: Iterable[Share], municipalities: Sequence[str]) -> list[Share]:
    """Return the shares cut to some municipalities; empty = all of them."""
    if not municipalities:
        return list(shares)
    wanted = set(municipalities)
    cut = [
        Share(share.served, tuple(m for m in share.municipalities if m in wanted))
        for share in shares
    ]
    return [share for share in cut if share.municipalities]
