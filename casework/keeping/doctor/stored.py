"""What is looked at in the database: itself, the clocks, and what the service leaves there while it works."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import column, func, inspect, select, table, text

from casework import migrations
from casework.core.database import Database, Session, UnsafeDatabase
from casework.core.database_faults import DatabaseFault
from casework.core.errors import Refused
from casework.keeping import keycheck, saving_log, sealed
from casework.keeping.doctor.lines import FAULT, OK, WARNING, Line, Seen, size
from casework.keeping.start import STAGING, UPGRADING, has_staging_table
from casework.matters import anchors, pulses
from casework.matters.tables import HistoryEntry
from casework.matters.waiting import backlog, waiting
from casework.registry import alarms, unmasking
from casework.registry.tables import AuditEvent, CalendarYear
from casework.triage import shelf
from casework.triage.tables import TriageModel

_APART = timedelta(seconds=30)
_AHEAD = timedelta(minutes=5)
_PATIENCE = timedelta(minutes=5)
_STALE, _OLD = timedelta(days=2), timedelta(days=14)
_MANY = 1000
_NOVEMBER = 11
# A key's id is as long as key_file.py makes it; before it stands the form's version.
_KEY_PREFIX = len("v1:k00000000")
_SLOW_MS, _OFTEN = 500, 5
_SHOWN = 80


def database(seen: Seen) -> Iterator[Line]:
    """Look whether the database answers and is of this version."""
    home = seen.settings.home
    file = sqlite_file(seen.db)
    if (home / UPGRADING).exists():
        yield Line("database", FAULT, "upgrade_unfinished")
        return
    if file is not None and not file.exists():
        yield Line("database", FAULT, "empty")
        return
    try:
        if (home / STAGING).exists() or has_staging_table(seen.db):
            yield Line("database", FAULT, "restore_unfinished")
            return
        current = migrations.current(seen.db)
        told = {"revision": current, "needed": migrations.head(), **_nature(seen.db)}
    except UnsafeDatabase as fault:
        yield Line("database", FAULT, "unsafe", {"why": fault})
        return
    except DatabaseFault as fault:
        yield Line("database", FAULT, "away", {"why": first_line(fault)})
        return
    if current is None:
        yield Line("database", FAULT, "empty")
    elif current == migrations.head():
        yield Line("database", OK, "fine", told)
    else:
        yield Line("database", FAULT, "older" if migrations.knows(current) else "newer", told)


def sqlite_file(db: Database) -> Path | None:
    """Return the file of an SQLite database, None for another engine."""
    return None if db.is_postgresql else Path(db.engine.url.database or "")


def first_line(fault: BaseException) -> str:
    """Return what a driver said, without what SQLAlchemy adds."""
    return str(getattr(fault, "orig", None) or fault).strip().split("\n", 1)[0]


def _nature(db: Database) -> dict[str, str]:
    with db.engine.connect() as connection:
        if db.is_postgresql:
            version = connection.execute(text("SHOW server_version")).scalar()
            isolation = connection.execute(text("SHOW transaction_isolation")).scalar()
            room = connection.execute(text("SELECT pg_database_size(current_database())")).scalar()
            return {"engine": f"PostgreSQL {version}", "isolation": str(isolation), "size": size(int(room or 0))}
        version = connection.execute(text("SELECT sqlite_version()")).scalar()
        journal = connection.execute(text("PRAGMA journal_mode")).scalar()
        file = sqlite_file(db)
        room = file.stat().st_size if file is not None and file.exists() else 0
        return {"engine": f"SQLite {version}", "isolation": f"serializable, {journal}", "size": size(room)}


def clocks(seen: Seen, session: Session) -> Iterator[Line]:
    """Look whether all clocks show the same, and nothing stored lies ahead of them."""
    found = list(_wrong_clocks(seen, session))
    yield from found or [Line("clock", OK, "fine")]


def _wrong_clocks(seen: Seen, session: Session) -> Iterator[Line]:
    others: dict[str, datetime | None] = {"broker": None if seen.broker is None else seen.broker.now}
    if seen.db.is_postgresql:
        others["database"] = session.scalar(text("SELECT clock_timestamp()"))
    for name, shown in others.items():
        if shown is not None and abs(shown - seen.at) > _APART:
            told = {"seconds": int((shown - seen.at).total_seconds())}
            yield Line("clock", FAULT, f"{name}_apart", told)
    last = [
        session.scalar(select(HistoryEntry.recorded_at).order_by(HistoryEntry.id.desc()).limit(1)),
        session.scalar(select(func.max(AuditEvent.at))),
    ]
    ahead = max((each for each in last if each is not None), default=seen.at)
    if ahead > seen.at + _AHEAD:
        yield Line("clock", FAULT, "behind", {"last": ahead.astimezone(seen.settings.zone).isoformat(" ", "minutes")})
    if "clock" in alarms.standing(session):
        yield Line("clock", FAULT, "jumped")


def stored_keys(seen: Seen, session: Session) -> Iterator[Line]:
    """Look whether the ring has every key that something stored was written with."""
    if seen.keyring is None:
        return
    value = keycheck.stored(session)
    try:
        if value is not None:
            keycheck.require_value(value, seen.keyring)
    except Refused as refusal:
        yield Line("keys", FAULT, "wrong", dict(refusal.refusals[0].params))
        return
    lacking = sorted(_used_keys(session) - seen.keyring.key_ids)
    if lacking:
        yield Line("keys", FAULT, "wrong", {"keys": ", ".join(lacking)})


def _used_keys(session: Session) -> set[str]:
    used: set[str] = set()
    for each in sealed.sealed_columns():
        start = func.substr(column(each.name), 1, _KEY_PREFIX)
        statement: Any = select(start).select_from(table(each.table.name)).where(column(each.name).is_not(None))
        used.update(str(found).rpartition(":")[2] for found in session.scalars(statement.distinct()))
    return used


def worker(seen: Seen, session: Session) -> Iterator[Line]:
    """Look whether somebody works: a worker shows signs of life, and nothing due has waited for minutes."""
    late = waiting(session, at=seen.at - _PATIENCE)
    if late.events or late.notices or late.jobs:
        yield Line("worker", FAULT, "nobody")
        return
    known = pulses.every(session)
    if not known:
        yield Line("worker", WARNING, "never")
        return
    workers = [each for each in known if each.kind == pulses.WORKER]
    alive = sum(pulses.state(each, at=seen.at) == "alive" for each in workers)
    last = max(each.seen_at for each in (workers or known)).astimezone(seen.settings.zone)
    told = {"n": alive, "last": last.isoformat(" ", "seconds")}
    silent = [each for each in known if pulses.state(each, at=seen.at) == "silent"]
    if alive == 0:
        # One that ended said so: the service is stopped, which is no fault until work waits.
        yield Line("worker", *((FAULT, "all_silent") if silent else (WARNING, "stopped")), told)
        return
    for each in silent:
        since = each.seen_at.astimezone(seen.settings.zone).isoformat(" ", "seconds")
        yield Line("worker", WARNING, "silent", {"kind": each.kind, "name": each.name, "last": since})
    beats = [each for each in known if each.kind == pulses.BEAT and pulses.state(each, at=seen.at) == "alive"]
    if not seen.settings.embedded and not beats:
        yield Line("worker", WARNING, "no_beat", told)
    yield Line("worker", OK, "fine", told)


def jobs(seen: Seen, session: Session) -> Iterator[Line]:
    """Look what waits and what was given up."""
    found = backlog(session, at=seen.at)
    told = {"pending": found.outbox_pending, "ready": found.jobs_ready, "dead": found.outbox_dead + found.jobs_dead}
    if told["dead"]:
        yield Line("jobs", FAULT, "dead", told)
    else:
        yield Line("jobs", *((WARNING, "many") if found.outbox_pending > _MANY else (OK, "fine")), told)


def backup(seen: Seen, session: Session) -> Iterator[Line]:
    """Look how old the last backup is."""
    last = saving_log.last(session, folder=seen.settings.backups)
    if last is None:
        yield Line("backup", WARNING, "none")
        return
    age = seen.at - last
    told = {"last": last.astimezone(seen.settings.zone).isoformat(" ", "minutes"), "days": max(age.days, 0)}
    if age > _OLD:
        yield Line("backup", FAULT, "old", told)
    else:
        yield Line("backup", *((WARNING, "old") if age > _STALE else (OK, "fine")), told)


def unmasked(seen: Seen, session: Session) -> Iterator[Line]:
    """Look whether somebody has used up the day's cap of values seen in plain."""
    found = unmasking.capped(session, at=seen.at)
    yield Line("unmasking", WARNING, "capped", {"n": found}) if found else Line("unmasking", OK, "fine")


