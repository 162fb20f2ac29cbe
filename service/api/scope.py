"""What one asker can see: which editions, of which municipalities, with which codes.

Everything a route answers is cut to a list of shares first. Codes that belong to municipalities
outside a share are treated exactly like codes that do not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from models.cube import Ints
from models.edition import Edition
from models.selection import Columns, Selection, answer
from service.access.roles import Role
from service.api.filters import OfEdition
from service.api.query import Asked, Question
from service.context import served_editions, service, viewer
from service.problems import InputFault, ProblemError
from service.served import Served


class Sight(StrEnum):
    """How much of a share may be seen.

    ``exact``: every figure. ``protected``: the cube in which small numbers are hidden. ``shared``:
    of that cube the totals of a municipality that somebody else may see.
    """

    EXACT = "exact"
    PROTECTED = "protected"
    SHARED = "shared"


Part = tuple[Served, tuple[str, ...]]  # an edition, and municipalities of it


@dataclass(frozen=True)
class Share:
    """The part of one edition that an asker sees.

    Attributes:
        served: the edition with its standing.
        municipalities: codes, sorted; never empty.
        sight: how much of it.
        shared: the measures that may be seen; None = all there are.
    """

    served: Served
    municipalities: tuple[str, ...]
    sight: Sight = Sight.EXACT
    shared: frozenset[str] | None = None

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

    def answer(self, selection: Selection) -> Columns:
        """Answer a question to the edition as far as it may be seen.

        Args:
            selection: its municipalities are those of the share.

        Returns:
            The columns of ``models.selection.answer`` and ``hidden``.

        Raises:
            SelectionError: the question has no answer, or none that may be seen.
            ProblemError: 403 where the edition was approved without protection of small numbers.
        """
        if self.sight is Sight.EXACT:
            found = answer(self.edition, selection)
            return found | {"hidden": np.zeros(len(found["mean"]), dtype=np.bool_)}
        cube = self.served.protected
        if cube is None:
            raise ProblemError("unprotected", edition=self.edition.edition_id)
        return cube.answer(selection)

    def measures(self) -> tuple[str, ...]:
        """Return the measures of which there are any figures in the share."""
        mine = self.series()
        there = {m: t for m, t in self.edition.tracks.items() if self.shows(m)}
        return tuple(measure for measure, track in there.items() if track.present[mine].any())

    def shows(self, measure: str) -> bool:
        """Tell whether figures of a measure may be seen, where there are any."""
        return self.shared is None or measure in self.shared

    def municipalities_without(self, measure: str) -> tuple[str, ...]:
        """Return the municipalities of the share without any figures of a measure."""
        track = self.edition.tracks.get(measure)
        if track is None or not self.shows(measure):
            return self.municipalities
        dimension = self.edition.dimensions["municipality"]
        there = set(dimension.labels[np.unique(dimension.codes[track.present_series])])
        return tuple(code for code in self.municipalities if code not in there)

    def codes(self, name: str) -> tuple[str, ...]:
        """Return the codes of a dimension that occur in the share, sorted."""
        dimension = self.edition.dimensions[name]
        if name == "municipality":
            return self.municipalities
        if name == "district" and self.sight is Sight.SHARED:
            return ()
        labels: npt.NDArray[np.object_] = dimension.labels
        if not self.is_whole:
            labels = labels[np.unique(dimension.codes[self.series()])]
        return tuple(labels.tolist())


def visible_shares(asked: Asked[OfEdition], named: Sequence[str] = ()) -> list[Share]:
    """Return what the asker sees: of the editions in force, of one edition, or of those of a day.

    Args:
        asked: the question; an edition that does not exist for this asker becomes a fault of it.
        named: municipalities that were asked for by name. Those that are somebody else's are seen
            as far as they are shared, on routes that pass them here.
    """
    query = asked.query
    if query.edition is not None and query.as_of is not None:
        asked.faults.append(InputFault("edition-and-day", "asOf", asked.texts["asOf"][0]))
    if query.edition is not None:
        found = _seen(((served, _municipalities(served)) for served in served_editions()), named)
        mine = [share for share in found if share.edition.edition_id == query.edition]
        if not mine:
            ids = tuple(sorted({share.edition.edition_id for share in found}))
            asked.faults.append(InputFault("unknown-value", "edition", query.edition, ids))
        return mine
    return _seen(in_force(query.as_of), named)


def _seen(parts: Iterable[Part], named: Sequence[str]) -> list[Share]:
    parts = tuple(parts)
    others = (one for served, codes in parts for one in shared_parts(served, codes))
    return [*own_shares(parts), *(one for one in others if one.municipalities[0] in named)]


def own_shares(parts: Iterable[Part]) -> list[Share]:
    """Return what of editions and municipalities is the asker's own."""
    shares = (Share(served, viewer().seen(codes)) for served, codes in parts)
    return [share for share in shares if share.municipalities]


