"""What is looked at without the database: the folder, its keys, the disk, fonts, time zone, certificate, mail."""

import shutil
import socket
import ssl
import stat
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from casework.core.encryption import KEYRING_FILE
from casework.core.i18n import say
from casework.documents import fonts
from casework.keeping.doctor.lines import FAULT, OK, WARNING, Line, Seen, size

_GIGABYTE = 1024**3
_LITTLE, _SHARE, _NOTHING = _GIGABYTE, 20, 200 * 1024**2
_SECONDS = 3
_SOON = timedelta(days=30)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# Shanghai had summer time then: data that does not know it is not whole.
_SUMMER = datetime(1988, 7, 1, 4, tzinfo=UTC)


def settings(seen: Seen) -> Iterator[Line]:
    """Look whether what may be reached from outside is closed as it should be."""
    given = seen.settings
    if given.host not in _LOOPBACK and not given.https:
        yield Line("settings", WARNING, "plain_http", {"host": given.host})
    else:
        yield Line("settings", OK, "fine", {"host": given.host, "port": given.port})
    readable = [
        name for name, url in (("PostgreSQL", given.database_url), ("Redis", given.redis_url)) if _is_readable(url)
    ]
    if readable:
        yield Line("settings", WARNING, "plain_links", {"links": ", ".join(readable)})


def _is_readable(url: str) -> bool:
    """Say whether what goes to a server could be read or answered by somebody on the way.

    A name without a dot is one of this machine or of its own network of containers.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ("." not in host and ":" not in host) or host in _LOOPBACK:
        return False
    if parts.scheme.startswith("postgresql"):
        return parse_qs(parts.query).get("sslmode") != ["verify-full"]
    return parts.scheme == "redis"


def home(seen: Seen) -> Iterator[Line]:
    """Look whether the folder is ours to write and nobody else's to read."""
    yield home_line(seen.settings.home)
    secret = seen.secret_file
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        yield Line("home", FAULT, "open_secret", {"path": str(secret)})


def home_line(path: Path) -> Line:
    """Look at one folder."""
    told = {"path": str(path)}
    if not path.is_dir():
        return Line("home", FAULT, "missing", told)
    try:
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as fault:
        return Line("home", FAULT, "read_only", {**told, "why": fault.strerror or str(fault)})
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Line("home", WARNING, "open", {**told, "mode": f"{mode:o}"})
    return Line("home", OK, "fine", told)


def keys(seen: Seen) -> Iterator[Line]:
    """Look whether the key ring opens; whether it fits the database is looked at with the database."""
    path = seen.settings.home / KEYRING_FILE
    if seen.keyring is not None:
        yield Line("keys", OK, "fine", {"n": len(seen.keyring.key_ids)})
    elif path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
        yield Line("keys", FAULT, "open", {"path": str(path), "mode": f"{mode:o}"})
    elif path.exists():
        yield Line("keys", FAULT, "unsafe", {"why": seen.keyring_fault})
    else:
        yield Line("keys", FAULT, "missing", {"path": str(path)})


def disk(seen: Seen) -> Iterator[Line]:
    """Look how much room there is where data and where backups lie."""
    looked: set[int] = set()
    for folder in (seen.settings.home, seen.settings.backups):
        there = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
        if there is None or there.stat().st_dev in looked:
            continue
        looked.add(there.stat().st_dev)
        usage = shutil.disk_usage(there)
        yield disk_line(folder, free=usage.free, total=usage.total)


def disk_line(folder: Path, *, free: int, total: int) -> Line:
    """Judge the room of one disk: uploads are refused below a gigabyte or a twentieth (reliability.md F9)."""
    told = {"path": str(folder), "free": size(free), "total": size(total)}
    if free < _NOTHING:
        return Line("disk", FAULT, "full", told)
    return (
        Line("disk", WARNING, "low", told) if free < max(_LITTLE, total // _SHARE) else Line("disk", OK, "fine", told)
    )


def zone(seen: Seen) -> Iterator[Line]:
    """Look whether the time zone's data are whole."""
    yield zone_line(seen.settings.zone, at=seen.at)


def zone_line(place: ZoneInfo, *, at: datetime) -> Line:
    """Judge one time zone."""
    offset = f"{at.astimezone(place):%z}"
    told = {"zone": str(place), "offset": f"{offset[:3]}:{offset[3:]}"}
    if str(place) == "Asia/Shanghai" and _SUMMER.astimezone(place).utcoffset() != timedelta(hours=9):
        return Line("zone", FAULT, "incomplete", told)
    return Line("zone", OK, "fine", told)


def written_fonts(seen: Seen) -> Iterator[Line]:
    """Look whether documents can be written with every character a name may have."""
    yield fonts_line(seen.settings.home / "fonts", sample=say("doctor.fonts.sample"))


def fonts_line(folder: Path, *, sample: str) -> Line:
    """Judge the fonts by a text that must come out of them."""
    lacking = fonts.missing(sample, fonts.opened(folder))
    if lacking:
        return Line("fonts", WARNING, "lacking", {"characters": "".join(sorted(lacking)), "path": str(folder)})
    substitutes = [each.role for each in fonts.fonts_used(folder) if each.is_substitute]
    if substitutes:
        return Line("fonts", OK, "substitutes", {"n": len(substitutes), "path": str(folder)})
    return Line("fonts", OK, "fine")


def certificate(seen: Seen) -> Iterator[Line]:
    """Look how long the certificate that browsers see is good for."""
    where = seen.settings.certificate
    if not where:
        yield Line("certificate", OK, "not_looked")
        return
    try:
        ends = _end_of_certificate(where)
    except (OSError, ValueError) as fault:
        yield Line("certificate", FAULT, "unreadable", {"path": where, "why": str(fault).split("\n", 1)[0]})
        return
    told = {"path": where, "on": ends.astimezone(seen.settings.zone).date().isoformat(), "days": (ends - seen.at).days}
    if ends <= seen.at:
        yield Line("certificate", FAULT, "over", told)
    else:
        yield Line("certificate", *((WARNING, "soon") if ends - seen.at < _SOON else (OK, "fine")), told)


def _end_of_certificate(where: str) -> datetime:
    from cryptography import x509  # noqa: PLC0415 - only an office that names a certificate pays for it

    if not where.startswith("https://"):
        return x509.load_pem_x509_certificate(Path(where).read_bytes()).not_valid_after_utc
    parts = urlsplit(where)
    pem = ssl.get_server_certificate((parts.hostname or "", parts.port or 443), timeout=_SECONDS)
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc


def mail(seen: Seen) -> Iterator[Line]:
    """Look whether mail can leave: the server answers, and there is a sender."""
    url = seen.settings.mail_url
    if not url:
        yield Line("mail", OK, "unset")
        return
    parts = urlsplit(url)
    server = f"{parts.hostname or 'localhost'}:{parts.port or 25}"
    if not seen.settings.mail_from:
        yield Line("mail", FAULT, "no_sender")
    try:
        with socket.create_connection((parts.hostname or "localhost", parts.port or 25), timeout=_SECONDS):
            yield Line("mail", OK, "fine", {"server": server})
    except OSError as fault:
        yield Line("mail", FAULT, "unreachable", {"server": server, "why": fault.strerror or str(fault)})


def broker(seen: Seen) -> Iterator[Line]:
    """Look whether the doorbell rings; without it work goes on a few seconds later."""
    if seen.settings.embedded:
        yield Line("broker", OK, "embedded")
    elif seen.broker is None or not seen.broker.ok:
        yield Line("broker", WARNING, "away")
    else:
        yield Line("broker", OK, "fine")
