"""Signing in at the server as it runs: two processes, a cookie jar, redirections followed."""

from __future__ import annotations

import threading
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from tests.service.conftest import PAIR, PLACES, ROLES
from tests.service.issuer import AUDIENCE
from tests.service.sign_in_issuer import CLIENT, SECRET, SignInIssuer
from tests.service.test_serve import PATIENCE, Running

pytestmark = [pytest.mark.contract, pytest.mark.slow]
SIGNED_IN = "Aangemeld als A. de Vries"


def read(opener: OpenerDirector, address: str, form: dict[str, str] | None = None) -> str:
    """Open an address, wherever it leads, over a connection of its own."""
    data = None if form is None else urlencode(form).encode()
    with opener.open(address, data, timeout=PATIENCE) as answer:
        content: bytes = answer.read()
    return content.decode()


def served(folder: Path, editions: Path, login: SignInIssuer) -> Running:
    """Start a server whose people sign in at an issuer; its secret is in a file."""
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / "zorgraming_oidc_client_secret").write_text(SECRET)
    server = Running(
        folder,
        workers=2,
        editions=editions,
        secrets_dir=secrets,
        oidc_issuer=login.name,
        oidc_audience=AUDIENCE,
        oidc_roles=ROLES,
        oidc_municipalities=PLACES,
        oidc_client_id=CLIENT,
    )
    login.returns = (f"{server.base}/sign-in/return",)
    return server


def token_in(html: str) -> str:
    return html.partition('name="form_token" value="')[2].partition('"')[0]


def test_a_session_holds_at_both_workers_and_so_does_its_end(
    tmp_path: Path, editions: Path, login: SignInIssuer
) -> None:
    server = served(tmp_path, editions, login)
    try:
        server.wait()
        jars = [CookieJar() for _ in range(4)]
        openers = [build_opener(HTTPCookieProcessor(jar)) for jar in jars]
        page = f"{server.base}/explore?municipality={PAIR[0]}"
        for opener in openers:  # each way back may reach either worker
            assert SIGNED_IN in read(opener, page)
        shown: list[bool] = []

        def look() -> None:
            shown.extend(SIGNED_IN in read(openers[0], page) for _ in range(5))

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert shown == [True] * 20
        (cookie,) = jars[0]
        form = {"form_token": token_in(read(openers[0], page))}
        assert "U bent afgemeld" in read(openers[0], f"{server.base}/sign-out", form)
        sent = {"Cookie": f"zorgraming={cookie.value}", "Sec-Fetch-Site": "same-origin"}
        assert {server.get("/v1/products", **sent)[0] for _ in range(10)} == {401}
        assert SIGNED_IN in read(openers[1], page)
    finally:
        assert server.stop() == 0
    said = (tmp_path / "err.txt").read_text() + server.said
    secrets = [SECRET, str(cookie.value), form["form_token"]]
    secrets += [found[name] for found in login.forms for name in ("code", "code_verifier")]
    assert len(secrets) == 11
    assert not any(secret in said for secret in secrets)
