"""One line of the doctor: what was looked at, how it stands, and how to mend it; and what is known before looking."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.i18n import catalogue, say
from casework.core.settings import Settings
from casework.core.unsafe import Unsafe

OK, WARNING, FAULT = "ok", "warning", "fault"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at. `code` says which sentence of `doctor.<check>.` it is."""

    check: str
    state: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def title(self, *, locale: str = "zh") -> str:
        """Return what was looked at."""
        return say(f"doctor.{self.check}", locale=locale)

    def message(self, *, locale: str = "zh") -> str:
        """Return how it stands."""
        return say(self._key, locale=locale, **self._told(locale))

    def cure(self, *, locale: str = "zh") -> str:
        """Return how to mend it; empty where nothing has to be."""
        key = f"{self._key}.cure"
        return say(key, locale=locale, **self._told(locale)) if key in catalogue() else ""

    def as_json(self, *, locale: str = "zh") -> dict[str, str]:
        """Return it for machines."""
        return {
            "check": self.check,
            "state": self.state,
            "code": self.code,
            "message": self.message(locale=locale),
            "cure": self.cure(locale=locale),
        }

    def _told(self, locale: str) -> dict[str, Any]:
        return {
            name: each.told(locale=locale) if isinstance(each, Unsafe) else each for name, each in self.params.items()
        }

    @property
    def _key(self) -> str:
        shared = f"doctor.any.{self.code}"
        return shared if shared in catalogue() else f"doctor.{self.check}.{self.code}"


@dataclass(frozen=True, slots=True)
class Broker:
    """What the broker answered: whether it is there, and its own clock."""

    ok: bool
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What an examination begins with. `broker` is None where none is needed, `keyring` None where none opens."""

    settings: Settings
    at: datetime
    db: Database
    keyring: Keyring | None = None
    keyring_fault: Unsafe | None = None
    broker: Broker | None = None

    @property
    def secret_file(self) -> Path:
        """The file of the secret that signs forms."""
        return self.settings.home / "secret.key"


def faults(lines: Iterable[Line]) -> list[str]:
    """Name what is at fault."""
    return list(dict.fromkeys(line.check for line in lines if line.state == FAULT))


def size(count: int) -> str:
    """Write a number of bytes for people."""
    number, unit = float(count), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if number < 1024 or unit == "TB":
            break
        number /= 1024
    return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"
