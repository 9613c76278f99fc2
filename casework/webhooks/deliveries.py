"""What is sent to whom: written when an event is told, taken by whoever sends, its fate kept try by try.

A try is counted and the next one put off, in a transaction of its own, before anything is sent: who dies while sending
leaves a delivery that comes again with the same id when its lease has run out (at least once, never lost). The waits
between tries are those of the Standard Webhooks, each a little longer by chance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from casework.core import outbound
from casework.core.database import Session
from casework.core.errors import NotFound, refused
from casework.core.ids import new_id
from casework.core.upserts import insert_into
from casework.matters import outbox
from casework.webhooks import endpoints
from casework.webhooks.tables import Webhook, WebhookAttempt, WebhookDelivery

LEASE = timedelta(seconds=30)
# What passes after the first try, the second, …; after the last of them a delivery is dead.
WAITS = (
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
MOST_ATTEMPTS = len(WAITS) + 1
TRIAL = "webhook.test"
GONE = 410
# They ask for patience: nothing else is sent there for a while either.
SLOWING = frozenset({429, 502, 504})
_PATIENCE = timedelta(seconds=5)
_LONGEST = timedelta(hours=24)
# So many failures in a row, and it is asked only now and then whether it is back.
_TIRED_AFTER, _TIRED_REST, _TIRED_MOST = 10, timedelta(seconds=5), timedelta(minutes=1)
_MOST_ERROR = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try. `status`: of the answer, None without one; `attempt`: which try it was."""

    delivery_id: UUID
    attempt: int
    at: datetime
    took_ms: int
    status: int | None
    error: str | None
    retry_after: timedelta | None = None

    @property
    def arrived(self) -> bool:
        """Whether the endpoint took it: 2xx and nothing else."""
        return self.status is not None and 200 <= self.status < 300


def write(
    session: Session, webhooks: Iterable[UUID], *, event_id: UUID, event: str, body: str, at: datetime
) -> Sequence[UUID]:
    """Write one delivery an endpoint; one that stands there for this event already is not written again."""
    rows = [
        {
            "id": new_id(),
            "webhook_id": each,
            "event_id": event_id,
            "event": event,
            "body": body,
            "created_at": at,
            "status": "pending",
            "attempts": 0,
            "next_try_at": at,
        }
        for each in webhooks
    ]
    if not rows:
        return []
    made = session.scalars(
        insert_into(session, WebhookDelivery)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["webhook_id", "event_id"])
        .returning(WebhookDelivery.id)
    ).all()
    session.has_news()
    return made


def are_due(session: Session, *, at: datetime) -> bool:
    """Say whether there is something to send at `at`, in one statement."""
    rested = or_(Webhook.rests_until.is_(None), Webhook.rests_until <= at)
    due = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.webhook_id == Webhook.id)
        .where(WebhookDelivery.status == "pending", WebhookDelivery.next_try_at <= at)
        .exists()
    )
    found = session.scalar(select(Webhook.id).where(Webhook.status == "active", rested, due).limit(1))
    return found is not None


def take(session: Session, webhook_id: UUID, *, at: datetime, limit: int) -> Sequence[WebhookDelivery]:
    """Take up to `limit` deliveries of an endpoint that are due, counting the try; commit before sending."""
    due = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.webhook_id == webhook_id,
            WebhookDelivery.status == "pending",
            WebhookDelivery.next_try_at <= at,
        )
        .order_by(WebhookDelivery.next_try_at, WebhookDelivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(due.scalar_subquery()), WebhookDelivery.status == "pending")
        .values(attempts=WebhookDelivery.attempts + 1, next_try_at=at + LEASE, lease_until=at + LEASE)
        .returning(WebhookDelivery)
        .execution_options(synchronize_session=False)
    ).all()


def record(session: Session, webhook_id: UUID, outcomes: Sequence[Outcome], *, untried: Iterable[UUID] = ()) -> None:
    """Note what came of a bundle; those that were taken but not tried are due again at once."""
    webhook = session.get(Webhook, webhook_id, with_for_update=True)
    told = {each.delivery_id: each for each in outcomes}
    left = set(untried)
    rows = session.scalars(
        select(WebhookDelivery).where(WebhookDelivery.id.in_([*told, *left])).with_for_update()
    ).all()
    for row in rows:
        if row.id in left:
            _give_back(row)
        else:
            _note(row, told[row.id])
    for outcome in outcomes:
        session.put(
            WebhookAttempt(
                id=new_id(),
                delivery_id=outcome.delivery_id,
                at=outcome.at,
                took_ms=outcome.took_ms,
                status=outcome.status,
                error=None if outcome.error is None else outcome.error[:_MOST_ERROR],
            )
        )
        if webhook is not None:
            _judge(
                session, webhook, outcome, dead=any(r.id == outcome.delivery_id and r.status == "dead" for r in rows)
            )
    session.flush()
    session.has_news()


def _give_back(row: WebhookDelivery) -> None:
    row.attempts, row.next_try_at, row.lease_until = row.attempts - 1, row.next_try_at - LEASE, None


