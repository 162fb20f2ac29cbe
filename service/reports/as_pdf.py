"""A report as a tagged PDF (PDF/UA-1): structure, language, title, bookmarks, described charts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import weasyprint  # type: ignore[import-untyped]
from jinja2 import Environment, FileSystemLoader, select_autoescape
from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]

from service.reports import words
from service.reports.content import Bullets, Part, Report, Section, Table, printed, tight
from service.reports.drawings import svg

__all__ = ["write"]

TEMPLATES = Path(__file__).parents[1] / "templates" / "reports"
VARIANT = "pdf/ua-1"
INSIDE = ("data",)  # the drawings; no network and no files
WHOLE = 14  # lines: a table of so many stays on one page
FOOT = "h1 { string-set: foot %s }"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(report: Report) -> bytes:
    """Return a report as PDF; nothing is fetched from anywhere while it is made."""
    cover = report.cover
    page = _ENVIRONMENT.get_template("report.html").render(
        report=report,
        cover=cover,
        estimate=words.ESTIMATE,
        sections=[_section(section, report) for section in report.sections],
    )
    foot = f"{words.ESTIMATE}. {cover.municipality}, editie {cover.edition}"
    look = (TEMPLATES / "report.css").read_text(encoding="utf-8") + FOOT % _quoted(foot)
    identifier = hashlib.sha256(page.encode()).digest()[:16]
    inside = URLFetcher(allowed_protocols=INSIDE)
    document = weasyprint.HTML(string=page, url_fetcher=inside)
    sheet = weasyprint.CSS(string=look, url_fetcher=inside)
    made: bytes = document.write_pdf(
        stylesheets=[sheet], pdf_variant=VARIANT, pdf_identifier=identifier
    )
    return made


def _quoted(text: str) -> str:
    escaped = "".join(f"\\{ord(sign):x} " if not sign.isalnum() else sign for sign in text)
    return f'"{escaped}"'


def _section(section: Section, report: Report) -> dict[str, Any]:
    return {"title": section.title, "parts": list(_parts(section, report))}


def _parts(section: Section, report: Report) -> Iterator[dict[str, Any]]:
    for part in section.parts:
        found = _part(part, report)
        if found is not None:
            yield found


def _part(part: Part, report: Report) -> dict[str, Any] | None:
    if isinstance(part, str):
        return {"kind": "text", "text": tight(part)}
    if isinstance(part, Bullets):
        return {"kind": "list", "entries": [tight(item) for item in part.items]}
    if isinstance(part, Table):
        return _table(part, report)
    picture = svg(part, report.cover)
    if not picture:
        return None
    coded = base64.b64encode(picture.encode()).decode()
    return {"kind": "drawing", "alt": part.alt, "source": f"data:image/svg+xml;base64,{coded}"}


def _table(table: Table, report: Report) -> dict[str, Any]:
    texts = printed(table, report.unit)
    return {
        "kind": "table",
        "title": table.title.format(unit=report.unit_text),
        "whole": len(table.lines) <= WHOLE,
        "columns": table.columns,
        "lines": [
            {"is_sum": line.is_sum, "texts": row}
            for line, row in zip(table.lines, texts, strict=True)
        ],
    }
