"""A reader of M and of Microsoft's mashup format, written apart from what writes them."""

from __future__ import annotations

import base64
import io
import re
import struct
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree

TOKEN = re.compile(r'//[^\r\n]*|"(?:[^"]|"")*"|#?[A-Za-z_][\w.]*|\d+|\S')
CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Call:
    """A call of Web.Contents."""

    base: str
    path: str
    query: dict[str, str]


@dataclass(frozen=True)
class Mashup:
    """What a workbook's mashup holds."""

    files: dict[str, bytes]
    permissions: ElementTree.Element
    metadata: ElementTree.Element
    checksum: bytes

    @property
    def section(self) -> str:
        """The M."""
        return self.files["Formulas/Section1.m"].decode()


def tokens(text: str) -> list[str]:
    """Return the words of a text in M, without its comments."""
    return [word for word in TOKEN.findall(text) if not word.startswith("//")]


def members(section: str) -> dict[str, list[str]]:
    """Return the words of each query of a section document."""
    words = tokens(section)
    assert words[:3] == ["section", "Section1", ";"]
    found: dict[str, list[str]] = {}
    rest = words[3:]
    while rest:
        end = rest.index(";")
        assert rest[0] == "shared"
        assert rest[2] == "="
        found[rest[1]], rest = rest[3:end], rest[end + 1 :]
    return found


def steps(words: list[str]) -> dict[str, list[str]]:
    """Return the words of each step of ``let … in …``, of which the last is the answer."""
    assert words[0] == "let"
    assert words[-2] == "in"
    found: dict[str, list[str]] = {}
    open_: list[str] = []
    step: list[str] = []
    for word in [*words[1:-2], ","]:
        if word == "," and not open_:
            assert step[1] == "="
            found[step[0]], step = step[2:], []
            continue
        if word in CLOSES:
            open_.append(CLOSES[word])
        elif open_ and word == open_[-1]:
            open_.pop()
        else:
            assert word not in CLOSES.values()
        step.append(word)
    assert not open_
    assert words[-1] == list(found)[-1]
    return found


def call_of(words: list[str]) -> Call:
    """Return a step that is one call of Web.Contents with literals only."""
    assert words[:2] == ["Web.Contents", "("]
    base, rest = literal(words[2]), words[3:]
    assert rest[:4] == [",", "[", "RelativePath", "="]
    path, rest = literal(rest[4]), rest[5:]
    assert rest[:4] == [",", "Query", "=", "["]
    assert rest[-3:] == ["]", "]", ")"]
    fields = rest[4:-3]
    names, values = fields[0::4], fields[2::4]
    assert set(fields[1::4]) <= {"="}
    assert set(fields[3::4]) <= {","}
    return Call(base, path, dict(zip(names, map(literal, values), strict=True)))


def literal(word: str) -> str:
    """Return the text of a literal without escapes."""
    assert word[0] == word[-1] == '"'
    assert "#(" not in word
    return word[1:-1].replace('""', '"')


def types_of(words: list[str]) -> dict[str, str]:
    """Return the pairs of column and type in a call of Table.TransformColumnTypes."""
    assert words[0] == "Table.TransformColumnTypes"
    assert words[-3:] == [",", '"en-US"', ")"]
    inside = " ".join(words[4:-3])
    pairs = re.findall(r'{ "(\w+)" , ([\w. ]+) }', inside)
    assert len(pairs) == words[4:-3].count("{") - 1
    return dict(pairs)


def typed(query: dict[str, list[str]]) -> dict[str, str]:
    """Return the columns of a query, by step, with their types, joined lists included."""
    found = types_of(query["Getypeerd"])
    kept = [literal(word) for word in query["Kolommen"] if word[0] == '"' and word != '"rij"']
    lists = [literal(word) for word in query.get("Lijsten", [])[6:7]]
    assert set(kept) == {*found, *lists}
    return {name: found.get(name, "type text") for name in kept}


def read_mashup(part: bytes) -> Mashup:
    """Read the part of a workbook that holds its queries, to its last byte."""
    root = parsed(part)
    assert root.tag == "{http://schemas.microsoft.com/DataMashup}DataMashup"
    stream = io.BytesIO(base64.b64decode(root.text or "", validate=True))
    assert stream.read(4) == b"\0\0\0\0"
    package, permissions, known, checksum = (_sized(stream) for _ in range(4))
    assert stream.read() == b""
    inner = io.BytesIO(known)
    assert inner.read(4) == b"\0\0\0\0"
    metadata, content = _sized(inner), _sized(inner)
    assert inner.read() == b""
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == []
    files = files_of(package)
    return Mashup(files, parsed(permissions), parsed(metadata), checksum)


def files_of(content: bytes) -> dict[str, bytes]:
    """Return the files in a zip, each checked against its checksum."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist()))
        return {name: archive.read(name) for name in archive.namelist()}


def parsed(content: bytes) -> ElementTree.Element:
    """Read XML that this repository wrote."""
    return ElementTree.fromstring(content)  # noqa: S314 - our own, and small


def _sized(stream: io.BytesIO) -> bytes:
    (size,) = struct.unpack("<I", stream.read(4))
    found = stream.read(size)
    assert len(found) == size
    return found
