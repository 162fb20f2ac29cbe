"""The checks of the release gate that look at the edition itself: sums, input, members, owner.

Each check tells its figure, its limit, whether it passed, and in plain words what was looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from models.catalogue import ALL
from models.cube import Cube
from models.input_quality import InputQuality, input_quality
from models.members import MEMBERS
from models.selection import Actuals
from models.sum_checks import SumCheck, sum_checks

# The largest shares on five real panels as of eleven days and on the example municipality were
# 5 % held, 5 % fallen back, 4 % missing and 2 % broken; twice that, or more, is another delivery.
HELD_LIMIT, FELL_BACK_LIMIT, MISSING_LIMIT, BROKEN_LIMIT = 0.10, 0.20, 0.10, 0.10
AT_APPROVAL = "at_approval"  # marks a check that a person can still settle with the signature
REPORTED = "reported"  # what was done with a break that was only told
Check = dict[str, Any]


def edition_checks(
    cube: Cube,
    delivered: Iterable[Actuals],
    quality: Mapping[str, Any],
    owner: str,
    *,
    judged: bool = True,
) -> list[Check]:
    """Return every check of a draft that does not need the rolling origins.

    Args:
        cube: the draft, with its actuals.
        delivered: the record as it was delivered.
        quality: the document of that name: breaks and members.
        owner: who answers for the delivery; empty when it names nobody.
        judged: whether any rolling origin was. With a history too short for one the simplest
            method is what fits, and the verdict is undecided, not failed.
    """
    fell_back = FELL_BACK_LIMIT if judged else 1.0
    return [
        *(_sums(one) for one in sum_checks(cube, delivered)),
        *(check for one in input_quality(cube) for check in _input(one, fell_back)),
        _broken(cube, quality.get("breaks", ())),
        _members(quality.get("members", ())),
        owner_check(owner),
    ]


def _sums(one: SumCheck) -> Check:
    off = {"draws": one.worst, "bands": one.crossed, "delivered": round(one.lost)}
    return {
        "check": "sums add up",
        "measure": one.measure,
        "value": 0 if one.passed else off,
        "limit": 0,
        "passed": one.passed,
        "detail": f"{one.sums} sums per draw over municipalities, products and districts beside "
        "the paths themselves, in hundredths; P10, P50 and P90 of each in order; and every "
        "delivered figure stands in the edition",
    }


def _input(one: InputQuality, fell_back: float) -> Iterator[Check]:
    about = (
        ("held", one.held, HELD_LIMIT, "of last year's figures, what got no forecast"),
        ("fell back", one.fell_back, fell_back, "what only the simplest method forecast"),
        ("missing", one.missing, MISSING_LIMIT, "of the cells of the last year, those left empty"),
    )
    for name, share, limit, meaning in about:
        yield {
            "check": f"input: {name}",
            "measure": one.measure,
            "value": round(share, 4),
            "limit": limit,
            "passed": share <= limit,
            "detail": f"share {meaning}",
        }


def _broken(cube: Cube, breaks: Sequence[Mapping[str, Any]]) -> Check:
    """Series of which the record breaks without a policy event that explains it."""
    found = {
        (row["municipality"], row["district"], row["product"])
        for one in breaks
        if one["action"] != REPORTED
        for row in one["series"]
    }
    share = len(found) / max(len(cube), 1)
    return {
        "check": "input: unexplained breaks",
        "measure": ALL,
        "value": round(share, 4),
        "limit": BROKEN_LIMIT,
        "passed": share <= BROKEN_LIMIT,
        "detail": "share of the series held or bridged because their record breaks and no policy "
        "event says why",
    }


def _members(rows: Sequence[Mapping[str, Any]]) -> Check:
    unknown = sorted({str(row["member"]) for row in rows} - set(MEMBERS))
    return {
        "check": "members are known",
        "measure": ALL,
        "value": unknown,
        "limit": [],
        "passed": not unknown,
        "detail": "forecasters that were asked and are not registered",
    }


def owner_check(owner: str) -> Check:
    """Return whether anybody answers for an edition; a signature can still name somebody."""
    return {
        "check": "an owner is named",
        "measure": ALL,
        "value": owner,
        "limit": "a name",
        "passed": bool(owner.strip()),
        "detail": "who answers for it, from the delivery's provenance; else approve --owner",
        AT_APPROVAL: True,
    }
