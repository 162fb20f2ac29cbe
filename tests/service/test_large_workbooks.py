"""A small workbook that unpacks to more than a machine holds is refused before it is opened."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from tests.service.test_budget_table import refused, sheet

pytestmark = pytest.mark.unit


def repacked(inside: str, part: str = "xl/worksheets/sheet1.xml", encoding: str = "utf-8") -> bytes:
    """Return a workbook of which one part is written by hand."""
    plain = sheet([["jaar", "bedrag_eur", "product"], [2025, 5, "HH"]])
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = inside.encode(encoding) if name == part else old.read(name)
            new.writestr(name, content)
    return stream.getvalue()


SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.mark.parametrize(
    ("inside", "encoding"),
    [
        (
            f"<worksheet {SPACE}><sheetData/><mergeCells>"
            '<mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>',
            "utf-8",
        ),
        (f"<worksheet {SPACE}><sheetData><row>{'<c/>' * 300_000}</row></sheetData>", "utf-8"),
        (
            '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]>'
            f"<worksheet {SPACE}/>",
            "utf-16",
        ),
    ],
)
def test_a_small_workbook_that_would_take_all_memory_is_refused_before_it_is_opened(
    inside: str, encoding: str
) -> None:
    raw = repacked(inside, encoding=encoding)
    assert len(raw) < 10_000
    started = time.process_time()
    (fault,) = refused(raw, name="b.xlsx")
    assert fault.code == "unreadable"
    assert time.process_time() - started < 2
