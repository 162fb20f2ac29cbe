"""Roles, and what one asker may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a key may do; each role may do all that the ones before it may.

    ``reader`` is for figures in which small numbers are protected, ``controller`` also sees exact
    small cells, ``analyst`` may publish and compare, ``administrator`` sees how the service is.
    """

    READER = "reader"
    CONTROLLER = "controller"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"

    def includes(self, other: Role) -> bool:
        """Tell whether this role may do all that another may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True)
class Viewer:
    """The one who asks.

    Attributes:
        name: for the log: the key's id, or ``demo``.
        role: what may be done.
        municipalities: whose figures may be seen; None = of every municipality.
    """

    name: str
    role: Role
    municipalities: frozenset[str] | None

    def sees(self, municipality: str) -> bool:
        """Tell whether figures of a municipality may be seen."""
        return self.municipalities is None or municipality in self.municipalities

    def seen(self, municipalities: Iterable[str]) -> tuple[str, ...]:
        """Return those municipalities, sorted, whose figures may be seen."""
        return tuple(sorted(m for m in municipalities if self.sees(m)))


DEMO_VIEWER = Viewer("demo", Role.ADMINISTRATOR, None)