def anchor(seen: Seen, session: Session) -> Iterator[Line]:
    """Look whether yesterday has its anchor."""
    yesterday = seen.at.astimezone(seen.settings.zone).date() - timedelta(days=1)
    last = anchors.latest(session)
    if last is None:
        first = session.scalar(select(HistoryEntry.recorded_at).order_by(HistoryEntry.id).limit(1))
        is_new = first is None or first.astimezone(seen.settings.zone).date() > yesterday
        yield Line("anchor", *((OK, "new") if is_new else (WARNING, "none")))
        return
    # It is made some minutes after midnight.
    told = {"day": last.day.isoformat()}
    yield Line("anchor", *((OK, "fine") if last.day >= yesterday - timedelta(days=1) else (WARNING, "old")), told)


def calendar(seen: Seen, session: Session) -> Iterator[Line]:
    """Look whether the holiday plan is known: of this year, and from November on of the next."""
    today = seen.at.astimezone(seen.settings.zone).date()
    known = set(session.scalars(select(CalendarYear.year).where(CalendarYear.confirmed)))
    lacking = [year for year in _years_needed(today) if year not in known]
    if lacking:
        yield Line("calendar", WARNING, "lacking", {"year": lacking[0]})
    else:
        yield Line("calendar", OK, "fine", {"year": max(known)})


