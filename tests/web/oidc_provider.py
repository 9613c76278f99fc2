"""A provider of single sign-on on this machine: signs what it is told to say, truly or not."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from flask import Flask, Response, abort, jsonify, request
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from werkzeug.serving import make_server

from casework.core import clock

CLIENT_ID, SECRET = "casework office", "geheim:&/ 1"


@dataclass
class Provider:
    """What the provider knows, and what it is to say otherwise than it should."""

    issuer: str = ""
    user: str = "an"
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "ES256"
    key: Any = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "first", "use": "sig"}))
    # With another key than the published one whoever signs is somebody else.
    signing: Any = None
    # A token put together by hand: the algorithm it names, and what seals it (nothing: no seal).
    forged: tuple[str, bytes] | None = None
    # What the place where codes are exchanged answers with.
    status: int = 200
    asked: list[Mapping[str, str]] = field(default_factory=list)
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)

    # Whoever asks counts up `reached` and waits until it `goes_on`.
    reached: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    goes_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Let nobody wait at first."""
        self.goes_on.set()

    def agree(self, location: str, **changed: str) -> dict[str, str]:
        """Let the user agree to what the browser was sent here with; returns the answer it takes back."""
        parts = urlsplit(location)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        self.asked.append(asked)
        code = f"code-{len(self.asked)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer, **changed}

    def token(self, asked: Mapping[str, str]) -> str:
        """Sign what is said of the user."""
        now = int(clock.now().timestamp())
        said = {
            **{"iss": self.issuer, "aud": CLIENT_ID, "sub": "17", "iat": now, "exp": now + 300},
            **{"nonce": asked["nonce"], "preferred_username": self.user},
            **self.claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        if self.forged is not None:
            return _by_hand(said, *self.forged)
        key = self.signing or self.key
        header = {"alg": self.algorithm, "kid": key.kid}
        return jwt.encode(header, said, key, algorithms=[self.algorithm])


def _by_hand(said: Mapping[str, Any], algorithm: str, seal: bytes) -> str:
    parts = [_plain(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": "first"}, said)]
    sealed = hmac.digest(seal, ".".join(parts).encode(), hashlib.sha256) if seal else b""
    return ".".join([*parts, _plain(sealed)])


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _is_ours(header: str) -> bool:
    name, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return (unquote(name), unquote(secret)) == (CLIENT_ID, SECRET)


def _application(provider: Provider) -> Flask:
    app = Flask("provider")

    @app.get("/.well-known/openid-configuration")
    def metadata() -> Response:
        provider.reached.release()
        provider.goes_on.wait(4)
        here = provider.issuer
        told = {
            **{"issuer": here, "authorization_endpoint": f"{here}/authorize", "token_endpoint": f"{here}/token"},
            **{"jwks_uri": f"{here}/keys", "end_session_endpoint": f"{here}/out"},
        }
        return jsonify(told | provider.metadata)

    @app.get("/keys")
    def keys() -> Response:
        return jsonify(KeySet([provider.key]).as_dict(private=False))

    @app.post("/token")
    def token() -> Response:
        asked = provider.codes.pop(request.form.get("code", ""), None)
        challenge = _plain(hashlib.sha256(request.form.get("code_verifier", "").encode()).digest())
        if provider.status != 200:
            return Response(status=provider.status, headers={"Location": "/keys"})
        if asked is None or not _is_ours(request.headers.get("Authorization", "")):
            abort(400)
        if asked["code_challenge"] != challenge or asked["redirect_uri"] != request.form["redirect_uri"]:
            abort(400)
        return jsonify({"access_token": "x", "token_type": "Bearer", "id_token": provider.token(asked)})

    return app


@contextmanager
def running() -> Iterator[Provider]:
    """Let a provider answer on a free port."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, _application(provider), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
