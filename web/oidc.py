"""The provider of single sign-on: OpenID Connect with authorization code, PKCE, state and nonce (RFC 6749, 7636).

What is asked and what is believed of an answer is Authlib's and joserfc's business; here is which provider is asked,
over which way, and what a refusal is called. Only https is spoken, but on this machine itself, with whom the system
trusts (so an authority of the government network is trusted once for all); proxies of the environment and redirects
are not followed. No transaction is open while the provider is waited for.
"""

import hmac
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from casework.core.errors import CaseworkError
from casework.core.hashing import Busy, Gate
from casework.core.settings import Oidc, is_safe_address

_SCOPE = "openid profile"
# Symmetric and unsigned tokens are never believed.
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
_WAIT_SECONDS = 5
_MOST_BYTES = 1024 * 1024
_LEEWAY_SECONDS = 60
_LONGEST_SUBJECT = 255
_KEPT = timedelta(hours=1)
_AGAIN_WITHIN = timedelta(minutes=5)
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class NotVouched(CaseworkError):
    """The provider vouches for nobody, or not in a way that is believed; `why` is the code of a sentence."""

    code = "sso_refused"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for: its own name for them, and the one in the claim that is trusted, if any is."""

    subject: str
    user_name: str | None
    # When they last proved it there, where the provider says so.
    proven_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Going:
    """What is kept in this browser while its owner is at the provider."""

    state: str
    nonce: str
    verifier: str
    # Whether somebody who is in proves once more who they are: an answer from before is none then.
    again: bool = False


class Provider:
    """One provider. What it says of itself is asked for when it is needed, and kept for an hour."""

    def __init__(self, settings: Oidc) -> None:
        """Ask nothing yet."""
        self.settings = settings
        self._told: Mapping[str, Any] | None = None
        self._keys: Any = None
        self._until: datetime | None = None
        # A provider that is slow to answer must not hold every thread: passwords are judged by the same ones.
        self._asking = Gate(slots=2, queue=2)

    def begin(self, *, back: str, at: datetime, again: bool = False) -> tuple[str, Going]:
        """Return where to send the browser, and what to keep for its return; `again`: whoever is in there proves it.

        Raises:
            NotVouched: the provider is out of reach, or speaks no safe way.
        """
        from authlib.common.security import generate_token  # noqa: PLC0415 - a third of a second that only single sign-on pays
        from authlib.oauth2.client import OAuth2Client  # noqa: PLC0415 - as above

        told = self._metadata(at)
        going = Going(generate_token(32), generate_token(32), generate_token(64), again)
        more = {"prompt": "login", "max_age": 0} if again else {}
        client = OAuth2Client(
            None,
            client_id=self.settings.client_id,
            redirect_uri=back,
            # The claim that is trusted comes with a scope of its own when it is the address.
            scope=f"{_SCOPE} email" if self.settings.claim == "email" else _SCOPE,
            code_challenge_method="S256",
        )
        url, _state = client.create_authorization_url(
            told["authorization_endpoint"],
            state=going.state,
            code_verifier=going.verifier,
            nonce=going.nonce,
            **more,
        )
        return url, going

    def vouched(self, answer: Mapping[str, str], going: Going | None, *, back: str, at: datetime) -> Vouched:
        """Return whom the provider vouches for.

        Raises:
            NotVouched: the answer is none to what this browser asked, or is not to be believed.
        """
        if going is None or not hmac.compare_digest(answer.get("state", "").encode(), going.state.encode()):
            raise NotVouched("state")
        if "error" in answer:
            raise NotVouched("denied" if answer["error"] == "access_denied" else "provider")
        # RFC 9207: who names another issuer mixes two providers up.
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise NotVouched("issuer")
        if not answer.get("code"):
            raise NotVouched("provider")
        told = self._exchanged(answer["code"], going, back=back, at=at)
        claims = self._believed(told, going, at=at)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject.strip() or len(subject) > _LONGEST_SUBJECT:
            raise NotVouched("claim")
        name = claims.get(self.settings.claim) if self.settings.claim else None
        if name is not None and not isinstance(name, str):
            raise NotVouched("claim")
        if self.settings.claim == "email" and claims.get("email_verified") is not True:
            name = None
        proven_at = _proven_at(claims, at=at)
        if going.again and (proven_at is None or at - proven_at > _AGAIN_WITHIN):
            raise NotVouched("stale")
        return Vouched(subject, name, proven_at)

    def way_out(self, *, back: str, at: datetime) -> str | None:
        """Return where somebody logs out at the provider too; None when it offers no such place."""
        from authlib.common.urls import add_params_to_uri  # noqa: PLC0415 - as above

        target = self._metadata(at).get("end_session_endpoint")
        if not self._is_safe(target):
            return None
        wanted = (("client_id", self.settings.client_id), ("post_logout_redirect_uri", back))
        return str(add_params_to_uri(target, wanted))

    def _exchanged(self, code: str, going: Going, *, back: str, at: datetime) -> Mapping[str, Any]:
        told = self._metadata(at)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": going.verifier,
        }
        ways = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        who = (self.settings.client_id, self.settings.client_secret)
        if "client_secret_basic" in ways:
            # By RFC 6749 §2.3.1 both are form-encoded before they are joined.
            return self._ask(
                "POST", told["token_endpoint"], data=form, auth=tuple(quote(each, safe="") for each in who)
            )
        form |= {"client_id": who[0], "client_secret": who[1]}
        return self._ask("POST", told["token_endpoint"], data=form)

    def _believed(self, told: Mapping[str, Any], going: Going, *, at: datetime) -> dict[str, Any]:
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - as above
        from joserfc.errors import ExpiredTokenError, JoseError  # noqa: PLC0415 - as above

        try:
            token = self._opened(str(told.get("id_token", "")), at=at)
            options: Any = {
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client_id},
            }
            params = {
                "nonce": going.nonce,
                "client_id": self.settings.client_id,
                "access_token": told.get("access_token"),
            }
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(now=int(at.timestamp()), leeway=_LEEWAY_SECONDS)
        except ExpiredTokenError:
            raise NotVouched("expired") from None
        except JoseError as error:
            named = {"nonce": "nonce", "aud": "audience", "azp": "audience", "iss": "issuer"}
            raise NotVouched(named.get(getattr(error, "claim", ""), "token")) from None
        except (ValueError, TypeError, KeyError):
            raise NotVouched("token") from None
        return dict(claims)

    def _opened(self, text: str, *, at: datetime) -> Any:
        """Check the signature; with keys asked for anew when it is by one that is not known yet."""
        from joserfc import jwt  # noqa: PLC0415 - as above
        from joserfc.errors import InvalidKeyIdError, JoseError  # noqa: PLC0415 - as above

        try:
            return jwt.decode(text, self._key_set(at), algorithms=list(ALGORITHMS))
        except InvalidKeyIdError:
            self._keys = None  # they were changed since
            return jwt.decode(text, self._key_set(at), algorithms=list(ALGORITHMS))
        except JoseError:
            raise
        except ValueError as error:
            raise NotVouched("token") from error

    def _key_set(self, at: datetime) -> Any:
        from joserfc.jwk import KeySet  # noqa: PLC0415 - as above

        keys = self._keys
        if keys is None:
            given: Any = self._ask("GET", self._metadata(at)["jwks_uri"])
            keys = self._keys = KeySet.import_key_set(given)
        return keys

    def _metadata(self, at: datetime) -> Mapping[str, Any]:
        if self._told is not None and self._until is not None and at < self._until:
            return self._told
        told = self._ask("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != self.settings.issuer:
            raise NotVouched("issuer")
        if not all(self._is_safe(told.get(name)) for name in _ENDPOINTS):
            raise NotVouched("provider")
        self._told, self._keys, self._until = told, None, at + _KEPT
        return told

    def _is_safe(self, url: object) -> bool:
        # Plain http to this machine itself is for a provider on this machine, not for one that points at it.
        if not isinstance(url, str) or not is_safe_address(url):
            return False
        return url.startswith("https:") or self.settings.issuer.startswith("http:")

    def _ask(self, method: str, url: str, **sent: Any) -> Mapping[str, Any]:
        try:
            with self._asking.entered():
                told = _answer(method, url, **sent)
        except Busy:
            raise NotVouched("busy") from None
        if not isinstance(told, dict):
            raise NotVouched("provider")
        return told


def _answer(method: str, url: str, **sent: Any) -> Any:
    """Return what is answered in JSON, of bounded size and in bounded time.

    Raises:
        NotVouched: nothing is, or not with 200.
    """
    import httpx  # noqa: PLC0415 - as above

    until, body = time.monotonic() + 2 * _WAIT_SECONDS, b""
    headers = {"Accept": "application/json"}
    try:
        with (
            httpx.Client(
                verify=ssl.create_default_context(), trust_env=False, follow_redirects=False, timeout=_WAIT_SECONDS
            ) as client,
            client.stream(method, url, headers=headers, **sent) as answer,
        ):
            if answer.status_code != 200:
                raise NotVouched(_meant(method, answer.status_code))
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > _MOST_BYTES or time.monotonic() > until:
                    raise NotVouched("provider")
        return json.loads(body)
    except httpx.HTTPError:
        raise NotVouched("out_of_reach") from None
    except (httpx.InvalidURL, ValueError, RecursionError):
        raise NotVouched("provider") from None


def _meant(method: str, status: int) -> str:
    """Say what is meant by a status that is not 200; only what is posted holds a code (RFC 6749 section 5.2)."""
    if status >= 500 or status == 429:
        return "out_of_reach"
    return "code" if method == "POST" and status == 400 else "provider"


def _proven_at(claims: Mapping[str, Any], *, at: datetime) -> datetime | None:
    """Return when somebody proved who they are, as the provider tells it (`auth_time`); never later than now."""
    told = claims.get("auth_time")
    if isinstance(told, bool) or not isinstance(told, int) or told < 0:
        return None
    return datetime.fromtimestamp(min(told, int(at.timestamp())), tz=at.tzinfo)