def _years_needed(today: date) -> tuple[int, ...]:
    return (today.year, today.year + 1) if today.month >= _NOVEMBER else (today.year,)


def queries(seen: Seen, session: Session) -> Iterator[Line]:
    """Look for statements that take long; only PostgreSQL counts them, and only where it was asked to."""
    if not seen.db.is_postgresql:
        yield Line("queries", OK, "not_counted")
        return
    if not inspect(session.connection()).has_table("pg_stat_statements"):
        yield Line("queries", OK, "not_installed")
        return
    slow = session.execute(
        text(
            "SELECT query, mean_exec_time, calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid"
            " WHERE d.datname = current_database() AND mean_exec_time > :slow AND calls >= :often"
            " ORDER BY total_exec_time DESC LIMIT 3"
        ),
        {"slow": _SLOW_MS, "often": _OFTEN},
    ).all()
    for statement, mean, calls in slow:
        told = {"query": " ".join(str(statement).split())[:_SHOWN], "ms": round(mean), "calls": calls}
        yield Line("queries", WARNING, "slow", told)
    if not slow:
        yield Line("queries", OK, "fine")


def model(_seen: Seen, session: Session) -> Iterator[Line]:
    """Look at the model of triage."""
    used = shelf.in_use(session)
    if used is None:
        yield Line("model", OK, "none")
        return
    found = select(TriageModel.number, func.length(TriageModel.content)).where(TriageModel.id == used)
    number, room = session.execute(found).one()
    told = {"number": number, "size": size(room)}
    yield Line("model", *((WARNING, "big") if room > shelf.MOST_BYTES else (OK, "fine")), told)
