"""An ensemble limited to some of its members: what a challenger recipe may be made of."""

from __future__ import annotations

from collections.abc import Sequence

from models.errors import ZorgramingError
from models.members import MEMBERS

EVERY: tuple[str, ...] = ()  # no limit


class MemberError(ZorgramingError):
    """A member that is not registered."""


def allowed(asked: Sequence[str], chosen: Sequence[str], always: str) -> tuple[str, ...]:
    """Return which of the members that would be asked are asked.

    Args:
        asked: members in the order in which they are asked.
        chosen: members the ensemble is limited to; empty = all.
        always: the member that the others are held against; it is never left out.
    """
    return tuple(name for name in asked if not chosen or name in chosen or name == always)


def chosen_members(text: str) -> tuple[str, ...]:
    """Return the members that a comma-separated list names, in the order of the register.

    Raises:
        MemberError: naming every member that is not registered.
    """
    known = {name.casefold(): name for name in MEMBERS}
    asked = [name.strip().casefold() for name in text.split(",") if name.strip()]
    unknown = [name for name in asked if name not in known]
    if unknown or not asked:
        raise MemberError(
            f"no member {', '.join(unknown) or 'named'}; registered: {', '.join(MEMBERS)}"
        )
    return tuple(name for name in MEMBERS if name.casefold() in asked)
