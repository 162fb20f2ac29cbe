"""Columns read from their buffers say what pyarrow itself says."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.columns import coded, days, floats, is_word, texts, whole

pytestmark = pytest.mark.unit


@st.composite
def pieces(draw: st.DrawFn, values: st.SearchStrategy[Any], kind: pa.DataType) -> pa.ChunkedArray:
    """Draw a column in pieces, each cut out of a longer one, with values missing."""
    chunks = []
    for _ in range(draw(st.integers(0, 3))):
        array = pa.array(draw(st.lists(st.one_of(st.none(), values), max_size=20)), kind)
        start = draw(st.integers(0, len(array)))
        chunks.append(array.slice(start, draw(st.integers(0, len(array) - start))))
    return pa.chunked_array(chunks, kind)


@given(pieces(st.dates(date(1800, 1, 1)), pa.date32()))
def test_days(column: pa.ChunkedArray) -> None:
    assert days(column).tolist() == column.to_pylist()


@given(pieces(st.floats(allow_nan=False), pa.float64()))
def test_floats(column: pa.ChunkedArray) -> None:
    found = [None if np.isnan(value) else value for value in floats(column).tolist()]
    assert found == column.to_pylist()


@given(pieces(st.integers(-(2**31), 2**31 - 1), pa.int32()))
def test_whole_numbers(column: pa.ChunkedArray) -> None:
    expected = [-1 if value is None else value for value in column.to_pylist()]
    assert whole(column, missing=-1).tolist() == expected


@given(pieces(st.sampled_from(["HH", "BG", "é"]), pa.string()), st.booleans())
def test_texts_and_their_codes(column: pa.ChunkedArray, encoded: bool) -> None:
    expected = column.to_pylist()
    assert texts(column).tolist() == expected
    if encoded:
        column = column.dictionary_encode()
    words, places = coded(column)
    assert [words[place] for place in places] == expected
    assert is_word(column, "HH").tolist() == [value == "HH" for value in expected]
    assert not is_word(column, "nowhere").any()


def test_a_column_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="a column of int64 where int32 belongs"):
        whole(pa.chunked_array([pa.array([1])]), missing=-1)
