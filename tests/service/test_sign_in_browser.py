"""Signing in and out in a real browser, and what another site can make it do."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from tests.service.conftest import PAIR
from tests.service.sign_in_issuer import SignInIssuer

pytestmark = [
    pytest.mark.contract,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed"),
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
ELSEWHERE = """<!doctype html><title>elders</title>
<a id="page" href="{0}/about">pagina</a> <a id="api" href="{0}/v1/products">cijfers</a>
<form method="post" action="{0}/sign-out"><button>weg</button></form>"""


@pytest.fixture
def base(signing: Callable[..., Flask], login: SignInIssuer) -> Iterator[str]:
    """Serve on localhost, which is another site than 127.0.0.1, where the issuer is."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    origin = f"http://localhost:{port}"
    login.returns = (f"{origin}/sign-in/return",)
    page = ELSEWHERE.format(origin).encode()
    login.answers["/elders"] = (200, {"Content-Type": "text/html; charset=utf-8"}, page)
    server = make_server("127.0.0.1", port, signing(public_url=origin), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield origin
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page() -> Iterator[Page]:
    """Return a page of a browser without cookies."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser.new_page(accept_downloads=True)
        browser.close()


def session_of(context: BrowserContext) -> list[str]:
    return [str(c.get("value")) for c in context.cookies() if c.get("name") == "zorgraming"]


def test_the_whole_visit(page: Page, base: str) -> None:
    page.goto(f"{base}/explore?municipality={PAIR[0]}")
    assert page.url == f"{base}/explore?municipality={PAIR[0]}"  # there and back, unseen
    assert page.get_by_text("Aangemeld als A. de Vries").is_visible()
    (cookie,) = page.context.cookies()
    assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Lax")
    assert page.evaluate("document.cookie") == ""
    assert Axe().run(page, options=RULES).violations_count == 0
    with page.expect_download() as coming:
        page.locator("a[href^='/v1/forecasts'][href*='csv']").first.click()
    assert "municipality" in coming.value.path().read_text("utf-8").splitlines()[0]
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name="Afmelden").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="U bent afgemeld").wait_for()
    assert session_of(page.context) == []
    assert Axe().run(page, options=RULES).violations_count == 0
    page.get_by_role("link", name="Opnieuw aanmelden").click()
    assert page.get_by_text("Aangemeld als A. de Vries").is_visible()


def test_another_site_leads_to_a_page_and_to_nothing_else(
    page: Page, base: str, login: SignInIssuer
) -> None:
    page.goto(f"{base}/about")
    (session,) = session_of(page.context)
    page.goto(f"{login.name}/elders")
    with page.expect_response("**/v1/products") as told:
        page.locator("#api").click()
    assert told.value.status == 401
    page.goto(f"{login.name}/elders")
    with page.expect_response("**/sign-out") as told:
        page.get_by_role("button").click()
    assert told.value.status == 403
    page.goto(f"{login.name}/elders")
    page.locator("#page").click()
    assert page.get_by_text("Aangemeld als A. de Vries").is_visible()
    assert session_of(page.context) == [session]  # it went on all the time
