"""Signing in with Hugging Face, as a Space with `hf_oauth: true` may: OpenID Connect with PKCE (RFC 7636).

Spaces name the provider and the client in the environment. What ties the answer to the browser that
asked is one random secret in a short-lived cookie: state and verifier are derived from it.
"""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from playground.errors import ForbiddenError, UnavailableError

COOKIE = "playground_handshake"
SECONDS = 600
_TIMEOUT = 10.0


@dataclass(frozen=True)
class Provider:
    """Who vouches for people, and the client we are to it."""

    url: str
    client: str
    secret: str
    scopes: str

    @classmethod
    def find(cls) -> "Provider | None":
        """The provider a Space names; None elsewhere."""
        names = ("OPENID_PROVIDER_URL", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET")
        url, client, secret = (os.environ.get(name, "") for name in names)
        if not (url and client and secret):
            return None
        return cls(url.rstrip("/"), client, secret, os.environ.get("OAUTH_SCOPES") or "openid profile")

    def begin(self, secret: str, back: str) -> str:
        """Where to send the browser; it comes back to `back`. Raises UnavailableError."""
        challenge = _plain(hashlib.sha256(_derive(secret, "verifier").encode()).digest())
        query = {
            "client_id": self.client,
            "response_type": "code",
            "scope": self.scopes,
            "redirect_uri": back,
            "state": _derive(secret, "state"),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._endpoints()['authorization_endpoint']}?{urlencode(query)}"

    def finish(self, secret: str, state: str, code: str, back: str) -> dict:
        """What the provider says of whoever came back. Raises ForbiddenError, UnavailableError."""
        if not hmac.compare_digest(state.encode(), _derive(secret, "state").encode()):
            raise ForbiddenError("This sign-in was begun in another browser", remedy="Begin again")
        endpoints = self._endpoints()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.client,
            "code_verifier": _derive(secret, "verifier"),
        }
        token = _asked("POST", endpoints["token_endpoint"], data=form, auth=(self.client, self.secret))
        bearer = {"authorization": f"Bearer {token.get('access_token')}"}
        found = _asked("GET", endpoints["userinfo_endpoint"], headers=bearer)
        if not (found.get("sub") and found.get("preferred_username")):
            raise UnavailableError("Hugging Face did not say who you are", remedy="Try again")
        return found

    def _endpoints(self) -> dict:
        return _asked("GET", f"{self.url}/.well-known/openid-configuration")


def new_secret() -> str:
    """What a browser keeps while it is away."""
    return secrets.token_urlsafe(32)


def account_name(found: dict) -> str:
    """The name of somebody's account here; no local account can have it."""
    return f"{found['preferred_username']}@huggingface"


def is_author(found: dict) -> bool:
    """Whether somebody owns the Space: they made it, or administer the organisation that did."""
    author = os.environ.get("SPACE_AUTHOR_NAME") or os.environ.get("SPACE_ID", "").split("/")[0]
    administered = [
        org.get("preferred_username") for org in found.get("orgs") or [] if org.get("roleInOrg") == "admin"
    ]
    return bool(author) and author in (found["preferred_username"], *administered)


def way_back(base_url: str) -> str:
    """Where the provider sends the browser: a Space is known by one name, whatever it was called by."""
    host = os.environ.get("SPACE_HOST", "").split(",")[0].strip()
    return f"{f'https://{host}' if host else base_url.rstrip('/')}/login/callback"


def _derive(secret: str, purpose: str) -> str:
    return _plain(hashlib.sha256(f"{purpose}\n{secret}".encode()).digest())


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _asked(method: str, url: str, **more) -> dict:
    try:
        answer = httpx.request(method, url, timeout=_TIMEOUT, **more)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        cause = f"it answered {status}" if status else type(error).__name__
        raise UnavailableError(
            f"Hugging Face could not be asked: {cause}", remedy="Try again in a minute"
        ) from error
    if not isinstance(found, dict):
        raise UnavailableError("Hugging Face answered something else", remedy="Try again in a minute")
    return found
