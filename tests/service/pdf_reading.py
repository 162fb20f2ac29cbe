"""Reading back a PDF of weasyprint in tests: its objects, its tags, and its text by page.

Enough of the format for what our own writer makes: plain objects, deflated streams, and fonts that
tell which sign each glyph is.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.S)
_PAIR = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]{4,})>")
_SHOWN = re.compile(rb"(/\w+) [\d.]+ Tf|<([0-9a-f]+)>|\b(ET)\b")


@dataclass(frozen=True)
class Pdf:
    """A PDF.

    Attributes:
        objects: number -> object, its stream apart.
        streams: number -> stream, inflated.
    """

    objects: dict[int, bytes]
    streams: dict[int, bytes]

    @property
    def pages(self) -> list[int]:
        """The numbers of the pages, in order."""
        kids = next(o for o in self.objects.values() if b"/Type /Pages" in o)
        listed = re.search(rb"/Kids \[(.*?)\]", kids, re.S)
        assert listed is not None
        return [int(number) for number in re.findall(rb"(\d+) 0 R", listed[1])]

    def page_text(self, page: int) -> str:
        """Return the text of a page; drawings within it are left out."""
        content = re.search(rb"/Contents (\d+) 0 R", self.objects[page])
        assert content is not None
        fonts = self._fonts()
        return "".join(_text(self.streams[int(content[1])], fonts))

    @property
    def text(self) -> str:
        """The text of all pages."""
        return "\n".join(self.page_text(page) for page in self.pages)

    def tags(self, name: str) -> list[bytes]:
        """Return the elements of the structure of a kind, such as Figure or TH."""
        return [o for o in self.objects.values() if re.search(rb"/S /%s\b" % name.encode(), o)]

    def _fonts(self) -> dict[bytes, dict[bytes, str]]:
        found = {}
        for listed in self.objects.values():
            for name, number in re.findall(rb"(/[A-Z]{6}) (\d+) 0 R", listed):
                points = re.search(rb"/ToUnicode (\d+) 0 R", self.objects[int(number)])
                if points is not None:
                    pairs = _PAIR.findall(self.streams[int(points[1])])
                    found[name] = {
                        glyph: bytes.fromhex(sign.decode()).decode("utf-16-be")
                        for glyph, sign in pairs
                    }
        return found


def read_pdf(content: bytes) -> Pdf:
    """Return a PDF by its objects."""
    assert content.startswith(b"%PDF-")
    objects, streams = {}, {}
    for number, body in _OBJECT.findall(content):
        head, has_stream, rest = body.partition(b"stream\n")
        objects[int(number)] = head
        if has_stream:
            raw = rest.rsplit(b"\nendstream", 1)[0]
            streams[int(number)] = zlib.decompress(raw) if b"/FlateDecode" in head else raw
    for number in [one for one, head in objects.items() if b"/ObjStm" in head]:
        objects |= _packed(objects[number], streams[number])
    return Pdf(objects, streams)


def _packed(head: bytes, stream: bytes) -> dict[int, bytes]:
    """Return the objects that are kept together in one stream."""
    first = re.search(rb"/First (\d+)", head)
    assert first is not None
    start = int(first[1])
    numbers = [int(number) for number in stream[:start].split()]
    places = [*numbers[1::2], len(stream) - start]
    return {
        number: stream[start + places[at] : start + places[at + 1]]
        for at, number in enumerate(numbers[::2])
    }


def _text(stream: bytes, fonts: dict[bytes, dict[bytes, str]]) -> Iterator[str]:
    signs: dict[bytes, str] = {}
    for font, glyphs, end in _SHOWN.findall(stream):
        if font:
            signs = fonts[font]
        elif end:
            yield "\n"
        else:
            yield from (signs.get(glyphs[at : at + 4], "") for at in range(0, len(glyphs), 4))
