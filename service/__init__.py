"""Answers from published editions; loads no model code.

``create_app`` is fetched on first use, so that ``import service`` stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    """Load the application factory when it is asked for."""
    if name == "create_app":
        from service.app import create_app  # noqa: PLC0415 - the point of this function

        return create_app
    raise AttributeError(f"module 'service' has no attribute {name!r}")
