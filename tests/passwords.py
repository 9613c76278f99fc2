"""A random password as PostgreSQL keeps it: SCRAM as ever, with one round of digesting and not 4,096.

The many rounds protect what can be guessed. This one cannot, and each of thousands of log-ins paid for them.
"""

import base64
import hashlib
import hmac
import secrets


def as_kept(password: str) -> str:
    """Return what PostgreSQL takes in the place of a password and keeps as it is (RFC 5803)."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    parts = (base64.b64encode(part).decode() for part in (salt, stored, hmac.digest(salted, b"Server Key", "sha256")))
    return "SCRAM-SHA-256$1:{}${}:{}".format(*parts)
