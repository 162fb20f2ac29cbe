"""A real issuer of access tokens on loopback: it publishes, rotates its keys, signs, and goes away.

Tokens are put together by hand where no library would make them: without a signature, or signed
with the public key as if that were a secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from werkzeug.test import TestResponse

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
AUDIENCE = "api://zorgraming"
DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


RunningIssuer = tuple["LocalIssuer", list[ThreadingHTTPServer]]
CONTROLLER, READER = "zorgraming-controller", "zorgraming-lezer"


def make_key(algorithm: str, bits: int = 2048) -> Private:
    """Return a new private key for an algorithm."""
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm]())
    return rsa.generate_private_key(65_537, bits)


def published(key: Private, kid: str, **more: object) -> dict[str, Any]:
    """Return the public half as it stands in a set of keys."""
    public: Any = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        found = RSAAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        found = ECAlgorithm.to_jwk(public, as_dict=True)
    else:
        found = OKPAlgorithm.to_jwk(public, as_dict=True)
    return {**found, "kid": kid, "use": "sig", **more}


def part(content: object) -> str:
    """Return one part of a token."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


@dataclass
class LocalIssuer:
    """What is published and how often it was asked; keys are by id."""

    port: int = 0
    keys: dict[str, Private] = field(default_factory=dict)
    extra: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    delay: float = 0.0  # seconds before each answer

    @property
    def name(self) -> str:
        """The claim ``iss``."""
        return f"http://127.0.0.1:{self.port}/realms/test"

    def rotate(self, kid: str, algorithm: str = "RS256") -> None:
        """Publish one new key, and none of the old ones."""
        self.keys = {kid: make_key(algorithm)}

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and content for a path."""
        self.asked.append(path)
        time.sleep(self.delay)
        tail = path.removeprefix("/realms/test")
        if tail in self.answers:
            return self.answers[tail]
        if tail == DISCOVERY:
            body: dict[str, Any] = {"issuer": self.name, "jwks_uri": self.name + KEYS}
        elif tail == KEYS:
            body = {"keys": [*self.extra, *(published(k, kid) for kid, k in self.keys.items())]}
        else:
            return 404, {}, b""
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()

    def post(
        self, path: str, _form: str, _sign_in: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and content for a form; this issuer takes none."""
        self.asked.append(path)
        return 404, {}, b""

    def claims(self, **changed: object) -> dict[str, Any]:
        """Return the claims of a good token; None takes one away."""
        now = int(time.time())
        good = {
            "iss": self.name,
            "aud": AUDIENCE,
            "sub": "f3a1-een-persoon",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "roles": ["zorgraming-controller"],
        }
        return {k: v for k, v in {**good, **changed}.items() if v is not None}

    def sign(self, algorithm: str = "RS256", kid: str | None = None, **changed: object) -> str:
        """Return a token signed with a published key; ``typ`` and claims may be changed."""
        kind = changed.pop("header_typ", "at+jwt")
        kid = kid or next(iter(self.keys))
        headers = {"kid": kid, "typ": kind}
        return jwt.encode(self.claims(**changed), self.keys[kid], algorithm, headers)

    def unsigned(self) -> str:
        """Return a good token, but with the algorithm ``none``."""
        header = {"alg": "none", "typ": "at+jwt", "kid": next(iter(self.keys))}
        return f"{part(header)}.{part(self.claims())}."

    def confused(self) -> str:
        """Return a token of which the public key is the secret of HS256."""
        kid, key = next(iter(self.keys.items()))
        secret = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        signed = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': kid})}.{part(self.claims())}"
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def serving(issuer: LocalIssuer) -> ThreadingHTTPServer:
    """Start the server of an issuer, on its port where it has one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer what the issuer publishes."""
            self._send(*issuer.answer(self.path))

        def do_POST(self) -> None:
            """Answer a form."""
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._send(*issuer.post(self.path, sent, self.headers.get("Authorization")))

        def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", issuer.port), Handler)
    issuer.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


def stop(server: ThreadingHTTPServer) -> None:
    """Let an issuer be away: its port refuses."""
    server.shutdown()
    server.server_close()


@contextmanager
def running_issuer(kid: str = "eerste") -> Iterator[RunningIssuer]:
    """Run an issuer with one key; the list holds its server, and may hold later ones."""
    issuer = LocalIssuer()
    issuer.rotate(kid)
    servers = [serving(issuer)]
    try:
        yield issuer, servers
    finally:
        stop(servers[-1])


def ask(app: Flask, token: str, path: str = "/v1/products", **headers: str) -> TestResponse:
    """Ask with a token as bearer."""
    sent = {"Authorization": f"Bearer {token}", **headers}
    return app.test_client().get(path, headers=sent)
