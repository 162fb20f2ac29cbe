"""Recognise columns of citizen service numbers (BSN), so that they are refused at the door.

A number counts as a citizen service number when it has nine digits (eight when a spreadsheet cut
off the leading zero) and passes the eleven test. One number in eleven passes by chance, so a column
is judged by its values together, and how strictly depends on what the contract says it holds.
No value that is recognised here is ever repeated in a message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

_SHAPE = re.compile(
    r"'?(?:\d{8,9}(?:\.0+)?|\d{3}([ .-])\d{3}\1\d{3}|\d{4}([ .-])\d{2}\2\d{3})", re.ASCII
)
_POINT_ZERO = re.compile(r"\.0+$")  # a number that was once held as floating point
_WITHIN = re.compile(r"(?<![\d.,])\d{9}(?![\d.,]*\d)", re.ASCII)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


@dataclass(frozen=True)
class Judgement:
    """How many values must pass, which share of all values, and whether repeats count."""

    least: int
    share: float
    repeats: bool


WORDS = Judgement(3, 2 / 3, repeats=True)  # free text, and columns outside the contract
CODES = Judgement(3, 2 / 3, repeats=False)  # one long code may stand in every row
AMOUNTS = Judgement(5, 0.95, repeats=False)  # some amounts have nine digits


def is_citizen_number(text: str) -> bool:
    """Tell whether a text has the shape of a citizen service number and passes the eleven test."""
    number = text.strip()
    if not _SHAPE.fullmatch(number):
        return False
    digits = re.sub(r"\D", "", _POINT_ZERO.sub("", number)).zfill(len(_WEIGHTS))
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return total % 11 == 0 and int(digits) > 0


def holds_citizen_number(text: str) -> bool:
    """Tell whether a citizen service number occurs somewhere in a text."""
    return is_citizen_number(text) or any(
        is_citizen_number(found) for found in _WITHIN.findall(text)
    )


def names_citizen_number(name: str) -> bool:
    """Tell whether a column is called citizen service number, in whatever spelling."""
    plain = re.sub(r"[^a-z]", "", name.casefold())
    words = {word.casefold() for word in _WORDS.findall(name)} | set(
        re.split(r"[^a-z]+", name.casefold())
    )
    return (
        any(word.startswith("bsn") or word.endswith("bsn") for word in words)
        or any(part in plain for part in ("burgerservice", "citizenservice", "sofinummer"))
        or bool(words & {"sofi", "sofinr"})
    )


def looks_like_citizen_numbers(name: str, cells: pd.Series, judgement: Judgement = WORDS) -> bool:
    """Tell whether a column holds citizen service numbers, by its name or by its values.

    Args:
        name: the header.
        cells: text, None where empty.
        judgement: what the column holds if it holds no persons.
    """
    if names_citizen_number(name):
        return True
    counts = cells.value_counts()
    if not judgement.repeats:
        counts = counts.clip(upper=1)
    passed = counts[[is_citizen_number(text) for text in counts.index]].sum()
    return bool(passed >= judgement.least and passed >= judgement.share * counts.sum())


def without_citizen_numbers(text: str) -> str:
    """Return a text in which no citizen service number can be read."""
    return _WITHIN.sub(
        lambda found: "(not shown)" if is_citizen_number(found[0]) else found[0], text
    )
