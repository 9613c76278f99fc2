"""Who is told: endpoints with their secrets, made, mended, paused and ended. Shown to nobody afterwards: the secret."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import NotFound
from casework.core.ids import new_id
from casework.webhooks.tables import Webhook

EVENTS = (
    *("case.created", "case.transitioned", "consultation.created", "consultation.transitioned"),
    *("supervision.created", "supervision.transitioned", "deadline.fired", "bulletin.signed"),
)
# What a subscriber may write for all events of a kind.
KINDS = tuple(dict.fromkeys(f"{event.partition('.')[0]}.*" for event in EVENTS))
OLD_SECRET_FOR = timedelta(hours=24)
_SECRET_BYTES = 32


def add(session: Session, *, url: str, events: Sequence[str], actor: Actor, at: datetime) -> tuple[Webhook, str]:
    """Keep an endpoint; returns the row and its secret, which is kept encrypted and shown this once."""
    row = Webhook(
        id=new_id(),
        url=url,
        events=list(events),
        secret="",
        old_secret=None,
        old_secret_until=None,
        status="active",
        paused_for=None,
        failures=0,
        failing_since=None,
        rests_until=None,
        version=1,
        created_at=at,
        updated_at=at,
        made_by=actor.person_id,
    )
    plain = _fresh_secret()
    row.secret = _sealed(session, row.id, "secret", plain)
    session.put(row, keep=True)
    session.flush()
    return row, plain


def rotate(session: Session, row: Webhook, *, at: datetime) -> str:
    """Give a locked endpoint another secret; for a day the old one signs beside it."""
    before, plain = _opened(session, row.id, "secret", row.secret), _fresh_secret()
    row.old_secret, row.old_secret_until = _sealed(session, row.id, "old_secret", before), at + OLD_SECRET_FOR
    row.secret = _sealed(session, row.id, "secret", plain)
    touch(session, row, at=at)
    return plain


def signing_secrets(session: Session, row: Webhook, *, at: datetime) -> Sequence[str]:
    """Return what signs now, the newest first."""
    found = [_opened(session, row.id, "secret", row.secret)]
    if row.old_secret is not None and row.old_secret_until is not None and at < row.old_secret_until:
        found.append(_opened(session, row.id, "old_secret", row.old_secret))
    return found


def resume(row: Webhook) -> None:
    """Send to it again, as if it had never failed."""
    row.status, row.paused_for = "active", None
    row.failures, row.failing_since, row.rests_until = 0, None, None


def pause(row: Webhook, *, why: str) -> None:
    """Send nothing to it until somebody says so; what happens meanwhile waits."""
    row.status, row.paused_for = "paused", why


def touch(session: Session, row: Webhook, *, at: datetime) -> None:
    """Count a change and write it."""
    row.version, row.updated_at = row.version + 1, at
    session.flush()


def every(session: Session, *, after: UUID | None = None, limit: int = 200) -> Sequence[Webhook]:
    """Return the endpoints that are not ended, the oldest first."""
    asked = select(Webhook).where(Webhook.status != "ended")
    if after is not None:
        asked = asked.where(Webhook.id > after)
    return session.scalars(asked.order_by(Webhook.id).limit(limit)).all()


def count(session: Session) -> int:
    """Count the endpoints that are not ended."""
    return session.scalar(select(func.count()).select_from(Webhook).where(Webhook.status != "ended")) or 0


def get(session: Session, webhook_id: UUID | None, *, lock: bool = False) -> Webhook:
    """Return an endpoint.

    Raises:
        NotFound: there is none of this id, or it is ended.
    """
    asked = select(Webhook).where(Webhook.id == webhook_id, Webhook.status != "ended")
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(asked).one_or_none()
    if row is None:
        raise NotFound("webhook")
    return row


def ready(session: Session, *, at: datetime) -> Sequence[Webhook]:
    """Return the endpoints that may be sent to now."""
    rested = or_(Webhook.rests_until.is_(None), Webhook.rests_until <= at)
    return session.scalars(select(Webhook).where(Webhook.status == "active", rested).order_by(Webhook.id)).all()


def _fresh_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _sealed(session: Session, row_id: UUID, column: str, plain: str) -> str:
    return keyring_of(session).encrypt(plain, table="webhooks", column=column, row_id=row_id)


def _opened(session: Session, row_id: UUID, column: str, stored: str) -> str:
    return keyring_of(session).decrypt(stored, table="webhooks", column=column, row_id=row_id)
