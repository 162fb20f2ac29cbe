"""What must not let anybody in on the pages, or make a browser do what nobody asked for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from flask import Flask
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from service.access.roles import Role
from service.access.sign_in import AT_ONCE, PATIENCE
from service.context import service_of
from service.pages.sign_in import HOME, own_path
from service.settings import SettingsError, read_settings
from tests.service.conftest import FIRST, PAIR, basic
from tests.service.issuer import AUDIENCE, DISCOVERY, make_key
from tests.service.sign_in_issuer import CLIENT, JSON, ORIGIN, Browser, SignInIssuer

pytestmark = pytest.mark.contract
Make = Callable[..., Flask]
BODY = {"name": "x", "version": "x", "lines": []}


def is_out(browser: Browser) -> bool:
    """Tell whether a browser is not signed in."""
    return browser.open("/about").status_code == 302


def failed(browser: Browser, path: str) -> bool:
    """Tell whether coming back to a path fails, says nothing, and lets nobody in."""
    answer = browser.open(path, site="cross-site")
    html = answer.get_data(as_text=True)
    assert "zorgraming=" not in str(answer.headers.getlist("Set-Cookie"))
    return answer.status_code == 400 and "Aanmelden is niet gelukt" in html and is_out(browser)


# --- coming back --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "A" * 43},
        {"state": None},
        {"state": "\u00e9\u00e9"},
        {"code": None},
        {"code": "A" * 5_000},
        {"code": "een-andere-code"},
        {"iss": "https://login.elders.nl"},
        {"error": "access_denied"},
        {"error": "x" * 500},
    ],
)
def test_an_answer_that_was_changed_lets_nobody_in(
    signing: Make, login: SignInIssuer, changed: dict[str, str | None]
) -> None:
    browser = Browser.of(signing(), login)
    path = urlsplit(browser.begin())
    whole: dict[str, Any] = {name: values[0] for name, values in parse_qs(path.query).items()}
    sent = {name: value for name, value in (whole | changed).items() if value is not None}
    assert failed(browser, f"{path.path}?{urlencode(sent)}")


def test_the_state_of_another_attempt_with_the_same_beginning_is_refused(
    signing: Make, login: SignInIssuer
) -> None:
    browser = Browser.of(signing(), login)
    path = browser.begin()
    state = parse_qs(urlsplit(path).query)["state"][0]
    assert failed(browser, path.replace(state, state[:-1] + ("A" if state[-1] != "A" else "B")))


def test_an_answer_works_once_and_only_in_the_browser_that_asked(
    signing: Make, login: SignInIssuer
) -> None:
    app = signing()
    browser, thief = Browser.of(app, login), Browser.of(app, login)
    path = browser.begin()
    assert failed(thief, path)  # no cookie
    thief.begin()
    assert failed(thief, path)  # the cookie of another attempt
    kept = browser.cookies()
    assert browser.open(path, site="cross-site").status_code == 303
    again = Browser.of(app, login)
    for name, value in kept.items():
        again.client.set_cookie(name, value, domain="127.0.0.1")
    assert failed(again, path)  # the issuer gives nothing for a used code


def test_a_code_of_another_attempt_fails_on_the_proof_of_who_asked(
    signing: Make, login: SignInIssuer
) -> None:
    app = signing()
    victim, thief = Browser.of(app, login), Browser.of(app, login)
    stolen = parse_qs(urlsplit(victim.begin()).query)["code"][0]
    own = parse_qs(urlsplit(thief.begin()).query)
    path = urlencode({"code": stolen, "state": own["state"][0]})
    assert failed(thief, f"/sign-in/return?{path}")
    assert len(login.forms) == 1  # it was asked, and refused


@pytest.mark.parametrize(
    "who",
    [
        {"nonce": "A" * 43},
        {"nonce": None},
        {"aud": "een-andere-client"},
        {"aud": [CLIENT, "ander"]},
        {"aud": [CLIENT, "ander"], "azp": "ander"},
        {"azp": "ander"},
        {"iss": "https://login.elders.nl"},
        {"exp": 1},
        {"iat": time.time() + 3_600},
        {"sub": None},
        {"sub": ""},
        {"typ": "Bearer"},
        {"header_typ": "at+jwt"},
        {"aud": AUDIENCE},
    ],
)
def test_an_id_token_that_is_not_right_lets_nobody_in(
    signing: Make, login: SignInIssuer, who: dict[str, object]
) -> None:
    browser = Browser.of(signing(), login)
    login.who = who
    assert failed(browser, browser.begin())


def test_an_id_token_for_several_is_good_where_it_was_made_for_us(
    signing: Make, login: SignInIssuer
) -> None:
    browser = Browser.of(signing(), login)
    assert browser.sign_in(aud=[CLIENT, "ander"], azp=CLIENT, typ="ID").status_code == 303


def test_a_token_signed_by_somebody_else_lets_nobody_in(signing: Make, login: SignInIssuer) -> None:
    browser = Browser.of(signing(), login)
    assert browser.sign_in().status_code == 303
    login.keys = {"eerste": make_key("RS256")}  # the service keeps the one that was published
    stranger = Browser.of(browser.client.application, login)
    assert failed(stranger, stranger.begin())


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((200, JSON, b"{}"), 503),
        ((200, JSON, b'{"id_token": 5}'), 503),
        ((200, JSON, b"<html>"), 503),
        ((500, {}, b""), 503),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), 503),
        ((200, JSON, b'{"id_token": "a.b.c"}'), 400),
        ((401, JSON, b'{"error": "invalid_client"}'), 400),
    ],
)
def test_an_issuer_that_answers_something_else_lets_nobody_in(
    signing: Make,
    login: SignInIssuer,
    answer: tuple[int, dict[str, str], bytes],
    status: int,
) -> None:
    browser = Browser.of(signing(), login)
    path = browser.begin()
    login.token_answer = answer
    assert browser.open(path, site="cross-site").status_code == status
    assert is_out(browser)


@pytest.mark.parametrize(
    "document",
    [
        b'{"issuer": "https://elders.nl"}',
        b"[]",
        b'{"issuer": "%s", "authorization_endpoint": "javascript:alert(1)"}',
        b'{"issuer": "%s", "authorization_endpoint": "http://elders.nl/a"}',
    ],
)
def test_an_issuer_that_does_not_say_where_is_a_503_and_keys_go_on(
    signing: Make, login: SignInIssuer, document: bytes
) -> None:
    app = signing()
    login.answers[DISCOVERY] = (200, JSON, document.replace(b"%s", login.name.encode()))
    answer = Browser.of(app, login).open("/sign-in")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    keys = service_of(app).keys
    assert keys is not None
    key, _ = keys.create("x", Role.READER, [FIRST], 1)
    sent = {"Authorization": f"Bearer {key}"}
    assert app.test_client().get("/about", headers=sent).status_code == 200


def test_an_issuer_that_hangs_holds_up_few_threads(signing: Make, login: SignInIssuer) -> None:
    app = signing()
    login.delay = PATIENCE + 1
    statuses: list[int] = []

    def try_it() -> None:
        statuses.append(Browser.of(app, login).open("/sign-in").status_code)

    threads = [threading.Thread(target=try_it) for _ in range(AT_ONCE + 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [503] * 3 + [302] * AT_ONCE  # those that were too many waited less
    assert read_settings().threads > AT_ONCE


# --- where it leads -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "//evil.nl",
        "///evil.nl",
        "https://evil.nl",
        "/\\evil.nl",
        "\\\\evil.nl",
        "/\t/evil.nl",
        "/%0d%0aSet-Cookie:x\r\n",
        "evil.nl",
        "javascript:alert(1)",
        "/v1/forecasts",
        "/sign-out",
        "/sign-in?return=/sign-in",
        "",
        "/" + "a" * 3_000,
    ],
)
def test_nobody_is_led_elsewhere(signing: Make, login: SignInIssuer, path: str) -> None:
    browser = Browser.of(signing(), login)
    back = browser.sign_in(f"/sign-in?return={quote(path)}")
    assert (back.status_code, back.headers["Location"]) == (303, f"{ORIGIN}/")


def test_a_path_that_was_changed_in_the_cookie_leads_nowhere_else(
    signing: Make, login: SignInIssuer
) -> None:
    browser = Browser.of(signing(), login)
    path = browser.begin()
    ((name, value),) = browser.cookies().items()
    forged = f"{value.partition('.')[0]}.Ly9ldmlsLm5s"  # //evil.nl
    browser.client.set_cookie(name, forged, domain="127.0.0.1")
    assert browser.open(path, site="cross-site").headers["Location"] == f"{ORIGIN}/"


@hypothesis_given(st.text(max_size=40) | st.text(alphabet="/\\.:@ \t%2fF#?evil", max_size=20))
def test_any_text_leads_to_a_path_of_this_host(text: str) -> None:
    found = own_path(text)
    parts = urlsplit(found)
    assert (parts.scheme, parts.netloc) == ("", "")
    assert found == HOME or (found == text and found[:1] == "/" and found[1:2] not in {"/", "\\"})
    assert found.isprintable()
    assert found.isascii()


# --- the cookie ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tampered", ["", "x", "\u00e9", "A" * 43, "A" * 4_000, "' OR 1=1 --"])
def test_a_cookie_that_was_made_up_opens_nothing(
    signing: Make, login: SignInIssuer, tampered: str
) -> None:
    browser = Browser.of(signing(), login)
    browser.sign_in()
    browser.client.set_cookie("zorgraming", tampered, domain="127.0.0.1")
    assert is_out(browser)
    assert browser.open("/v1/products", "same-origin").status_code == 401


def test_one_other_letter_in_the_cookie_opens_nothing(signing: Make, login: SignInIssuer) -> None:
    browser = Browser.of(signing(), login)
    browser.sign_in()
    secret = browser.cookies()["zorgraming"]
    for at in (0, 20, 42):
        other = secret[:at] + ("A" if secret[at] != "A" else "B") + secret[at + 1 :]
        browser.client.set_cookie("zorgraming", other, domain="127.0.0.1")
        assert is_out(browser)


# --- other sites --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        },
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Origin": "https://elders.nl"},
        {"Origin": "null"},
        {"Origin": f"{ORIGIN}.elders.nl"},
    ],
)
def test_another_site_reads_nothing_of_the_api_with_the_cookie(
    signing: Make, login: SignInIssuer, headers: dict[str, str]
) -> None:
    browser = Browser.of(signing(), login)
    browser.sign_in()
    answer = browser.open("/v1/forecasts", None, headers=headers)
    assert answer.status_code == 401
    assert PAIR[0] not in answer.get_data(as_text=True)
    assert browser.open("/v1/forecasts", None).status_code == 200  # not a browser of today
    assert browser.open("/v1/forecasts", None, headers={"Origin": ORIGIN}).status_code == 200


def test_a_link_from_elsewhere_leads_to_a_page_but_not_into_a_frame_or_picture(
    signing: Make, login: SignInIssuer
) -> None:
    browser = Browser.of(signing(), login)
    browser.sign_in()
    assert browser.open("/about", "cross-site").status_code == 200
    for kind in ("iframe", "image", "empty"):
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        answer = browser.open("/about", None, headers={**headers, "Sec-Fetch-Dest": kind})
        assert answer.status_code == 302


@pytest.mark.parametrize("given", [None, "", "A" * 64, "\u00e9", "een ander"])
def test_signing_out_takes_the_token_of_the_form(
    signing: Make, login: SignInIssuer, given: str | None
) -> None:
    app = signing()
    browser, other = Browser.of(app, login), Browser.of(app, login)
    browser.sign_in()
    other.sign_in(sub="een-ander")
    sent = other.form_token() if given == "een ander" else given
    answer = browser.sign_out(**({} if sent is None else {"form_token": sent}))
    assert answer.status_code == 403
    assert "formulier" in answer.get_data(as_text=True)
    assert not is_out(browser)
    assert not is_out(other)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_site_signs_nobody_out_with_the_token_even(
    signing: Make, login: SignInIssuer, site: str
) -> None:
    browser = Browser.of(signing(), login)
    browser.sign_in()
    assert browser.sign_out(site, form_token=browser.form_token()).status_code == 403
    origin = {"Origin": "https://elders.nl"}
    form = {"form_token": browser.form_token()}
    answer = browser.open("/sign-out", None, "POST", data=form, headers=origin)
    assert answer.status_code == 403
    assert not is_out(browser)


def test_nothing_is_signed_out_by_a_link(signing: Make, login: SignInIssuer) -> None:
    browser = Browser.of(signing(), login)
    browser.sign_in()
    assert browser.open("/sign-out").status_code == 405
    assert not is_out(browser)


def test_a_session_writes_nothing_in_the_api_without_the_token(
    signing: Make, login: SignInIssuer
) -> None:
    browser = Browser.of(signing(), login)
    browser.sign_in()
    path = f"/v1/budgets/x?municipality={PAIR[0]}"
    for headers in ({}, {"X-Form-Token": "A" * 64}):
        for method in ("PUT", "DELETE"):
            given = {"json": BODY} if method == "PUT" else {}
            answer = browser.open(path, "same-origin", method, headers=headers, **given)
            assert answer.status_code == 403
            assert answer.get_json()["type"].endswith("forged")
    token = {"X-Form-Token": browser.form_token()}
    assert browser.open(path, "cross-site", "PUT", json=BODY, headers=token).status_code == 401
    taken = browser.open(path, "same-origin", "PUT", json=BODY, headers=token)
    assert taken.status_code == 400  # read, and found not to be a budget


def test_a_key_that_a_browser_sends_by_itself_changes_nothing_from_another_site(
    signing: Make, login: SignInIssuer
) -> None:
    app = signing()
    keys = service_of(app).keys
    assert keys is not None
    key, made = keys.create("x", Role.CONTROLLER, [FIRST], 1)
    browser = Browser.of(app, login)
    sent = basic(made.id, key)
    assert browser.open("/sign-out", "cross-site", "POST", headers=sent).status_code == 403
    assert browser.open("/sign-out", "same-origin", "POST", headers=sent).status_code == 200


# --- settings -----------------------------------------------------------------------------------

WHOLE = {
    "oidc_issuer": "https://login.example.nl/realms/gemeente",
    "oidc_audience": AUDIENCE,
    "oidc_roles": "a=reader",
    "oidc_municipalities": "a=*",
    "oidc_client_id": CLIENT,
    "oidc_client_secret": "geheim",
    "public_url": "https://raming.example.nl",
    "host": "0.0.0.0",  # noqa: S104 - nothing listens
}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"oidc_client_id": None}, "oidc_client_id"),
        ({"oidc_client_id": None, "oidc_client_secret": None, "session_hours": 4}, "client_id"),
        ({"public_url": None}, "public_url"),
        ({"public_url": None, "host": "127.0.0.1", "trusted_proxies": 1}, "public_url"),
        ({"public_url": "http://raming.example.nl"}, "public_url with https"),
        ({"public_url": "https://example.nl/raming"}, "without a path"),
        ({"session_idle_minutes": 1}, "SESSION_IDLE_MINUTES"),
        ({"session_hours": 48}, "SESSION_HOURS"),
        ({"oidc_client_secret": ""}, "OIDC_CLIENT_SECRET"),
        ({"oidc_audience": None}, "oidc_audience"),
        (dict.fromkeys(list(WHOLE)[:4]), "oidc_issuer"),
    ],
)
def test_half_of_sign_in_is_refused_by_name(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named) as caught:
        read_settings(**{**WHOLE, **changed})
    assert "geheim" not in str(caught.value)


def test_a_public_client_and_one_on_this_machine_are_whole() -> None:
    found = read_settings(**{**WHOLE, "oidc_client_secret": None})
    assert found.oidc_client_secret is None
    here = {**WHOLE, "public_url": None, "host": "127.0.0.1"}
    assert "geheim" not in repr(read_settings(**here))
