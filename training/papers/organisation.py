"""What only people can say: a small TOML file beside the edition, checked before it is used.

contact_email = "algoritmes@example.nl"
publication_category = "Overige algoritmes"

[municipality.VB0001]
organization = "Gemeente Voorbeeldstad"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.errors import ZorgramingError

# The fields of the register that no run can fill.
BY_PEOPLE = (
    "organization",
    "contact_email",
    "publication_category",
    "category",
    "website",
    "url",
    "lawful_basis",
    "lawful_basis_grouping",
    "process_index_url",
    "impacttoetsen",
    "impacttoetsen_grouping",
    "source_data_grouping",
    "provider",
    "publiccode",
    "tags",
)
PER_MUNICIPALITY = "municipality"


class PapersError(ZorgramingError):
    """The papers cannot be made or written, with the reason."""


@dataclass(frozen=True)
class Organisation:
    """What people say about an edition.

    Attributes:
        common: field of the register -> value, for every municipality.
        own: municipality -> what differs there.
    """

    common: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, municipality: str) -> dict[str, Any]:
        """Return the fields that hold for a municipality."""
        return {**self.common, **self.own.get(municipality, {})}


def read_organisation(file: Path) -> Organisation:
    """Read what people say.

    Args:
        file: TOML; fields of ``BY_PEOPLE`` at the top, for one municipality in
            ``[municipality.CODE]``.

    Raises:
        PapersError: it cannot be read, or holds what it may not hold: what the run knows comes
            from the edition alone.
    """
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PapersError(f"{file} cannot be read: {error}") from error
    own = told.pop(PER_MUNICIPALITY, {})
    if not isinstance(own, dict) or not all(isinstance(one, dict) for one in own.values()):
        raise PapersError(f"{file}: write [{PER_MUNICIPALITY}.CODE], and the fields below it")
    unknown = sorted({key for part in (told, *own.values()) for key in part} - set(BY_PEOPLE))
    if unknown:
        raise PapersError(
            f"{file}: {', '.join(unknown)} cannot be given here; what the run knows comes from "
            f"the edition. Known are: {', '.join(BY_PEOPLE)}"
        )
    return Organisation(told, own)
