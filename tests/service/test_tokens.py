"""Access tokens of a real local issuer: which let somebody in, and which do not."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from urllib.request import urlopen

import pytest
from flask import Flask

from service.access.keys import KeyRing
from service.access.limits import EXTENSION as LIMITS
from service.access.roles import Role
from service.context import service_of
from tests.service.conftest import basic
from tests.service.issuer import (
    AUDIENCE,
    CURVES,
    DISCOVERY,
    KEYS,
    LocalIssuer,
    RunningIssuer,
    ask,
    make_key,
    published,
)
from tests.service.test_buckets import Clock

pytestmark = pytest.mark.contract


# --- what gets in -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", *CURVES, "EdDSA"]
)
def test_a_token_signed_by_any_of_the_allowed_ways_gets_in(
    issuer: RunningIssuer, trusting: Callable[..., Flask], algorithm: str
) -> None:
    issuer[0].rotate("een", algorithm)
    assert ask(trusting(), issuer[0].sign(algorithm)).status_code == 200


@pytest.mark.parametrize("kind", ["at+jwt", "application/at+jwt", "JWT", "jwt", None])
def test_the_kinds_of_access_token_get_in(
    issuer: RunningIssuer, trusting: Callable[..., Flask], kind: str | None
) -> None:
    token = issuer[0].sign(header_typ=kind, aud=["iets anders", AUDIENCE])
    assert ask(trusting(), token).status_code == 200


def test_the_keys_are_asked_for_once_and_not_per_request(
    issuer: RunningIssuer, trusting: Callable[..., Flask]
) -> None:
    app = trusting()
    assert [ask(app, issuer[0].sign()).status_code for _ in range(20)] == [200] * 20
    assert issuer[0].asked == [f"/realms/test{DISCOVERY}", f"/realms/test{KEYS}"]


def test_api_keys_go_on_working_beside_tokens(trusting: Callable[..., Flask]) -> None:
    app = trusting()
    ring = service_of(app).keys
    assert isinstance(ring, KeyRing)
    key, _ = ring.create("x", Role.CONTROLLER, None, 30)
    assert ask(app, key).status_code == 200
    refused = ask(app, key[:-2])
    assert refused.get_json()["type"].endswith("refused-key")


# --- what does not ------------------------------------------------------------------------------

HOUR = 3_600


def _changed(one: LocalIssuer) -> str:
    head, _, signature = one.sign().split(".")
    body = one.sign(roles=["beheer"]).split(".")[1]
    return f"{head}.{body}.{signature}"


def _forged(one: LocalIssuer) -> str:
    other = LocalIssuer(port=one.port)
    other.rotate(next(iter(one.keys)))
    return other.sign()


def _nested(one: LocalIssuer) -> str:
    body = base64.urlsafe_b64encode(b'{"a":' + b"[" * 3_000).rstrip(b"=").decode()
    return f"{one.sign().split('.')[0]}.{body}.x"


WRONG: dict[str, Callable[[LocalIssuer], str]] = {
    "another issuer": lambda one: one.sign(iss="https://login.example.nl"),
    "the issuer with a slash": lambda one: one.sign(iss=one.name + "/"),
    "another audience": lambda one: one.sign(aud="api://iets-anders"),
    "no audience": lambda one: one.sign(aud=None),
    "expired": lambda one: one.sign(exp=int(time.time()) - 60),
    "no end": lambda one: one.sign(exp=None),
    "an end that is no number": lambda one: one.sign(exp="morgen"),
    "not yet valid": lambda one: one.sign(nbf=int(time.time()) + HOUR),
    "made in the future": lambda one: one.sign(iat=int(time.time()) + HOUR),
    "no moment of making": lambda one: one.sign(iat=None),
    "no subject": lambda one: one.sign(sub=None),
    "an empty subject": lambda one: one.sign(sub=""),
    "no signature": lambda one: one.unsigned(),
    "the public key as secret": lambda one: one.confused(),
    "a changed claim": _changed,
    "another key under the same id": _forged,
    "an id token of Keycloak": lambda one: one.sign(typ="ID", header_typ="JWT"),
    "a refresh token of Keycloak": lambda one: one.sign(typ="Refresh", header_typ="JWT"),
    "an id token with the hash of a token": lambda one: one.sign(at_hash="x", header_typ="JWT"),
    "an id token with a nonce": lambda one: one.sign(nonce="x", header_typ="JWT"),
    "a token for logging out": lambda one: one.sign(header_typ="logout+jwt"),
    "bound to a key of its sender": lambda one: one.sign(cnf={"jkt": "x"}),
    "four parts": lambda one: one.sign() + ".x",
    "no token at all": lambda _: "geen.token.hier",
    "not ASCII": lambda one: one.sign() + "\xe9",
    "deeply nested": _nested,
}


@pytest.mark.parametrize("case", WRONG)
def test_a_token_that_is_not_good_is_refused_without_saying_why(
    issuer: RunningIssuer, trusting: Callable[..., Flask], case: str
) -> None:
    app = trusting()
    response = ask(app, WRONG[case](issuer[0]), **{"X-Request-Id": "same-id-each-time"})
    assert response.status_code == 401
    plain = ask(app, "geen-token", **{"X-Request-Id": "same-id-each-time"})
    assert (response.get_data(), response.headers.getlist("WWW-Authenticate")) == (
        plain.get_data(),
        plain.headers.getlist("WWW-Authenticate"),
    )
    assert response.get_json()["type"].endswith("refused-token")
    assert response.headers.getlist("WWW-Authenticate")[1].endswith('error="invalid_token"')
    assert ask(app, issuer[0].sign()).status_code == 200


def test_clocks_may_differ_a_little(issuer: RunningIssuer, trusting: Callable[..., Flask]) -> None:
    app, now = trusting(), int(time.time())
    for token in (issuer[0].sign(exp=now - 10), issuer[0].sign(nbf=now + 10, iat=now + 10)):
        assert ask(app, token).status_code == 200


def test_a_key_serves_its_own_algorithm_only_and_short_or_foreign_keys_none(
    issuer: RunningIssuer, trusting: Callable[..., Flask]
) -> None:
    one = issuer[0]
    one.keys = {name: make_key("RS256") for name in ("vast", "geheim", "versleuteling")}
    one.keys["kort"] = make_key("RS256", bits=1024)
    one.extra = [
        published(one.keys.pop("vast"), "vast", alg="PS256"),
        published(one.keys.pop("versleuteling"), "versleuteling", use="enc"),
        {"kty": "oct", "k": "AAAA", "kid": "geheim", "use": "sig"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "stuk"},
    ]
    kept, one.keys["goed"] = dict(one.keys), make_key("RS256")
    vast = make_key("RS256")
    one.extra[0] = published(vast, "vast", alg="PS256")
    app = trusting()
    assert ask(app, one.sign(kid="goed")).status_code == 200
    with pytest.warns(match="2048"):
        assert ask(app, one.sign(kid="kort")).status_code == 401
    one.keys = {**kept, "vast": vast, "versleuteling": make_key("RS256"), "stuk": vast}
    assert ask(app, one.sign("PS256", kid="vast")).status_code == 200
    assert ask(app, one.sign("RS256", kid="vast")).status_code == 401
    assert ask(app, one.sign(kid="versleuteling")).status_code == 401
    assert ask(app, one.sign(kid="stuk")).status_code == 401


def test_a_token_is_no_password(issuer: RunningIssuer, trusting: Callable[..., Flask]) -> None:
    token = issuer[0].sign()
    response = trusting().test_client().get("/v1/products", headers=basic("f3a1", token))
    assert (response.status_code, issuer[0].asked) == (401, [])


def test_refused_tokens_are_counted_as_refused_keys_are(
    issuer: RunningIssuer, trusting: Callable[..., Flask]
) -> None:
    app = trusting(rate_refused_per_minute=5)
    good = issuer[0].sign()
    assert ask(app, good).status_code == 200
    wrong = [issuer[0].sign(exp=1 + number) for number in range(7)]
    assert [ask(app, token).status_code for token in wrong] == [401] * 5 + [429] * 2
    assert ask(app, good).status_code == 200


def test_questions_are_counted_by_subject_and_not_by_token(
    issuer: RunningIssuer, trusting: Callable[..., Flask]
) -> None:
    app = trusting(rate_per_minute=3)
    app.extensions[LIMITS].buckets._monotonic = Clock()
    tokens = [issuer[0].sign(jti=str(number)) for number in range(4)]
    assert [ask(app, token).status_code for token in tokens] == [200] * 3 + [429]
    assert ask(app, issuer[0].sign(sub="een ander")).status_code == 200


def test_the_description_tells_at_which_issuer_to_sign_in(
    trusting: Callable[..., Flask], issuer: RunningIssuer, closed_app: Flask
) -> None:
    told = trusting().test_client().get("/v1/openapi.json").get_json()
    scheme = told["components"]["securitySchemes"]["oidc"]
    assert scheme["type"] == "openIdConnect"
    with urlopen(scheme["openIdConnectUrl"]) as answer:  # noqa: S310 - on this machine
        assert json.load(answer)["issuer"] == issuer[0].name
    assert {"oidc": []} in told["paths"]["/forecasts"]["get"]["security"]
    closed = closed_app.test_client().get("/v1/openapi.json").get_json()
    assert set(closed["components"]["securitySchemes"]) == {"basic", "bearer"}
