"""Passwords and tokens: hashed, compared, judged and made. What is stored never gives the plain value back.

Password rules are reliability.md §4.4, its two profiles; the words that are too easy are data (weak_passwords.txt).
Not here: lock-outs, password age and history, sessions, second factors; when to log in is decided elsewhere.
"""

import hashlib
import os
import re
import secrets
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from casework.core.errors import CaseworkError, FieldError
from casework.core.texts import ascii_code

# Two processes serve an office: together they hash on as many processors as there are, so that pages have their turns.
HASH_SLOTS, HASH_QUEUE = max(1, (os.cpu_count() or 1) // 2), 20
LONGEST_PASSWORD = 1024
_TOKEN_BYTES = 32

# profile → shortest password of staff, of administrators, whether three of four kinds of characters are needed
_PROFILES: dict[str, tuple[int, int, bool]] = {"dengbao": (10, 14, True), "asvs": (12, 15, False)}
FREE_FORM_FROM = 20
_KINDS_NEEDED = 3
# So many different characters must be left when everything easy is crossed out.
_LEAST_LEFT = 6
_SHORTEST_NAME, _SHORTEST_WORD = 4, 2

_WEAK_FILE = Path(__file__).with_name("weak_passwords.txt")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "`1234567890-=",
    "~!@#$%^&*()_+",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
)
_RUN = 4
_RUNS = frozenset(
    row[start : start + _RUN] for line in _ROWS for row in (line, line[::-1]) for start in range(len(row) - _RUN + 1)
)
_EASY = re.compile(r"(?:19|20)[0-9]{2}|(.)\1{2,}", re.DOTALL)
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_DISGUISES = str.maketrans("013457@$!", "oleastasi")

_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
# Hash of a random password nobody kept: an unknown user takes as long to refuse as a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$k8eKkYmmUIEV9mArCttXNQ$MzfOZirKAaFcpWdCwghuKuE4x2+WN9vCZGT6+0A88rg"


class Busy(CaseworkError):
    """Too many log-ins are being checked at this moment; the caller may try again in a few seconds."""

    code = "busy"


