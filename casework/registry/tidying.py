"""What the night tidies among accounts: ended log-ins long past, and word of accounts that fell asleep.

An account that sleeps is refused at the door (logins.py); here it is only found, once, for who administers them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from casework.core.database import Session
from casework.registry.account_rules import session_age_limit
from casework.registry.logins import DORMANT_AFTER, is_dormant
from casework.registry.tables import LoginSession, Person

# Longer than an account takes to fall asleep, for that is counted from the last log-in.
SESSIONS_KEPT = timedelta(days=180)


def end_old_sessions(session: Session, *, at: datetime) -> int:
    """End the log-ins that are too old to be used and forget those of half a year ago; return how many went."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.ended_at.is_(None), LoginSession.created_at < at - session_age_limit())
        .values(ended_at=at)
        .execution_options(synchronize_session=False)
    )
    last = select(func.max(LoginSession.seen_at)).group_by(LoginSession.person_id)
    gone = session.execute(
        delete(LoginSession)
        # The last one of a person stays: from it one knows when the account was used.
        .where(LoginSession.seen_at < at - SESSIONS_KEPT, LoginSession.seen_at.not_in(last))
        .execution_options(synchronize_session=False)
    )
    return int(getattr(gone, "rowcount", 0))


def newly_dormant(session: Session, *, after: datetime, at: datetime) -> Sequence[Person]:
    """Return the accounts that fell asleep between two instants."""
    seen = select(func.max(LoginSession.seen_at)).where(LoginSession.person_id == Person.id).scalar_subquery()
    candidates = session.execute(
        select(Person, seen).where(
            Person.user_name.is_not(None), Person.disabled_at.is_(None), Person.password_set_at <= at - DORMANT_AFTER
        )
    )
    return [
        person
        for person, seen_at in candidates
        if is_dormant(person, seen_at=seen_at, at=at) and not is_dormant(person, seen_at=seen_at, at=after)
    ]
