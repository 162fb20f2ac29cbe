"""The issuer of the tests as people sign in there: it hands out codes, and tokens for them.

It checks what a real one checks: client and secret, address to return to, PKCE, and that a code is
used once. Somebody is always signed in: ``who`` holds the claims of the next person to come by.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service.issuer import CONTROLLER, DISCOVERY, KEYS, LocalIssuer, serving, stop

CLIENT, SECRET = "paginas", "geheim:van/de paginas%"
ORIGIN = "http://127.0.0.1:8000"
RETURN = f"{ORIGIN}/sign-in/return"
Sent = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}


@dataclass
class SignInIssuer(LocalIssuer):
    """An issuer with clients.

    Attributes:
        secret: of the client; None for a public one.
        methods: by which a client may say who it is; None = not told.
        who: claims of the ID token, over those of a good one.
        returns: addresses that it may send a browser back to.
        codes: that were handed out, with the question of each.
        forms: what came at the address for tokens.
        token_answer: in the place of a token.
    """

    secret: str | None = SECRET
    methods: list[str] | None = None
    who: dict[str, Any] = field(default_factory=dict)
    returns: tuple[str, ...] = (RETURN,)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    forms: list[dict[str, str]] = field(default_factory=list)
    token_answer: Sent | None = None

    def answer(self, path: str) -> Sent:
        """Return status, headers and content for a path."""
        parts = urlsplit(path)
        tail = parts.path.removeprefix("/realms/test")
        if tail == "/authorize":
            return self._authorize(dict(parse_qsl(parts.query)))
        if tail != DISCOVERY or tail in self.answers:
            return super().answer(path)
        self.asked.append(path)
        time.sleep(self.delay)
        found: dict[str, Any] = {"issuer": self.name, "jwks_uri": self.name + KEYS}
        places = {"authorization": "/authorize", "token": "/token", "end_session": "/logout"}
        found |= {f"{name}_endpoint": self.name + place for name, place in places.items()}
        if self.methods is not None:
            found["token_endpoint_auth_methods_supported"] = self.methods
        return 200, JSON, json.dumps(found).encode()

    def _authorize(self, asked: dict[str, str]) -> Sent:
        good = asked["client_id"] == CLIENT and asked["redirect_uri"] in self.returns
        if not good or asked["code_challenge_method"] != "S256":
            return 400, {}, b"no such client"
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"], "iss": self.name})
        return 302, {"Location": f"{asked['redirect_uri']}?{back}"}, b""

    def post(self, path: str, form: str, sign_in: str | None) -> Sent:
        """Return an ID token for a code, once."""
        self.asked.append(path)
        sent = dict(parse_qsl(form))
        self.forms.append({**sent, "sign_in": sign_in or ""})
        if self.token_answer is not None:
            return self.token_answer
        if not self._is_client(sent, sign_in):
            return 401, JSON, b'{"error": "invalid_client"}'
        asked = self.codes.pop(sent["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest())
        fits = asked is not None and asked["code_challenge"] == proof.rstrip(b"=").decode()
        if asked is None or not fits or asked["redirect_uri"] != sent["redirect_uri"]:
            return 400, JSON, b'{"error": "invalid_grant"}'
        token = self.identity(asked["nonce"])
        return 200, JSON, json.dumps({"id_token": token, "token_type": "Bearer"}).encode()

    def _is_client(self, sent: dict[str, str], sign_in: str | None) -> bool:
        if self.secret is None:
            return sent.get("client_id") == CLIENT and sign_in is None
        if self.methods is not None and "client_secret_basic" not in self.methods:
            return (sent.get("client_id"), sent.get("client_secret")) == (CLIENT, self.secret)
        pair = base64.b64decode((sign_in or "").removeprefix("Basic ")).decode()
        return tuple(map(unquote_plus, pair.split(":"))) == (CLIENT, self.secret)

    def identity(self, nonce: str) -> str:
        """Return the ID token of who is signed in."""
        plain = {"aud": CLIENT, "nonce": nonce, "roles": [CONTROLLER], "name": "A. de Vries"}
        return self.sign(**{"header_typ": "JWT", **plain, **self.who})


@contextmanager
def running_sign_in() -> Iterator[SignInIssuer]:
    """Run an issuer at which people sign in."""
    issuer = SignInIssuer()
    issuer.rotate("eerste")
    server = serving(issuer)
    try:
        yield issuer
    finally:
        stop(server)


@dataclass
class Browser:
    """A cookie jar, and the headers that a browser adds to what it sends.

    Attributes:
        client: of the service.
        issuer: where people sign in.
        origin: of the service.
        seen: every address that was opened at the service.
    """

    client: FlaskClient
    issuer: SignInIssuer
    origin: str = ORIGIN
    seen: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, app: Flask, issuer: SignInIssuer, origin: str = ORIGIN) -> Browser:
        """Return a new one, without cookies."""
        return cls(app.test_client(), issuer, origin)

    def open(
        self,
        path: str,
        site: str | None = "none",
        method: str = "GET",
        **given: Any,  # noqa: ANN401
    ) -> TestResponse:
        """Open an address of the service as a browser goes to a page."""
        self.seen.append(path)
        headers = dict(given.pop("headers", {}))
        if site is not None:
            headers |= {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
            headers |= {"Sec-Fetch-Dest": "document"}
        return self.client.open(path, method=method, base_url=self.origin, headers=headers, **given)

    def authorized(self, address: str) -> str:
        """Go to the issuer; return the path to which it sends back."""
        place = urlsplit(address)
        status, headers, _ = self.issuer.answer(f"{place.path}?{place.query}")
        assert status == 302
        return headers["Location"].removeprefix(self.origin)

    def begin(self, path: str = "/sign-in") -> str:
        """Begin to sign in; return the path to which the issuer sends back."""
        answer = self.open(path)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return self.authorized(answer.headers["Location"])

    def sign_in(self, path: str = "/sign-in", **who: object) -> TestResponse:
        """Sign in; return what the service answers to coming back."""
        self.issuer.who = who or self.issuer.who
        return self.open(self.begin(path), site="cross-site")

    def cookies(self) -> dict[str, str]:
        """Return what the jar holds."""
        jar = self.client._cookies.values()
        return {cookie.key: cookie.value for cookie in jar}

    def form_token(self) -> str:
        """Return the token in the form of a page."""
        html = self.open("/about").get_data(as_text=True)
        return html.partition('name="form_token" value="')[2].partition('"')[0]

    def sign_out(self, site: str | None = "same-origin", **form: str) -> TestResponse:
        """Send the form that signs out."""
        return self.open("/sign-out", site, "POST", data=form)