class Gate:
    """So many at a time, so many waiting, and no more: hashing must not take the machine away from others."""

    def __init__(self, *, slots: int, queue: int) -> None:
        """Let `slots` in at once and `queue` wait."""
        self._slots = threading.Semaphore(slots)
        self._places = threading.Semaphore(slots + queue)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Wait for a slot and hold it.

        Raises:
            Busy: the queue is full.
        """
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            with self._slots:
                yield
        finally:
            self._places.release()


_GATE = Gate(slots=HASH_SLOTS, queue=HASH_QUEUE)


def hash_password(password: str) -> str:
    """Hash with argon2id, 19 MiB, 2 passes, 1 lane (OWASP ASVS 5.0, 11.4.2); about 30 ms of one core.

    Raises:
        Busy: as many as may are being hashed, and twenty wait.
    """
    with _GATE.entered():
        return _HASHER.hash(_bytes(password))


def verify_password(password: str, *, stored: str | None) -> bool:
    """Say whether `password` is the one `stored` was made of; None (no such user) takes as long to deny.

    Raises:
        Busy: as many as may are being hashed, and twenty wait.
    """
    with _GATE.entered():
        try:
            _HASHER.verify(stored or _NOBODY, _bytes(password))
        except (VerificationError, InvalidHashError):
            # A stored hash that cannot be read opens for nobody; the office resets that password.
            return False
    return stored is not None and len(password) <= LONGEST_PASSWORD


def is_outdated(stored: str | None) -> bool:
    """Say whether a hash was made with less than hashes are made with now; one made with more is left alone."""
    try:
        made = extract_parameters(stored or _NOBODY)
    except InvalidHashError:
        return False
    cost, now = made.memory_cost * made.time_cost, _HASHER.memory_cost * _HASHER.time_cost
    short = made.hash_len < _HASHER.hash_len or made.salt_len < _HASHER.salt_len
    return cost < now or short or (made.type, made.version) != (Type.ID, ARGON2_VERSION)


def new_token(prefix: str) -> tuple[str, str]:
    """Make a token of 256 random bits: the plain form, shown once (`prefix_…`), and the digest that is stored."""
    plain = f"{prefix}_{secrets.token_urlsafe(_TOKEN_BYTES)}"
    return plain, token_digest(plain)


def token_digest(plain: str) -> str:
    """Digest a token for storing and looking up: SHA-256 in hex; enough, since a token cannot be guessed."""
    return hashlib.sha256(_bytes(plain)).hexdigest()


def length_rule(*, profile: str, admin: bool) -> tuple[int, bool]:
    """Return how long a password must be, and whether three of four kinds of characters are needed below 20."""
    staff, admins, kinds = _PROFILES[profile]
    return (admins if admin else staff), kinds


def check_password(
    password: str,
    *,
    user_name: str,
    profile: str = "dengbao",
    admin: bool = False,
    words: Collection[str] = (),
    field: str = "password",
) -> list[FieldError]:
    """Judge a new password by the rules of `profile` (reliability.md §4.4); every mistake, none when it will do.

    `words` are what others can guess of this person: name, its pinyin, phone, birthday.
    Codes: `password_short`, `password_long`, `password_kinds`, `password_user_name`, `password_weak`.
    """
    shortest, kinds_count = length_rule(profile=profile, admin=admin)
    if len(password) > LONGEST_PASSWORD:
        return [FieldError(field, "password_long", {"max": LONGEST_PASSWORD})]
    faults = []
    if len(password) < shortest:
        faults.append(FieldError(field, "password_short", {"min": shortest}))
    if kinds_count and len(password) < FREE_FORM_FROM and _kinds(password) < _KINDS_NEEDED:
        faults.append(FieldError(field, "password_kinds", {"free": FREE_FORM_FROM}))
    plain = _plain(password)
    name = _plain(user_name)
    if len(name) >= _SHORTEST_NAME and name in plain:
        faults.append(FieldError(field, "password_user_name"))
    elif _left(plain, words=[name, name[::-1], *map(_plain, words)]) < _LEAST_LEFT:
        faults.append(FieldError(field, "password_weak"))
    return faults


def _kinds(password: str) -> int:
    kinds = {
        "upper" if "A" <= c <= "Z" else "lower" if "a" <= c <= "z" else "digit" if "0" <= c <= "9" else "other"
        for c in password
    }
    return len(kinds)


def _left(plain: str, *, words: Collection[str]) -> int:
    """Count the different characters of `plain` that belong to no easy word, row of keys, year or repetition."""
    easy: set[int] = set()
    for start in range(len(plain) - _RUN + 1):
        if plain[start : start + _RUN] in _RUNS:
            easy.update(range(start, start + _RUN))
    for found in _EASY.finditer(plain):
        easy.update(range(*found.span()))
    for text in (plain, plain.translate(_DISGUISES)):
        for word in (*weak_words(), *words):
            if len(word) >= _SHORTEST_WORD and word in text:
                easy.update(_covered(text, word))
    return len({character for place, character in enumerate(plain) if place not in easy})


def _covered(text: str, word: str) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield from range(start, start + len(word))
        start = text.find(word, start + 1)


@cache
def weak_words() -> tuple[str, ...]:
    """Return the words a password may not lean on, in plain form; read once from weak_passwords.txt."""
    lines = (line.strip() for line in _WEAK_FILE.read_text("utf-8").splitlines())
    return tuple(_plain(line) for line in lines if line and not line.startswith("#"))


def _plain(text: str) -> str:
    # Place by place, so that what is found in one form can be crossed out in the other.
    return ascii_code(text).translate(_LOWER)


def _bytes(text: str) -> bytes:
    # Exactly what was typed, also what is no valid Unicode: it must be denied, not crash.
    return text.encode("utf-8", "surrogatepass")
