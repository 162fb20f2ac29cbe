"""Signing in and out on the pages, at the municipality's own issuer."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NoReturn, cast

from flask import Flask, Response, after_this_request, g, render_template, request
from flask.blueprints import BlueprintSetupState

from service.access.browsing import refuse_forgery, session, session_viewer
from service.access.claims import Holder, Refusal, viewer_of
from service.access.cookies import (
    Door,
    attempt_of,
    door,
    give_attempt,
    give_session,
    register,
    session_secret,
    take_attempt,
    take_session,
)
from service.access.issuer import IssuerError, IssuerRefusedError
from service.access.rules import OPEN, access_rule
from service.access.sessions import SessionBook
from service.access.sign_in import RETURN_PATH, Attempt, SignIn
from service.context import service, service_of
from service.logs import logger
from service.pages.frame import BLUEPRINT, html
from service.pages.words import words
from service.problems import ProblemError, unavailable
from service.texts import Language, Text
from service.wording import NO_ISSUER

HOME = "/"
LONGEST_PATH, LONGEST_CODE = 600, 4_000
# One slash, then anything but what a browser reads as a second one or drops.
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
_NO_PAGE = re.compile(r"/(v1|sign-in|sign-out|assets)(/|\?|$)")
_TOLD = re.compile(r"[a-z_]{1,40}")  # what an issuer may say that went wrong (RFC 6749, 4.1.2.1)
SIGNED_OUT = Text("U bent afgemeld", "You are signed out")
SIGN_IN_AGAIN = Text("Opnieuw aanmelden", "Sign in again")
AT_ISSUER = Text(
    "Bij de aanmelddienst van uw organisatie kunt u nog wel aangemeld zijn. Sluit op een gedeelde "
    "computer alle vensters van de browser.",
    "You may still be signed in with your organisation. On a shared computer, close all windows "
    "of the browser.",
)
OUT_THERE = Text("Ook daar afmelden", "Sign out there too")

LOG = logger("sign-in")


@BLUEPRINT.record
def _open_door(state: BlueprintSetupState) -> None:
    """Let people sign in where that is set up."""
    app = cast(Flask, state.app)
    running = service_of(app)
    settings, engine = running.settings, running.engine
    if engine is None or settings.oidc_client_id is None:
        return
    idle = timedelta(minutes=settings.session_idle_minutes)
    book = SessionBook(engine, running.clock, idle, timedelta(hours=settings.session_hours))
    register(app, Door(SignIn(settings), book))


@BLUEPRINT.app_context_processor
def _for_templates() -> dict[str, object]:
    """Give every template the name of who is signed in, and what each form must send along."""
    found = session()
    if found is None:
        return {"shown_as": None, "form_token": None}
    return {"shown_as": found.shown_as, "form_token": found.form_token}


def own_path(text: str | None) -> str:
    """Return a path of these pages as it was given, or that of the first where it is none."""
    fits = text is not None and len(text) <= LONGEST_PATH and _OWN_PATH.fullmatch(text)
    return HOME if not fits or text is None or _NO_PAGE.match(text) else text


@BLUEPRINT.get("/sign-in")
@access_rule(OPEN)
def sign_in() -> Response:
    """Send a browser to the issuer."""
    flow, attempt = _door().flow, Attempt.begun()
    try:
        address = flow.address(attempt)
    except IssuerError as error:
        raise _away(error) from None
    response = _sent_to(address, 302)
    give_attempt(response, attempt, own_path(request.args.get("return")))
    return response


@BLUEPRINT.get(RETURN_PATH)
@access_rule(OPEN)
def sign_in_return() -> Response:
    """Make a session for who comes back from the issuer."""
    g.secret_query = True
    state = request.args.get("state", "")
    one, found = _door(), attempt_of(state)
    if found is None:
        _fail("state")
    attempt, path = found
    after_this_request(lambda response: _forgotten(response, state))
    holder = _holder(one, attempt)
    if isinstance(holder, Refusal):
        _fail("id token")
    g.key_name, g.key_purpose = holder.name, None
    who = viewer_of(holder, service().settings)
    secret = one.book.begin(holder, who, before=session_secret())
    g.viewer = who
    response = _sent_to(one.flow.origin + own_path(path), 303)
    give_session(response, secret)
    return response


@BLUEPRINT.post("/sign-out")
@access_rule(OPEN)
def sign_out() -> Response:
    """End a session, here and for all workers."""
    one = _door()
    refuse_forgery()
    who = session_viewer()
    if who is not None:
        g.viewer = who
        one.book.end(session_secret() or "")
        g.pop("session")
    response = _signed_out(one)
    take_session(response)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _door() -> Door:
    """Return what sign-in takes.

    Raises:
        ProblemError: 404 where it is not set up.
    """
    one = door()
    if one is None:
        raise ProblemError("no-page")
    return one


def _holder(one: Door, attempt: Attempt) -> Holder | Refusal:
    """Return who comes back with a code of the issuer.

    Raises:
        ProblemError: 400 where the issuer refuses or the answer is not its own; 503 where it does
            not answer.
    """
    code, error = request.args.get("code", ""), request.args.get("error")
    if error is not None:
        _fail(error if _TOLD.fullmatch(error) else "error")
    if not one.flow.is_issuer(request.args.get("iss")) or not 0 < len(code) <= LONGEST_CODE:
        _fail("answer")
    tokens = service().tokens
    if tokens is None:
        raise unavailable(NO_ISSUER)
    try:
        token = one.flow.redeemed(code, attempt)
    except IssuerRefusedError as refused:
        _fail(str(refused))
    except IssuerError as away:
        raise _away(away) from None
    found = tokens.signed_in(token, one.flow.client, attempt.nonce)
    if found is Refusal.NO_KEYS:
        raise unavailable(NO_ISSUER)
    return found


def _fail(cause: str) -> NoReturn:
    LOG.info("sign_in_failed", cause=cause)  # never what was sent
    raise ProblemError("sign-in-failed")


def _away(error: IssuerError) -> ProblemError:
    LOG.warning("issuer_failed", cause=str(error))
    return unavailable(NO_ISSUER)


def _forgotten(response: Response, state: str) -> Response:
    take_attempt(response, state)
    return response


def _sent_to(address: str, status: int) -> Response:
    """Return a redirection without a text, which would repeat the address."""
    return Response(status=status, headers={"Location": address, "Cache-Control": "no-store"})


def _signed_out(one: Door) -> Response:
    language: Language = "en" if request.args.get("lang") == "en" else "nl"
    text = render_template(
        "pages/signed_out.html",
        title=SIGNED_OUT.read(language),
        again=SIGN_IN_AGAIN.read(language),
        told=AT_ISSUER.read(language),
        there=OUT_THERE.read(language),
        end=one.flow.end_address(),
        w=words(language),
        lang=language,
        menu=(),
        edition=None,
    )
    return html(text, language)
