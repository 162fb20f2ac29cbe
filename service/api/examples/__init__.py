"""Questions with their real answers, as the published document shows them.

The answers are those of two approved editions of the example municipality, as of 31 December 2022
and a year later; ``python -m tests.service.make_examples EDITIONS`` asks them again. A test holds
them to the models of the answers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def question_of(name: str) -> str:
    """Return the path and query that an example answers."""
    return str(_read(name)["question"])


def answer_of(name: str) -> dict[str, Any]:
    """Return the answer of an example."""
    answer: dict[str, Any] = _read(name)["answer"]
    return answer


def names() -> tuple[str, ...]:
    """Return the names of all examples, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    return found
