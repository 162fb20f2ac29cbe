"""Who asks with a session, and whether it was they who asked and not another site.

A browser sends a cookie along whoever made it ask. So a session counts only where the browser says
that this service's own page asked (``Sec-Fetch-Site``, else ``Origin``), or that somebody goes to a
page; and for what changes something only with the token that our forms hold.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import g, request

from service.access.cookies import door, session_secret
from service.access.limits import charge_address, charge_session
from service.access.roles import Viewer
from service.access.sessions import Session
from service.problems import ProblemError

PAGES = "pages"  # the blueprint of the pages
READS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_FIELD, FORM_HEADER = "form_token", "X-Form-Token"


def refuse_forgery() -> None:
    """Refuse what another site makes a browser send to a page that changes something.

    Also where a key is sent: a browser that was given one as Basic sends it by itself.

    Raises:
        ProblemError: 403.
    """
    if request.blueprint == PAGES and request.method not in READS and not _asks_itself():
        raise ProblemError("forged")


def session_viewer() -> Viewer | None:
    """Return who is signed in, or None; ``g.session`` holds the session from here on.

    Raises:
        ProblemError: 403 for a change without the token of the form; 429 for who asks too often.
    """
    sent, one = session_secret(), door()
    if sent is None or one is None or not (_asks_itself() or _comes_to_a_page()):
        return None
    found = one.book.find(sent)
    if found is None:
        g.session_ended = True
        charge_address()
        return None
    g.session, g.key_name, g.key_purpose = found, found.name, None
    charge_session(found.viewer.name)
    if request.method not in READS and not found.takes(_form_token()):
        raise ProblemError("forged")
    return found.viewer


def session() -> Session | None:
    """Return the session of who asks; None where they are known by something else, or not."""
    found: Session | None = g.get("session")
    return found


def address_to_sign_in() -> str:
    """Return where somebody signs in and then comes back to this very page."""
    query = request.query_string.decode("ascii", "replace")
    here = quote(request.path) + (f"?{query}" if query else "")
    return f"/sign-in?{urlencode({'return': here})}"


def _form_token() -> str | None:
    return request.headers.get(FORM_HEADER) or request.form.get(FORM_FIELD)


def _asks_itself() -> bool:
    """Tell whether a page of ours asks, or somebody by hand, or a program that is no browser."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin" or (site == "none" and request.method in READS)
    origin, one = request.headers.get("Origin"), door()
    own = request.host_url.rstrip("/") if one is None else one.flow.origin
    return origin is None or origin == own


def _comes_to_a_page() -> bool:
    """Tell whether somebody follows a link to a page; it is not shown within another site's."""
    if request.blueprint != PAGES or request.method not in READS:
        return False
    kind = request.headers.get("Sec-Fetch-Mode"), request.headers.get("Sec-Fetch-Dest")
    return kind == ("navigate", "document")
