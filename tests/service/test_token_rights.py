"""What the holder of an access token sees, what stays behind of it, and the settings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from service.access.roles import Role
from service.settings import SettingsError, read_settings
from tests.service.conftest import FIRST, PAIR, ROLES
from tests.service.issuer import (
    AUDIENCE,
    CONTROLLER,
    READER,
    RunningIssuer,
    ask,
)

pytestmark = pytest.mark.contract


# --- what somebody sees -------------------------------------------------------------------------


def seen(response: TestResponse) -> set[str]:
    """Return the municipalities in an answer."""
    return {row["municipality"] for row in response.get_json()["rows"]}


@pytest.mark.parametrize(
    ("roles", "places", "allowed"),
    [
        ([READER], {FIRST}, 403),
        ([CONTROLLER], set(PAIR), 200),
        ([READER, CONTROLLER], {FIRST, *PAIR}, 200),
        (["beheer", "onbekend"], {FIRST, *PAIR}, 200),
        (CONTROLLER, set(PAIR), 200),
    ],
)
def test_role_and_municipalities_come_from_the_token(
    issuer: RunningIssuer,
    trusting: Callable[..., Flask],
    roles: object,
    places: set[str],
    allowed: int,
) -> None:
    app, token = trusting(), issuer[0].sign(roles=roles)
    assert seen(ask(app, token)) == places
    ready = ask(app, token, "/v1/health/ready").get_json()
    assert (ready["left_out"] is not None) == ("beheer" in roles)
    if READER not in roles or CONTROLLER in roles:
        assert ask(app, token, "/v1/forecasts").status_code == allowed


KEYCLOAK = {"realm_access": {"roles": [CONTROLLER]}, "gemeente": PAIR[0], "roles": None}
ENTRA = {"groups": ["0b1c", "9d2e"], "roles": None}
DOTTED = {"https://x.nl/rollen": ["c"], "roles": None}


@pytest.mark.parametrize(
    ("claims", "given", "places"),
    [
        (
            KEYCLOAK,
            {
                "oidc_roles_claim": "realm_access.roles",
                "oidc_municipalities": {},
                "oidc_municipalities_claim": "gemeente",
            },
            {PAIR[0]},
        ),
        (
            ENTRA,
            {
                "oidc_roles_claim": "groups",
                "oidc_roles": "0b1c=controller",
                "oidc_municipalities": f"9d2e={FIRST}",
            },
            {FIRST},
        ),
        (
            DOTTED,
            {
                "oidc_roles_claim": "https://x.nl/rollen",
                "oidc_roles": '{"c": "controller"}',
                "oidc_municipalities": f'{{"c": ["{FIRST}"]}}',
            },
            {FIRST},
        ),
        (
            {"tenant": "a", "roles": [CONTROLLER]},
            {"oidc_municipalities": "a=*", "oidc_municipalities_claim": "tenant"},
            {FIRST, *PAIR},
        ),
    ],
    ids=["Keycloak", "Entra ID", "a name with dots", "two claims"],
)
def test_the_claims_of_known_issuers_are_found(
    issuer: RunningIssuer,
    trusting: Callable[..., Flask],
    claims: dict[str, Any],
    given: dict[str, Any],
    places: set[str],
) -> None:
    assert seen(ask(trusting(**given), issuer[0].sign(**claims))) == places


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"roles": None}, "geen rol"),
        ({"roles": ["onbekend"]}, "geen rol"),
        ({"roles": {"a": CONTROLLER}}, "geen rol"),
        ({"roles": [{"a": 1}, 5, None]}, "geen rol"),
        ({"roles": ["kaal"]}, "geen gemeente"),
    ],
)
def test_a_good_token_without_rights_is_told_so(
    issuer: RunningIssuer,
    trusting: Callable[..., Flask],
    claims: dict[str, Any],
    told: str,
) -> None:
    app = trusting(oidc_roles=f"{ROLES}, kaal=analyst")
    for path in ("/v1/products", "/v1/forecasts"):
        response = ask(app, issuer[0].sign(**claims), path)
        assert response.status_code == 403
        assert response.get_json()["type"].endswith("no-rights")
        assert told in response.get_json()["detail"]


def test_a_star_in_a_token_is_no_municipality(
    issuer: RunningIssuer, trusting: Callable[..., Flask]
) -> None:
    app = trusting(oidc_municipalities={}, oidc_municipalities_claim="gemeenten")
    assert seen(ask(app, issuer[0].sign(gemeenten=[FIRST, "*"]))) == {FIRST}
    assert ask(app, issuer[0].sign(gemeenten="*")).status_code == 403


# --- what stays behind --------------------------------------------------------------------------


def test_a_token_stands_in_no_log_and_no_audit_line_and_its_holder_does(
    issuer: RunningIssuer,
    trusting: Callable[..., Flask],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    app = trusting(oidc_name_claim="preferred_username")
    good = issuer[0].sign(preferred_username="j.jansen\n", email="jan@example.nl")
    wrong = issuer[0].sign(exp=1)
    numbered = issuer[0].sign(sub="123456782")
    for token in (good, wrong, numbered, good[:-3]):
        ask(app, token)
    trail = "".join(path.read_text() for path in (tmp_path / "trail").glob("*.jsonl"))
    lines = [json.loads(line)["attributes"] for line in trail.splitlines() if "key_name" in line]
    assert [line["key_name"] for line in lines] == ["j.jansen", "…"]
    assert all(line["key"].startswith("oidc:") and len(line["key"]) == 25 for line in lines)
    kept = trail + "".join(str(record.__dict__) for record in caplog.records)
    for secret in (good, wrong, good.split(".")[1], good.split(".")[2], "123456782"):
        assert secret not in kept
    assert "jan@example.nl" not in kept
    assert "ExpiredSignatureError" in kept


def test_the_same_person_has_the_same_number_in_every_token(
    issuer: RunningIssuer, trusting: Callable[..., Flask], tmp_path: Path
) -> None:
    app = trusting()
    for token in (issuer[0].sign(), issuer[0].sign(jti="2"), issuer[0].sign(sub="ander")):
        ask(app, token)
    trail = "".join(path.read_text() for path in (tmp_path / "trail").glob("*.jsonl"))
    lines = [json.loads(line)["attributes"] for line in trail.splitlines() if "key_name" in line]
    first, second, third = ((line["key"], line["key_name"]) for line in lines)
    assert first == second != third
    assert (first[1], third[1]) == ("f3a1-een-persoon", "ander")


def test_an_empty_bearer_is_told_where_to_sign_in(trusting: Callable[..., Flask]) -> None:
    address = "https://login.microsoftonline.com/0b1c/oauth2/authorize"
    for sent in ("Bearer", "Bearer "):
        told = trusting(oidc_authorization_uri=address).test_client()
        response = told.get("/v1/products", headers={"Authorization": sent})
        assert response.status_code == 401
        challenges = response.headers.getlist("WWW-Authenticate")
        assert challenges == [f"Bearer authorization_uri={address}"]
    plain = trusting().test_client().get("/v1/products", headers={"Authorization": "Bearer"})
    assert [c.split()[0] for c in plain.headers.getlist("WWW-Authenticate")] == ["Basic", "Bearer"]


# --- settings -----------------------------------------------------------------------------------

WHOLE = {
    "oidc_issuer": "https://login.example.nl/realms/gemeente",
    "oidc_audience": AUDIENCE,
    "oidc_roles": "a=reader",
    "oidc_municipalities": "a=*",
}


@pytest.mark.parametrize("missing", WHOLE)
def test_half_a_configuration_is_refused_by_name(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        read_settings(**{k: v for k, v in WHOLE.items() if k != missing})


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"oidc_issuer": "http://login.example.nl"}, "OIDC_ISSUER.*https"),
        ({"oidc_issuer": "https://login.example.nl/?a=b"}, "OIDC_ISSUER"),
        ({"oidc_jwks_url": "ftp://login.example.nl/keys"}, "OIDC_JWKS_URL"),
        ({"oidc_jwks_url": "https://u:p@login.example.nl/keys"}, "OIDC_JWKS_URL"),
        ({"oidc_authorization_uri": "https://x.nl/\r\nX: y"}, "OIDC_AUTHORIZATION_URI"),
        ({"oidc_roles": "a=baas"}, "OIDC_ROLES"),
        ({"oidc_roles": "a"}, "OIDC_ROLES"),
        ({"oidc_roles": "a=reader,a=analyst"}, "OIDC_ROLES"),
        ({"oidc_roles": "{nee"}, "OIDC_ROLES"),
        ({"oidc_municipalities": "a=* 0344"}, "OIDC_MUNICIPALITIES"),
        ({"oidc_municipalities": {"a": []}}, "OIDC_MUNICIPALITIES"),
        ({"demo": True}, "oidc_issuer"),
    ],
)
def test_a_wrong_configuration_is_refused_by_name(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(**{**WHOLE, **changed})


def test_a_setting_that_belongs_to_tokens_needs_the_others() -> None:
    for given in ({"oidc_name_claim": "oid"}, {"oidc_roles_claim": "groups"}):
        with pytest.raises(SettingsError, match="oidc_issuer"):
            read_settings(**given)


def test_the_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**WHOLE, "oidc_audience": "a, b", "oidc_roles": "CN=x=reader"}.items():
        monkeypatch.setenv(f"ZORGRAMING_{name.upper()}", str(value))
    found = read_settings()
    assert found.oidc_audience == ("a", "b")
    assert found.oidc_roles == {"CN=x": Role.READER}
    assert found.oidc_municipalities == {"a": ("*",)}
