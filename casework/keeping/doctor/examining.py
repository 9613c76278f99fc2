"""The examination: every check in its order, each going on whatever the one before found."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from casework.core.database import Database, Session
from casework.core.database_faults import DatabaseFault
from casework.core.encryption import KEYRING_FILE, Keyring
from casework.core.key_file import UnsafeKeyring
from casework.core.office import Office
from casework.core.settings import Settings, UnsafeSettings, home_of, read_settings
from casework.keeping.doctor import house, stored
from casework.keeping.doctor.lines import FAULT, OK, WARNING, Broker, Line, Seen

Outside = Callable[[Seen], Iterator[Line]]
Inside = Callable[[Seen, Session], Iterator[Line]]
AskBroker = Callable[[Settings], Broker | None]

OUTSIDE: Mapping[str, Outside] = {
    "settings": house.settings,
    "home": house.home,
    "keys": house.keys,
    "disk": house.disk,
    "zone": house.zone,
    "fonts": house.written_fonts,
    "certificate": house.certificate,
    "mail": house.mail,
    "broker": house.broker,
    "database": stored.database,
}
INSIDE: Mapping[str, Inside] = {
    "keys": stored.stored_keys,
    "clock": stored.clocks,
    "worker": stored.worker,
    "jobs": stored.jobs,
    "backup": stored.backup,
    "unmasking": stored.unmasked,
    "anchor": stored.anchor,
    "calendar": stored.calendar,
    "queries": stored.queries,
    "model": stored.model,
}
_ALARMING = frozenset({"dead", "old", "low", "full", "capped", "failed"})
_SECRET = "CASEWORK_SECRET_KEY"


def examine(seen: Seen) -> list[Line]:
    """Look at everything; what cannot be looked at says so."""
    lines: list[Line] = []
    for name, look in OUTSIDE.items():
        lines += _guarded(name, lambda look=look: look(seen))  # type: ignore[misc] # mypy takes the default for no name
    readable = all(line.state == OK for line in lines if line.check == "database")
    for name, look_in in INSIDE.items():
        if readable:
            lines += _guarded(name, lambda look_in=look_in: _inside(seen, look_in))  # type: ignore[misc] # as above
        elif name not in OUTSIDE:
            lines.append(Line(name, WARNING, "unseen"))
    return _without_contradictions(lines)


def examine_here(environ: Mapping[str, str], *, at: datetime, ask_broker: AskBroker) -> list[Line]:
    """Look at the installation that the environment names. Nothing is made that is not there."""
    home = home_of(environ)
    if not home.is_dir():
        return [house.home_line(home)]
    try:
        # Given one, reading the settings makes no file for it.
        settings = read_settings({**environ, _SECRET: environ.get(_SECRET, "").strip() or "-" * 32})
    except UnsafeSettings as fault:
        return [Line("settings", FAULT, "unsafe", {"why": fault}), house.home_line(home)]
    keyring, why = _keyring(settings)
    db = Database(settings.database_url, zone=settings.zone, keyring=keyring, pool_size=2)
    try:
        return examine(Seen(settings, at, db, keyring, why, ask_broker(settings)))
    finally:
        db.close()


def examine_office(office: Office, *, at: datetime, broker: Broker | None) -> list[Line]:
    """Look at an office that is open."""
    return examine(Seen(office.settings, at, office.db, office.keyring, None, broker))


def causes_of_alarm(office: Office, *, at: datetime) -> list[str]:
    """Name what nobody should learn only tomorrow: work given up, a backup too old, a full disk, a cap used up."""
    seen = Seen(office.settings, at, office.db, office.keyring)
    lines = [*_guarded("disk", lambda: house.disk(seen))]
    for name in ("jobs", "backup", "unmasking"):
        lines += _guarded(name, lambda name=name: _inside(seen, INSIDE[name]))  # type: ignore[misc] # as above
    return list(dict.fromkeys(line.check for line in lines if line.code in _ALARMING))


def _keyring(settings: Settings) -> tuple[Keyring | None, UnsafeKeyring | None]:
    try:
        return Keyring(settings.home / KEYRING_FILE), None
    except UnsafeKeyring as fault:
        return None, fault


def _inside(seen: Seen, look: Inside) -> Iterator[Line]:
    # A transaction a check: one that fails leaves the next a connection that works.
    with seen.db.reading() as session:
        yield from look(seen, session)


def _guarded(name: str, look: Callable[[], Iterator[Line]]) -> Iterator[Line]:
    try:
        yield from look()
    except (DatabaseFault, OSError) as fault:
        yield Line(name, FAULT, "failed", {"why": stored.first_line(fault)})


def _without_contradictions(lines: Sequence[Line]) -> list[Line]:
    """Leave out that something is fine where another line of the same check says that it is not."""
    ailing = {line.check for line in lines if line.state != OK}
    return [line for line in lines if line.state != OK or line.check not in ailing]
