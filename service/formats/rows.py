"""From arrays to the words and numbers of a row, alike in every form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Columns = Mapping[str, npt.NDArray[Any]]
# What a spreadsheet takes for the beginning of a formula. Text only: a number keeps its minus.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
EXPONENT_FROM, EXPONENT_BELOW = 1e15, 1e-3  # beyond, Python may write a number with an exponent
DEFINITIONS = {
    "municipality": "Gemeente (code); 'all' als over gemeenten is opgeteld.",
    "product": "Product (code); 'all' als over producten is opgeteld.",
    "district": (
        "Wijk of buurt (code); de code van de gemeente betekent wijk onbekend; "
        "'all' als over wijken is opgeteld."
    ),
    "period": "Eerste dag van de periode; 'all' als over de tijd is opgeteld.",
    "frequency": "Lengte van de periode: month, quarter of year; 'all' als over de tijd opgeteld.",
    "measure": "Maat: clients (cliënten), volume of cost (kosten).",
    "unit": "Eenheid van de cijfers in deze rij; EUR: euro's van het jaar zelf (lopende prijzen).",
    "kind": "actual (gerealiseerd) of forecast (raming); deels gerealiseerd is een raming.",
    "p10": "Met 10% kans ligt de uitkomst hieronder.",
    "p50": "Het midden: even vaak erboven als eronder.",
    "p90": "Met 90% kans ligt de uitkomst hieronder; grenzen mogen niet worden opgeteld.",
    "mean": "Verwachting: het cijfer dat optelt.",
}


@dataclass(frozen=True)
class About:
    """What the rows are about; travels along in the forms that have a place for it.

    Attributes:
        facts: name -> text, such as edition, as_of and synthetic.
        definitions: column -> what it means.
        title: name of the sheet with the rows.
    """

    facts: Mapping[str, str] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    title: str = "Cijfers"


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def number(value: float) -> str:
    """Return the shortest decimal text that reads back as this number, with at least two decimals.

    Unknown (NaN) is empty.
    """
    text = repr(value)
    if "e" in text:
        text = np.format_float_positional(value, trim="0")
    elif text in ("nan", "inf", "-inf"):
        return ""
    return text + "0" if text[-2] == "." else text


def words(values: npt.NDArray[Any]) -> list[str]:
    """Return a column as texts: unknown is empty, days are ISO dates, truth is true or false."""
    if values.dtype.kind == "f":
        return _numbers(values)
    if values.dtype.kind == "M":
        texts = np.datetime_as_string(values.astype("datetime64[D]")).tolist()
        return ["" if text == "NaT" else text for text in texts]
    if values.dtype.kind == "b":
        return ["true" if value else "false" for value in values.tolist()]
    return ["" if value is None else str(value) for value in values.tolist()]


def _numbers(values: npt.NDArray[Any]) -> list[str]:
    size = np.abs(values)
    if np.all((size < EXPONENT_FROM) & ((size > EXPONENT_BELOW) | (size == 0))):
        # Millions of plain numbers: the same as ``number``, without asking each of them.
        texts = map(repr, values.tolist())
        return [text + "0" if text[-2] == "." else text for text in texts]
    return [number(value) for value in values.tolist()]


def is_text(values: npt.NDArray[Any]) -> bool:
    """Tell whether a column holds text, which may hold anything."""
    return values.dtype.kind in "OUS"