def _note(row: WebhookDelivery, outcome: Outcome) -> None:
    if outcome.arrived:
        # A fact, whoever holds the delivery by now.
        row.status, row.done_at, row.last_error, row.lease_until = "delivered", outcome.at, None, None
        return
    if row.status != "pending" or row.attempts != outcome.attempt:
        return
    row.last_error, row.lease_until = _reason(outcome)[:_MOST_ERROR], None
    if row.attempts >= MOST_ATTEMPTS or outcome.status == GONE:
        row.status, row.done_at = "dead", outcome.at
        return
    wait = WAITS[row.attempts - 1] * uniform(1.0, 1.1)
    row.next_try_at = outcome.at + max(wait, min(outcome.retry_after or wait, _LONGEST))


def _reason(outcome: Outcome) -> str:
    return outcome.error or f"HTTP {outcome.status}"


def _judge(session: Session, webhook: Webhook, outcome: Outcome, *, dead: bool) -> None:
    """Let the endpoint rest, or pause it when it said that it is gone or nothing has got through for a day."""
    if outcome.arrived:
        webhook.failures, webhook.failing_since, webhook.rests_until = 0, None, None
        return
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or outcome.at
    rest = timedelta(0)
    if outcome.status in SLOWING or outcome.retry_after is not None:
        rest = min(max(outcome.retry_after or _PATIENCE, _PATIENCE), _LONGEST)
    elif webhook.failures >= _TIRED_AFTER:
        rest = min(_TIRED_REST * 2 ** min(webhook.failures - _TIRED_AFTER, 10), _TIRED_MOST)
    if rest:
        webhook.rests_until = max(webhook.rests_until or outcome.at, outcome.at + rest)
    failing = outcome.at - webhook.failing_since >= WAITS[-1]
    if webhook.status == "active" and (outcome.status == GONE or (dead and failing)):
        endpoints.pause(webhook, why="gone" if outcome.status == GONE else "failing")
        webhook.version, webhook.updated_at = webhook.version + 1, outcome.at
        facts = {"webhook": str(webhook.id), "why": webhook.paused_for, "host": outbound.host_of(webhook.url)}
        outbox.publish(session, event="webhook.paused", at=outcome.at, facts=facts)


def replay(session: Session, delivery: WebhookDelivery, *, at: datetime) -> None:
    """Send a locked delivery once more from the beginning, under the same id.

    Raises:
        Refused: it is being sent at this moment.
    """
    if delivery.lease_until is not None and delivery.lease_until > at:
        raise refused("delivery_under_way")
    delivery.status, delivery.attempts, delivery.done_at = "pending", 0, None
    delivery.next_try_at, delivery.lease_until = at, None
    session.flush()
    session.has_news()


def hurry(session: Session, webhook_id: UUID, *, at: datetime) -> None:
    """Let what waits for an endpoint be due now."""
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.status == "pending")
        .where(WebhookDelivery.next_try_at > at, WebhookDelivery.lease_until.is_(None))
        .values(next_try_at=at)
        .execution_options(synchronize_session=False)
    )
    session.has_news()


def end_all(session: Session, webhook_id: UUID, *, at: datetime) -> None:
    """Give up what still waits for an endpoint that is ended."""
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.status == "pending")
        .values(status="dead", done_at=at, last_error="ended")
        .execution_options(synchronize_session=False)
    )


def of_webhook(
    session: Session, webhook_id: UUID, *, status: str | None = None, before: UUID | None = None, limit: int = 50
) -> Sequence[WebhookDelivery]:
    """Return the deliveries of an endpoint, the latest first."""
    asked = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if status is not None:
        asked = asked.where(WebhookDelivery.status == status)
    if before is not None:
        asked = asked.where(WebhookDelivery.id < before)
    return session.scalars(asked.order_by(WebhookDelivery.id.desc()).limit(limit)).all()


def get(session: Session, webhook_id: UUID, delivery_id: UUID | None, *, lock: bool = False) -> WebhookDelivery:
    """Return a delivery of an endpoint.

    Raises:
        NotFound: it is none of this endpoint.
    """
    asked = select(WebhookDelivery).where(WebhookDelivery.id == delivery_id, WebhookDelivery.webhook_id == webhook_id)
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(asked).one_or_none()
    if row is None:
        raise NotFound("delivery")
    return row


def message_id(delivery: WebhookDelivery) -> str:
    """Return the id by which a receiver knows all tries of a delivery as one (`webhook-id`)."""
    return f"msg_{delivery.event_id.hex}"


def attempts_of(session: Session, deliveries: Sequence[WebhookDelivery]) -> Mapping[UUID, Sequence[WebhookAttempt]]:
    """Return the tries of deliveries, the first first."""
    ids = [each.id for each in deliveries]
    found: dict[UUID, list[WebhookAttempt]] = {each: [] for each in ids}
    asked = select(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(ids)).order_by(WebhookAttempt.id)
    for row in session.scalars(asked) if ids else ():
        found[row.delivery_id].append(row)
    return found


def forget_old(session: Session, *, before: datetime) -> int:
    """Delete what was written before an instant, with its tries; return how many deliveries."""
    old = select(WebhookDelivery.id).where(WebhookDelivery.created_at < before)
    session.execute(delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(old)))
    gone = session.execute(delete(WebhookDelivery).where(WebhookDelivery.created_at < before))
    return int(getattr(gone, "rowcount", 0))