def in_force(day: date | None = None) -> tuple[Part, ...]:
    """Return the editions in force with the municipalities for which they are.

    Args:
        day: at the end of which they were; None = now. What was withdrawn since is not found.
    """
    every = served_editions()
    if day is None:
        return tuple((served, served.current_for) for served in every)
    newest: dict[str, Served] = {}
    for served in sorted((one for one in every if one.held_on(day)), key=lambda one: one.age):
        newest |= dict.fromkeys(_municipalities(served), served)
    return tuple(
        (served, tuple(sorted(code for code, one in newest.items() if one is served)))
        for served in every
    )


def earlier_shares(
    asked: Asked[OfEdition], shares: Sequence[Share], other: str | None
) -> list[Share]:
    """Return with what editions are compared: one by its id, or the one before each.

    Args:
        asked: the question; an edition that does not exist for this asker becomes a fault of it.
        shares: what is compared.
        other: id of one edition, or None for the newest that is older, per municipality.
    """
    every = [share for share in map(whole_share, served_editions()) if share.municipalities]
    if other is not None:
        found = [share for share in every if share.edition.edition_id == other]
        if not found:
            ids = tuple(sorted(share.edition.edition_id for share in every))
            asked.faults.append(InputFault("unknown-value", "against", other, ids))
        return narrowed(found, [code for share in shares for code in share.municipalities])
    before: dict[str, Share] = {}
    for share in sorted(every, key=lambda one: one.served.age):
        for mine in shares:
            older = share.served.age[0] < mine.served.age[0]
            if older and share.served is not mine.served:
                both = set(share.municipalities) & set(mine.municipalities)
                before |= dict.fromkeys(both, share)
    return [
        replace(share, municipalities=tuple(sorted(c for c, one in before.items() if one is share)))
        for share in every
        if share in before.values()
    ]


def with_sight(shares: Iterable[Share]) -> list[Share]:
    """Return shares as figures are taken from them: exact for who has the right, else protected."""
    if viewer().role.includes(Role.CONTROLLER):
        return list(shares)
    return [
        replace(share, sight=Sight.PROTECTED) if share.sight is Sight.EXACT else share
        for share in shares
    ]


def shared_parts(served: Served, municipalities: Iterable[str]) -> list[Share]:
    """Return what others let the asker see of an edition, a share per municipality."""
    book = service().sharing
    if book is None or served.protected is None:
        return []
    shared = book.shared()
    return [
        Share(served, (code,), Sight.SHARED, shared[code])
        for code in sorted(municipalities)
        if code in shared and not viewer().sees(code)
    ]


def _municipalities(served: Served) -> tuple[str, ...]:
    return tuple(served.edition.dimensions["municipality"].labels)


def whole_share(served: Served) -> Share:
    """Return all that the asker sees of an edition, in force or not."""
    return Share(served, viewer().seen(_municipalities(served)))


def asked_shares(asked: Asked[OfEdition], municipalities: Sequence[str]) -> list[Share]:
    """Return what the asker sees of some municipalities; unknown codes become faults."""
    shares = visible_shares(asked)
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
        replace(share, municipalities=tuple(m for m in share.municipalities if m in wanted))
        for share in shares
    ]
    return [share for share in cut if share.municipalities]
