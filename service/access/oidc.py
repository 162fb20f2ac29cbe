"""Tokens of an OIDC issuer: signature, issuer, audience and time are checked at each use.

Access tokens, which are sent with a question, and the ID token of somebody who signs in.

The keys of the issuer are kept. They are fetched anew when they are old, and at once for a token
that names a key that is not known; by one thread at a time and never more often than ``KNOWING``,
however many such tokens come. A request waits ``PATIENCE`` for it at most, so that an issuer that
hangs does not hold up the service. No token is stored or written to a log.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt

from service.access.claims import Holder, Refusal, holder_of
from service.access.issuer import Issuer, IssuerError
from service.logs import logger
from service.settings import Settings

# Signed with a private key; never 'none', and never a secret that checks and makes tokens alike.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
KINDS = frozenset({"jwt", "at+jwt", "application/at+jwt"})  # of the header; none = jwt
REQUIRED = ["iss", "aud", "exp", "iat", "sub"]
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 8_000
FRESH = 3_600.0  # seconds after which keys are fetched again
USABLE = 86_400.0  # seconds for which keys are used while the issuer cannot be reached
KNOWING = 30.0  # least seconds between two fetches for keys that are not known
PATIENCE = 2.0  # seconds that a request waits for them; a fetch goes on in its thread
TRYING = 5.0  # least seconds between two fetches after one that failed, or while there are no keys

LOG = logger("tokens")


@dataclass(frozen=True)
class _Key:
    public: Any
    algorithms: frozenset[str]


class KeySet:
    """The public keys of an issuer, kept by one process.

    Args:
        issuer: who publishes them.
        monotonic: a clock that never goes back, in seconds.
        patience: seconds that a request waits for the issuer at most.
    """

    def __init__(
        self,
        issuer: Issuer,
        monotonic: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        self._issuer = issuer
        self._monotonic = monotonic
        self._patience = patience
        self._keys: dict[str, _Key] = {}
        self._good_at = self._tried_at = float("-inf")
        self._failed = False
        self._fetching: threading.Thread | None = None
        self._lock = threading.Lock()

    def find(self, kid: str) -> _Key | Refusal:
        """Return a key by its id; asks the issuer only where that is needed and allowed."""
        if self._age() > FRESH and self._keys:
            self.renew()
        found = self._usable().get(kid) or self._asked_for(kid)
        if found is not None:
            return found
        known = self._usable() and not self._failed and self._fetching is None
        return Refusal.NOT_GOOD if known else Refusal.NO_KEYS

    def _asked_for(self, kid: str) -> _Key | None:
        fetching = self.renew()
        if fetching is not None:
            fetching.join(self._patience)
        return self._usable().get(kid)

    def renew(self) -> threading.Thread | None:
        """Fetch the keys in a thread; return the one that does, or None where it is too soon."""
        with self._lock:
            if self._fetching is not None:
                return self._fetching
            pause = TRYING if self._failed or not self._keys else KNOWING
            if self._monotonic() - self._tried_at < pause:
                return None
            self._tried_at = self._monotonic()
            self._fetching = threading.Thread(target=self._fetch, name="token-keys", daemon=True)
            self._fetching.start()
            return self._fetching

    def _fetch(self) -> None:
        try:
            self._keys = _keys_of(self._issuer.key_set())
            self._good_at, self._failed = self._monotonic(), False
            LOG.info("issuer_keys", keys=len(self._keys))
        except IssuerError as error:
            self._failed = True
            LOG.warning("issuer_failed", cause=str(error), keys_kept=len(self._usable()))
        finally:
            self._fetching = None

    def _age(self) -> float:
        return self._monotonic() - self._good_at

    def _usable(self) -> dict[str, _Key]:
        return self._keys if self._age() <= USABLE else {}


def _keys_of(published: dict[str, Any]) -> dict[str, _Key]:
    """Return the keys of a set that sign, by id; others are left out.

    Raises:
        IssuerError: none of them can be used.
    """
    listed = published.get("keys")
    found = {}
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and isinstance(one.get("kid"), str) and _signs(one):
            key = _key_of(one)
            if key is not None:
                found[one["kid"]] = key
    if not found:
        raise IssuerError("its set of keys has none that can be used")
    return found


def _signs(published: dict[str, Any]) -> bool:
    return published.get("kty") in ("RSA", "EC", "OKP") and published.get("use", "sig") == "sig"


def _key_of(published: dict[str, Any]) -> _Key | None:
    """Return one key with the algorithms it may check, or None where it is of no use."""
    named = published.get("alg")
    try:
        read = jwt.PyJWK(published)
    except jwt.PyJWTError:
        return None
    if named is None and published["kty"] == "RSA":
        allowed = frozenset(name for name in ALGORITHMS if name[:2] in ("RS", "PS"))
    else:
        allowed = ALGORITHMS & {read.algorithm_name}
    return _Key(read.key, allowed) if allowed else None


class AccessTokens:
    """Tells who holds an access token.

    Args:
        settings: with an issuer.
        keys: of that issuer; None = a set of its own.
    """

    def __init__(self, settings: Settings, keys: KeySet | None = None) -> None:
        issuer = settings.oidc_issuer
        if issuer is None:
            raise ValueError("no issuer is set")
        self._issuer = issuer
        self._audience = settings.oidc_audience
        self._name_claim = settings.oidc_name_claim
        self._keys = keys or KeySet(Issuer(issuer, settings.oidc_jwks_url))
        self._decoder = jwt.PyJWT(options={"require": REQUIRED, "enforce_minimum_key_length": True})

    def warm(self) -> None:
        """Fetch the keys in the background, so that the first question need not wait for them."""
        self._keys.renew()

    def find(self, presented: str) -> Holder | Refusal:
        """Return who holds an access token, or why it opens nothing."""
        return self._holder(presented, self._checked)

    def signed_in(self, presented: str, client: str, nonce: str) -> Holder | Refusal:
        """Return whom an ID token is about, or why it says nothing.

        Args:
            presented: as the issuer gave it for a code.
            client: for which it must have been made.
            nonce: of the request that it must answer.
        """

        def checked(token: str, key: _Key) -> dict[str, Any]:
            return self._identity(token, key, client, nonce)

        return self._holder(presented, checked)

    def _holder(
        self, presented: str, check: Callable[[str, _Key], dict[str, Any]]
    ) -> Holder | Refusal:
        if len(presented) > LONGEST_TOKEN or not presented.isascii():
            return Refusal.NOT_GOOD
        try:
            kid = self._key_id(presented)
            found = self._keys.find(kid)
            if isinstance(found, Refusal):
                return found
            claims = check(presented, found)
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            LOG.info("token_refused", cause=type(error).__name__)  # never what was sent
            return Refusal.NOT_GOOD
        return holder_of(claims, self._name_claim)

    def _key_id(self, presented: str) -> str:
        """Return the id of the key that a token names; for ours only, so that others cost nothing.

        Raises:
            PyJWTError: it is no token, or none that this issuer can have made for this service.
        """
        read = jwt.decode_complete(presented, options={"verify_signature": False})
        header, claims = read["header"], read["payload"]
        if str(header.get("typ") or "jwt").lower() not in KINDS:
            raise jwt.InvalidTokenError("not an access token")
        if header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str):
            raise jwt.InvalidAlgorithmError("no algorithm or key of the list")
        if claims.get("iss") != self._issuer:
            raise jwt.InvalidIssuerError("another issuer")
        return str(header["kid"])

    def _checked(self, presented: str, key: _Key) -> dict[str, Any]:
        """Return the claims of a token.

        Raises:
            PyJWTError: a signature, issuer, audience, moment or kind that is not right.
        """
        read = self._read(presented, key, self._audience)
        claims: dict[str, Any] = read["payload"]
        if not claims["sub"] or is_id_token(claims, read["header"]):
            raise jwt.InvalidTokenError("not an access token of a subject")
        if "cnf" in claims:  # good only with a proof of possession, which is not checked here
            raise jwt.InvalidTokenError("bound to a key of its sender")
        return claims

    def _identity(self, presented: str, key: _Key, client: str, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token (OpenID Connect Core, 3.1.3.7).

        Raises:
            PyJWTError: as ``_checked``, or another client or request.
        """
        read = self._read(presented, key, (client,))
        claims: dict[str, Any] = read["payload"]
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else client) != client:
            raise jwt.InvalidAudienceError("made for another client")
        kinds = str(read["header"].get("typ") or "jwt"), str(claims.get("typ") or "id")
        if not claims["sub"] or [kind.lower() for kind in kinds] != ["jwt", "id"]:
            raise jwt.InvalidTokenError("not an ID token of a subject")
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
            raise jwt.InvalidTokenError("an answer to another request")
        return claims

    def _read(self, presented: str, key: _Key, audience: tuple[str, ...]) -> dict[str, Any]:
        return self._decoder.decode_complete(
            presented,
            key.public,
            algorithms=sorted(key.algorithms),
            audience=audience,
            issuer=self._issuer,
            leeway=LEEWAY_SECONDS,
        )


def is_id_token(claims: dict[str, Any], header: dict[str, Any]) -> bool:
    """Tell whether a token says who signed in to a client, rather than what may be asked here.

    Args:
        claims: of the token.
        header: of the token; ``at+jwt`` settles it (RFC 9068).
    """
    if str(header.get("typ", "")).lower().endswith("at+jwt"):
        return False
    kind = claims.get("typ")  # of Keycloak: Bearer, ID, Refresh, Logout …
    if kind is not None:
        return str(kind).lower() != "bearer"
    if {"at_hash", "c_hash"} & set(claims):
        return True
    return "nonce" in claims and not {"scp", "scope"} & set(claims)
