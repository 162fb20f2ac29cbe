"""What all pages share: who sees which edition, the frame around the content, and its headers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response, g, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from models import labels
from service.access.browsing import READS, address_to_sign_in
from service.access.cookies import door
from service.access.roles import Role
from service.access.rules import access_rule
from service.api.filters import OfEdition
from service.api.query import Asked, read_question
from service.api.scope import Share, check_codes, known_codes, narrowed, visible_shares, with_sight
from service.context import viewer
from service.pages.numbers import euros, millions, number, percent
from service.pages.question import PageQuestion
from service.pages.words import words
from service.problems import InputFault, ProblemError, body_of, from_http
from service.texts import Language
from service.wording import NO_EDITION, PROBLEMS

BLUEPRINT = APIBlueprint("pages", __name__, enable_openapi=False)
STATIC = Path(__file__).parents[1] / "static"
HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
MENU = {
    "overview": "/",
    "explore": "/explore",
    "budget": "/budget",
    "scenario": "/scenario",
    "reliability": "/reliability",
    "about": "/about",
}


@dataclass
class Page:
    """One page that is being made.

    Attributes:
        name: key of ``MENU``.
        asked: its question, with the faults so far.
        share: the edition of the municipality asked for; None where there is nothing to see.
        municipalities: all that the asker sees, with their names.
        notes: what a reader must know beside the figures.
    """

    name: str
    asked: Asked[Any]
    share: Share | None
    municipalities: Mapping[str, str]
    notes: list[str] = field(default_factory=list)

    @property
    def language(self) -> Language:
        """The language asked for."""
        found: Language = self.asked.query.lang
        return found

    @property
    def seen(self) -> Share:
        """The edition of the municipality that is shown; asked where there is one only."""
        assert self.share is not None  # noqa: S101 - each page looks first
        return self.share

    @property
    def municipality(self) -> str:
        """The code of the municipality that is shown."""
        return self.seen.municipalities[0]

    @property
    def words(self) -> dict[str, str]:
        """The words in that language."""
        return words(self.language)

    @property
    def is_exact(self) -> bool:
        """Whether the asker sees every figure."""
        return viewer().role.includes(Role.CONTROLLER)

    def address(self, path: str, **changed: object) -> str:
        """Return an address that keeps what was asked, with some of it changed; None = dropped."""
        kept = {k: v for k, v in request.args.items() if k in ("municipality", "edition", "lang")}
        pairs = kept | {name: value for name, value in changed.items()}
        told = {name: value for name, value in pairs.items() if value not in (None, "")}
        return f"{path}?{urlencode(told)}" if told else path

    def same(self, **changed: object) -> str:
        """Return the address of this page with some of its question changed; None = dropped."""
        pairs = {**request.args, **changed}
        told = {name: value for name, value in pairs.items() if value not in (None, "")}
        return f"{request.path}?{urlencode(told)}" if told else request.path

    def document(self, form: str, kind: str = "underpinning") -> str:
        """Return the address of a document about what is shown."""
        names = ["municipality", "edition", "subject", "kind", "percent", "start", "ramp"]
        names += ["reason", "certainty", "district"]
        kept = {name: value for name, value in request.args.items() if name in names and value}
        return f"/underpinning?{urlencode(kept | {'document': kind, 'format': form})}"

    def data(self, resource: str, **parameters: object) -> str:
        """Return the address of the same figures in the API."""
        whole = {"municipality": self.municipality, "edition": self.asked.query.edition}
        pairs = {k: v for k, v in {**whole, **parameters}.items() if v not in (None, "", ())}
        told = {k: ",".join(v) if isinstance(v, tuple) else v for k, v in pairs.items()}
        return f"/v1/{resource}?{urlencode(told)}"


def page(
    name: str, model: type[PageQuestion], path: str | None = None, role: Role = Role.READER
) -> Callable[[Callable[[Page], Mapping[str, Any]]], Callable[[], Response]]:
    """Make a function that returns what a template needs the answer to GET at an address.

    Args:
        name: of the page and its template.
        model: of its question.
        path: its address; None = that of the menu.
        role: the least that is needed.
    """

    def decorate(make: Callable[[Page], Mapping[str, Any]]) -> Callable[[], Response]:
        @wraps(make)
        def answer() -> Response:
            one = opened(name, model)
            content = make(one)
            return drawn(one, f"pages/{name}.html", content)

        guarded = access_rule(role)(answer)
        BLUEPRINT.get(path or MENU[name], endpoint=name)(guarded)
        return guarded

    return decorate


def opened(name: str, model: type[PageQuestion]) -> Page:
    """Read the question of a page and find the edition that it is about.

    Raises:
        ProblemError: 503 where there is no edition to show.
    """
    # A form sends its empty fields too.
    args = MultiDict([(k, v) for k, v in request.args.items(multi=True) if v.strip()])
    asked: Asked[Any] = read_question(model, args)
    edition = OfEdition(edition=asked.query.edition)
    finder = Asked(edition, asked.faults)
    shares = with_sight(visible_shares(finder))
    codes = known_codes(shares, "municipality")
    wanted = asked.query.municipality
    if wanted is not None:
        check_codes(asked, "municipality", [wanted], codes)
    if not codes and not asked.faults:
        raise ProblemError("not-ready", headers=[("Retry-After", "5")], reason=NO_EDITION)
    chosen = wanted if wanted in codes else next(iter(codes), None)
    found = narrowed(shares, [chosen]) if chosen else []
    g.editions = [share.edition.edition_id for share in found]
    names = {code: _name(shares, code) for code in codes}
    return Page(name, asked, found[0] if found else None, names)


def _name(shares: list[Share], code: str) -> str:
    for share in shares:
        for row in share.edition.districts:
            if row["district"] == code and row["label"]:
                return str(row["label"])
    return code


def drawn(one: Page, template: str, content: Mapping[str, Any], status: int = 200) -> Response:
    """Return a page as an answer.

    Args:
        one: the page.
        template: its file.
        content: what the template needs beside the frame.
        status: of the answer.
    """
    share = one.share
    text = render_template(
        template,
        page=one,
        w=one.words,
        lang=one.language,
        menu=[(name, one.words[name], one.address(path)) for name, path in MENU.items()],
        edition=None if share is None else _origin(share, one.language),
        faults=[told(fault, one.language) for fault in one.asked.faults],
        signed_in=g.get("key_name"),
        other_language=one.same(lang="en" if one.language == "nl" else None),
        number=number,
        euros=euros,
        percent=percent,
        millions=millions,
        day=labels.dutch_date if one.language == "nl" else date.isoformat,
        **content,
    )
    return html(text, one.language, status if not one.asked.faults else 400)


def html(text: str, language: Language, status: int = 200) -> Response:
    """Return HTML with the headers that every page has."""
    response = Response(text, status=status, content_type=HTML)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def told(fault: InputFault, language: Language) -> dict[str, Any]:
    """Return a fault as an error summary shows it."""
    return fault.read(language)


def _origin(share: Share, language: Language) -> dict[str, Any]:
    manifest, served = share.edition.manifest, share.served
    told_day = labels.dutch_date if language == "nl" else date.isoformat
    return {
        "id": share.edition.edition_id,
        "as_of": told_day(date.fromisoformat(manifest["as_of"])),
        "data_until": told_day(date.fromisoformat(manifest["data_until"])),
        "draft": served.is_draft,
        "published_at": None
        if served.published_at is None
        else told_day(date.fromisoformat(served.published_at[:10])),
        "reference": None if served.approval is None else served.approval.get("reference"),
        "synthetic": manifest["synthetic"],
        "until": int(manifest["until"][:4]),
        "sight": share.sight.value,
    }


@BLUEPRINT.errorhandler(ProblemError)
def problem(error: ProblemError) -> Response:
    """Return a problem as a page, or the way to sign in where nothing else is the matter."""
    signs_in = door() is not None and request.method in READS
    if signs_in and error.kind in ("sign-in", "signed-out"):
        headers = {"Location": address_to_sign_in(), "Cache-Control": "no-store"}
        return Response(status=302, headers=headers)
    language: Language = "en" if request.args.get("lang") == "en" else "nl"
    body = body_of(error, language, g.request_id)
    text = render_template(
        "pages/problem.html", body=body, w=words(language), lang=language, menu=(), edition=None
    )
    response = html(text, language, PROBLEMS[error.kind].status)
    response.headers["Cache-Control"] = "no-store"
    response.headers.extend(list(error.headers))
    return response


def not_found(error: NotFound) -> Response:
    """Return a page where nothing is, or a problem document below the API."""
    if request.path.startswith("/v1") or not request.accept_mimetypes.accept_html:
        return from_http(error)
    return problem(ProblemError("no-page"))


@contextmanager
def faults_shown(one: Page) -> Iterator[None]:
    """Show what a question to the figures has wrong on the page, instead of a problem.

    Args:
        one: the page; faults are added to its question.
    """
    try:
        yield
    except ProblemError as error:
        if not error.faults:
            raise
        known = {(fault.code, fault.parameter) for fault in one.asked.faults}
        one.asked.faults += [f for f in error.faults if (f.code, f.parameter) not in known]
