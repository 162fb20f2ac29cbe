"""What makes two editions the same: settings, code, versions of libraries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from models.member_choice import EVERY
from models.panel import DeliveredFile
from models.provider_rule import Correction

_LIBRARIES = (
    "numpy", "pandas", "scipy", "scikit-learn", "statsforecast", "prophet", "pyarrow", "zorgraming",
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What an analyst sets for a training; part of the edition's identity.

    Attributes:
        as_of: the day as of which the data was known.
        until: last day of the horizon.
        seed: root of every random number.
        draws: number of joint paths.
        origins: most rolling origins that are judged.
        correction: how the provider index is corrected for last year's definitive figure.
        members: what the ensemble is limited to; empty = every member.
    """

    as_of: date
    until: date
    seed: int = 2023
    draws: int = 400
    origins: int = 6
    correction: Correction = Correction.DIFFERENCE
    members: tuple[str, ...] = EVERY

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as JSON values."""
        limited = {"members": list(self.members)} if self.members else {}
        return limited | {
            "as_of": self.as_of.isoformat(),
            "until": self.until.isoformat(),
            "seed": self.seed,
            "draws": self.draws,
            "origins": self.origins,
            "index_correction": str(self.correction),
        }


def identity_of(inputs: Sequence[DeliveredFile], settings: Settings) -> dict[str, Any]:
    """Return what makes an edition the same as another, as JSON values.

    Args:
        inputs: the files of the delivery.
        settings: of the training.
    """
    return {
        "inputs": [{"file": file.name, "sha256": file.sha256} for file in inputs],
        "settings": settings.as_dict(),
        "code": code_hash(),
        "versions": versions(),
    }


def code_hash() -> str:
    """Return one SHA-256 over the source of the method and the training."""
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    for file in sorted([*(root / "models").rglob("*.py"), *(root / "training").rglob("*.py")]):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Return the versions of the libraries that the figures depend on."""
    return {name: metadata.version(name) for name in _LIBRARIES}
