"""Recognise columns of citizen service numbers (BSN), so that they are refused at the door.

A number counts as a citizen service number when it has nine digits (eight when a spreadsheet cut
off the leading zero) and passes the eleven test. One number in eleven passes by chance, so a column
is judged by its distinct values together, and a column of amounts more strictly than one of codes.
No value that is recognised here is ever repeated in a message.
"""

from __future__ import annotations

import re

import pandas as pd

_SHAPE = re.compile(
    r"'?(?:\d{8,9}(?:\.0+)?|\d{3}([ .-])\d{3}\1\d{3}|\d{4}([ .-])\d{2}\2\d{3})", re.ASCII
)
_POINT_ZERO = re.compile(r"\.0+$")  # a number that was once held as floating point
_WITHIN = re.compile(r"(?<![\d.,])\d{9}(?![\d.,]*\d)", re.ASCII)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)

# How many distinct values must pass, and which share of all distinct values.
_CODES = (3, 2 / 3)
_AMOUNTS = (5, 0.95)


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


def looks_like_citizen_numbers(name: str, cells: pd.Series, *, amounts: bool = False) -> bool:
    """Tell whether a column holds citizen service numbers, by its name or by its values.

    Args:
        name: the header.
        cells: text, None where empty.
        amounts: the contract says that the column holds numbers, of which some have nine digits.
    """
    if names_citizen_number(name):
        return True
    distinct = cells.dropna().unique()
    passed = sum(map(is_citizen_number, distinct))
    least, share = _AMOUNTS if amounts else _CODES
    return passed >= least and passed >= share * len(distinct)
