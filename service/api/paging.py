"""Pages of rows, with the links of RFC 8288 between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from service.api.query import PAGE_SIZE, Paged
from service.context import service


@dataclass(frozen=True)
class Page:
    """One page out of a number of rows.

    Attributes:
        rows: in total.
        number: from 1; None when everything comes at once.
        size: rows per page; None when everything comes at once.
    """

    rows: int
    number: int | None
    size: int | None

    @property
    def cut(self) -> slice:
        """The rows of this page."""
        if self.number is None or self.size is None:
            return slice(None)
        return slice((self.number - 1) * self.size, self.number * self.size)

    def links(self) -> str | None:
        """Return the Link header, or None when everything comes at once."""
        if self.number is None or self.size is None:
            return None
        last = max(1, -(-self.rows // self.size))
        return ", ".join(f'<{_address(n)}>; rel="{rel}"' for rel, n in self._related(last))

    def _related(self, last: int) -> Iterator[tuple[str, int]]:
        number = self.number or 1
        yield "first", 1
        if number > 1:
            yield "prev", min(number - 1, last)
        if number < last:
            yield "next", number + 1
        yield "last", last


def page_of(query: Paged, rows: int) -> Page:
    """Return the page that was asked for.

    Args:
        query: the question.
        rows: number of rows in total.
    """
    if query.page is None and query.page_size is None:
        return Page(rows, None, None)
    return Page(rows, query.page or 1, query.page_size or PAGE_SIZE)


def _address(number: int) -> str:
    pairs = [(name, text) for name, text in request.args.items(multi=True) if name != "page"]
    path = request.path.removeprefix("/v1")
    return f"{service().settings.base_path}{path}?{urlencode([*pairs, ('page', str(number))])}"
