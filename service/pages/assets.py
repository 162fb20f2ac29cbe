"""The style sheet of the pages, and the theme that a municipality may lay over it."""

from __future__ import annotations

from flask import Response

from service.access.rules import OPEN, access_rule
from service.context import service
from service.pages.frame import BLUEPRINT, STATIC

CSS = "text/css; charset=utf-8"
_KEEP = "public, max-age=300"


def _sheet(text: str) -> Response:
    response = Response(text, content_type=CSS)
    response.headers["Cache-Control"] = _KEEP
    response.add_etag()
    return response


@BLUEPRINT.get("/assets/page.css")
@access_rule(OPEN)
def style() -> Response:
    """Return the look of the pages."""
    return _sheet((STATIC / "page.css").read_text("utf-8"))


@BLUEPRINT.get("/assets/theme.css")
@access_rule(OPEN)
def theme() -> Response:
    """Return the theme of the municipality, or nothing where it has none."""
    place = service().settings.theme_css
    return _sheet("" if place is None else place.read_text("utf-8"))
