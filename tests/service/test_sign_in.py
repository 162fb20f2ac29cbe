"""Signing in on the pages, against a real issuer: the way there and back, and what it gives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from service.access.roles import Role
from service.access.tables import SESSION
from service.context import service_of
from tests.service.conftest import FIRST, NOW, PAIR, Asker
from tests.service.issuer import CONTROLLER, READER, ask
from tests.service.sign_in_issuer import CLIENT, ORIGIN, Browser, SignInIssuer

pytestmark = pytest.mark.contract
Make = Callable[..., Flask]
SECURE = "https://raming.example.nl"


def rows(app: Flask) -> list[dict[str, object]]:
    """Return the sessions in the database of a service."""
    engine = service_of(app).engine
    assert engine is not None
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(SESSION)).mappings()]


def trail(folder: Path) -> list[dict[str, object]]:
    """Return what the audit trail says about requests."""
    lines = [line for path in folder.glob("*.jsonl") for line in path.read_text().splitlines()]
    found = [json.loads(line) for line in lines]
    return [line["attributes"] for line in found if "key" in line.get("attributes", {})]


# --- the way there and back ---------------------------------------------------------------------


def test_a_page_leads_to_the_issuer_and_back_to_itself(signing: Make, login: SignInIssuer) -> None:
    browser = Browser.of(signing(), login)
    page = f"/explore?municipality={PAIR[0]}&subject=law:Wmo+2015"
    answer = browser.open(page)
    assert answer.status_code == 302
    assert "WWW-Authenticate" not in answer.headers
    back = browser.sign_in(answer.headers["Location"])
    assert (back.status_code, back.headers["Location"]) == (303, ORIGIN + page)
    shown = browser.open(page, site="cross-site")
    html = shown.get_data(as_text=True)
    assert shown.status_code == 200
    assert "Aangemeld als A. de Vries" in html
    assert '<form class="session" method="post" action="/sign-out">' in html


def test_what_is_asked_of_the_issuer_is_the_code_flow_with_its_three_guards(
    signing: Make, login: SignInIssuer
) -> None:
    browser = Browser.of(signing(), login)
    asked = []
    for _ in range(2):
        address = browser.open("/sign-in").headers["Location"]
        assert address.startswith(f"{login.name}/authorize?")
        asked.append(
            {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        )
    assert asked[0]["response_type"] == "code"
    assert asked[0]["code_challenge_method"] == "S256"
    assert asked[0]["redirect_uri"] == f"{ORIGIN}/sign-in/return"
    random = ("state", "nonce", "code_challenge")
    values = {one[name] for one in asked for name in random}
    assert len(values) == 6
    assert all(len(value) == 43 for value in values)


@pytest.mark.parametrize(
    ("secret", "methods", "sends"),
    [
        ("geheim:/ %", None, "basic"),
        ("geheim:/ %", ["client_secret_post"], "body"),
        (None, ["none"], "nothing"),
    ],
)
def test_a_client_says_who_it_is_as_the_issuer_wants_it(
    signing: Make, login: SignInIssuer, secret: str | None, methods: list[str] | None, sends: str
) -> None:
    login.secret, login.methods = secret, methods
    browser = Browser.of(signing(), login)
    assert browser.sign_in().status_code == 303
    (form,) = login.forms
    assert form["sign_in"].startswith("Basic ") == (sends == "basic")
    assert ("client_secret" in form) == (sends == "body")


def test_two_windows_may_sign_in_at_once(signing: Make, login: SignInIssuer) -> None:
    browser = Browser.of(signing(), login)
    first, second = (browser.begin(f"/sign-in?return=/about?lang={n}") for n in ("nl", "en"))
    for path, lang in ((first, "nl"), (second, "en")):
        back = browser.open(path, site="cross-site")
        assert back.headers["Location"] == f"{ORIGIN}/about?lang={lang}"
    assert browser.open("/about").status_code == 200
    assert list(browser.cookies()) == ["zorgraming"]


def test_windows_opened_without_end_do_not_fill_the_jar(signing: Make, login: SignInIssuer) -> None:
    browser = Browser.of(signing(rate_anonymous_per_minute=0), login)
    for _ in range(30):
        browser.open("/sign-in")
    assert len(browser.cookies()) <= 9


# --- the cookie and the session -----------------------------------------------------------------


def test_over_https_the_cookie_is_for_this_host_only(signing: Make, login: SignInIssuer) -> None:
    login.returns = (f"{SECURE}/sign-in/return",)
    app = signing(public_url=SECURE)
    browser = Browser.of(app, login, SECURE)
    begun = browser.open("/sign-in")
    back = browser.open(browser.authorized(begun.headers["Location"]), site="cross-site")
    (kept,) = [c for c in back.headers.getlist("Set-Cookie") if "Max-Age=0" not in c]
    (attempt,) = begun.headers.getlist("Set-Cookie")
    for cookie, name in ((kept, "__Host-zorgraming"), (attempt, "__Host-zorgraming-in-")):
        assert cookie.startswith(name)
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert "Domain" not in cookie
    assert "Max-Age" not in kept
    assert browser.open("/about").status_code == 200


def test_only_a_hash_of_the_cookie_is_stored(signing: Make, login: SignInIssuer) -> None:
    app = signing()
    browser = Browser.of(app, login)
    browser.sign_in(preferred_username="adv")
    (row,) = rows(app)
    secret = browser.cookies()["zorgraming"]
    assert len(secret) == 43
    assert secret not in str(row)
    assert browser.form_token() not in str(row)
    assert row["role"] == "controller"


def test_signing_in_again_gives_another_session_and_ends_the_first(
    signing: Make, login: SignInIssuer
) -> None:
    app = signing()
    browser = Browser.of(app, login)
    browser.sign_in()
    first, token = browser.cookies()["zorgraming"], browser.form_token()
    browser.sign_in()
    assert browser.cookies()["zorgraming"] != first
    assert browser.form_token() != token
    assert len(rows(app)) == 1
    browser.client.set_cookie("zorgraming", first, domain="127.0.0.1")
    assert browser.open("/about").status_code == 302


def test_signing_out_ends_the_session_for_every_worker(signing: Make, login: SignInIssuer) -> None:
    one, other = signing(), signing()  # two processes with one database
    browser = Browser.of(one, login)
    browser.sign_in()
    secret, token = browser.cookies()["zorgraming"], browser.form_token()
    elsewhere = Browser.of(other, login)
    elsewhere.client.set_cookie("zorgraming", secret, domain="127.0.0.1")
    assert elsewhere.open("/about").status_code == 200
    out = browser.sign_out(form_token=token)
    html = out.get_data(as_text=True)
    assert out.status_code == 200
    assert "U bent afgemeld" in html
    assert f"{login.name}/logout?client_id={CLIENT}" in html
    assert "A. de Vries" not in html
    assert out.headers["Clear-Site-Data"] == '"cache"'
    assert browser.cookies() == {}
    assert rows(one) == []
    assert elsewhere.open("/about").status_code == 302
    assert elsewhere.open("/v1/products", site="same-origin").status_code == 401
    assert browser.sign_out().status_code == 200  # again: nothing to end


def test_a_session_ends_when_it_is_not_used_and_when_it_is_old(
    signing: Make, login: SignInIssuer
) -> None:
    now = [NOW]
    app = signing(lambda: now[0], session_idle_minutes=30, session_hours=2)
    browser = Browser.of(app, login)
    browser.sign_in()
    for _ in range(3):
        now[0] += timedelta(minutes=29)
        assert browser.open("/about").status_code == 200
    now[0] += timedelta(minutes=31)
    assert browser.open("/about").status_code == 302
    browser.sign_in()
    for _ in range(4):
        now[0] += timedelta(minutes=28)
        assert browser.open("/about").status_code == 200
    now[0] += timedelta(minutes=8)  # two hours since it began
    assert browser.open("/about").status_code == 302
    ended = browser.open("/v1/products", site="same-origin")
    assert ended.get_json()["type"].endswith("signed-out")
    assert [c.split()[0] for c in ended.headers.getlist("WWW-Authenticate")] == ["Bearer"]
    Browser.of(app, login).sign_in()
    assert len(rows(app)) == 1  # the old ones are gone


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_the_whole_way_on_either_database(
    signing: Make, login: SignInIssuer, kind: str, request: pytest.FixtureRequest
) -> None:
    given = {}
    if kind == "postgresql":
        given["database_url"] = request.getfixturevalue("postgresql").made("signing")
    app = signing(**given)
    browser = Browser.of(app, login)
    assert browser.sign_in().status_code == 303
    assert browser.open("/about").status_code == 200
    assert browser.sign_out(form_token=browser.form_token()).status_code == 200
    assert rows(app) == []
    engine = service_of(app).engine
    assert isinstance(engine, Engine)
    engine.dispose()


# --- what somebody sees -------------------------------------------------------------------------


def test_municipality_and_role_come_from_the_id_token(signing: Make, login: SignInIssuer) -> None:
    browser = Browser.of(signing(), login)
    browser.sign_in(roles=[CONTROLLER])
    for path in ("/", "/explore", "/budget", "/v1/municipalities"):
        said = browser.open(path, site="same-origin").get_data(as_text=True)
        assert PAIR[0] in said
        assert FIRST not in said
    refused = browser.open(f"/?municipality={FIRST}")
    assert (refused.status_code, "XX" in refused.get_data(as_text=True)) == (400, False)


def test_a_reader_sees_protected_figures_and_no_closed_page(
    signing: Make, login: SignInIssuer
) -> None:
    browser = Browser.of(signing(), login)
    browser.sign_in(roles=[READER])
    html = browser.open("/explore?measure=clients").get_data(as_text=True)
    assert "Kleine aantallen" in html
    assert "te klein om te tonen" in html
    assert browser.open("/budget").status_code == 403
    assert browser.open("/v1/actuals", site="same-origin").status_code == 403


@pytest.mark.parametrize(("roles", "told"), [(["niets"], "geen rol"), (None, "geen rol")])
def test_who_has_no_role_gets_no_session(
    signing: Make, login: SignInIssuer, roles: list[str] | None, told: str
) -> None:
    app = signing()
    browser = Browser.of(app, login)
    answer = browser.sign_in(roles=roles)
    assert answer.status_code == 403
    assert told in answer.get_data(as_text=True)
    assert rows(app) == []
    assert browser.cookies() == {}


def test_downloads_from_the_pages_work_and_keys_and_tokens_as_before(
    signing: Make, login: SignInIssuer
) -> None:
    app = signing()
    browser = Browser.of(app, login)
    browser.sign_in()
    html = browser.open(f"/explore?municipality={PAIR[0]}").get_data(as_text=True)
    links = re.findall(r'href="(/v1/forecasts[^"]+)"', html)
    assert links
    for link in links:
        answer = browser.open(link.replace("&amp;", "&"), site="same-origin")
        assert answer.status_code == 200
        assert "Cookie" in answer.headers["Vary"]
    assert ask(app, login.sign()).status_code == 200
    keys = service_of(app).keys
    assert keys is not None
    asker = Asker(app.test_client(), keys.create("x", Role.READER, [FIRST], 1)[0])
    assert asker.get("/v1/products").status_code == 200
    assert asker.get("/about").status_code == 200
    assert asker.client.get("/v1/products").status_code == 401


def test_a_key_goes_before_a_session(signing: Make, login: SignInIssuer) -> None:
    app = signing()
    browser = Browser.of(app, login)
    browser.sign_in()
    keys = service_of(app).keys
    assert keys is not None
    key, _ = keys.create("x", Role.READER, [FIRST], 1)
    sent = {"Authorization": f"Bearer {key}"}
    answer = browser.open("/v1/municipalities", "same-origin", headers=sent)
    assert [row["municipality"] for row in answer.get_json()["rows"]] == [FIRST]
    wrong = {"Authorization": "Bearer zr_0000000000_A"}
    assert browser.open("/v1/products", "same-origin", headers=wrong).status_code == 401


# --- what stays behind --------------------------------------------------------------------------


def test_the_audit_trail_names_who_was_signed_in_as_for_a_token(
    signing: Make, login: SignInIssuer, tmp_path: Path
) -> None:
    app = signing()
    browser = Browser.of(app, login)
    browser.sign_in("/sign-in?return=/about")
    browser.open("/about?lang=en")
    browser.sign_out(form_token=browser.form_token())
    ask(app, login.sign())
    lines = trail(tmp_path / "trail")
    assert len({(line["key"], line["key_name"]) for line in lines}) == 1
    assert lines[0]["key_name"] == "f3a1-een-persoon"
    told = [(line["route"], line["http_status"]) for line in lines]
    assert told[0] == ("/sign-in/return", 303)
    assert ("/sign-out", 200) in told
    assert lines[0]["selection"] is None
    assert lines[1]["selection"] == {"lang": "en"}


def test_no_secret_of_signing_in_is_in_a_log_the_trail_or_an_address(
    signing: Make, login: SignInIssuer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    app = signing()
    browser = Browser.of(app, login)
    address = browser.open("/sign-in").headers["Location"]
    attempt = next(iter(browser.cookies().values())).partition(".")[0]
    path = browser.authorized(address)
    browser.open(path, site="cross-site")
    browser.open(path, site="cross-site")  # a second time fails, and says so in the log
    secret, token = browser.cookies()["zorgraming"], browser.form_token()
    browser.sign_out(form_token=token)
    back = parse_qs(urlsplit(path).query)
    verifier = login.forms[0]["code_verifier"]
    client = str(login.secret)
    said = str([record.__dict__ for record in caplog.records])
    said += "".join(file.read_text() for file in (tmp_path / "trail").glob("*.jsonl"))
    assert "sign_in_failed" in said
    for one in (attempt, secret, token, verifier, client, back["code"][0], back["state"][0]):
        assert one not in said
    addresses = " ".join([address, *(seen for seen in browser.seen if seen != path)])
    for one in (attempt, secret, token, verifier, client, back["code"][0]):
        assert one not in addresses


def test_each_person_has_a_limit_of_their_own(signing: Make, login: SignInIssuer) -> None:
    app = signing(rate_per_minute=5, rate_anonymous_per_minute=20)
    first, second = Browser.of(app, login), Browser.of(app, login)
    first.sign_in()
    second.sign_in(sub="een-ander")
    asked = [first.open("/about").status_code for _ in range(7)]
    assert asked == [200] * 5 + [429] * 2
    assert second.open("/about").status_code == 200
    refused = first.open("/about")
    assert int(refused.headers["Retry-After"]) > 0
    # Who is signed in uses nothing of what their whole office has without.
    left = Browser.of(app, login).open("/v1/docs").headers["RateLimit"]
    assert int(left.removeprefix('"address";r=').partition(";")[0]) >= 12


def test_cookies_that_open_nothing_are_counted_by_address(
    signing: Make, login: SignInIssuer
) -> None:
    app = signing(rate_anonymous_per_minute=3)
    browser = Browser.of(app, login)
    browser.client.set_cookie("zorgraming", "A" * 43, domain="127.0.0.1")
    asked = [browser.open("/about").status_code for _ in range(5)]
    assert asked == [302] * 3 + [429] * 2


def test_a_cookie_that_was_good_is_counted_by_address_once_it_is_not(
    signing: Make, login: SignInIssuer
) -> None:
    browser = Browser.of(signing(rate_anonymous_per_minute=6), login)
    browser.sign_in()  # takes two: there, and back
    secret = browser.cookies()["zorgraming"]
    browser.sign_out(form_token=browser.form_token())
    browser.client.set_cookie("zorgraming", secret, domain="127.0.0.1")
    asked = [browser.open("/about").status_code for _ in range(6)]
    assert asked.count(302) <= 4
    assert asked[-2:] == [429, 429]
