"""Telling other systems: what happened becomes deliveries, and threads of this worker send them.

A bundle is some deliveries of one endpoint, sent over one connection, recorded in one transaction. An endpoint has few
bundles under way at a time, and one that fails has one; those that fail together have half of the threads at most, so
that none harms another. After the first failure the rest of a bundle is given back. Whoever is killed between sending
and recording leaves deliveries that come again with the same `webhook-id`: at least once (docs/interoperability.md).
"""

import base64
import hashlib
import hmac
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from structlog import get_logger

from casework.core import clock
from casework.core.office import Office
from casework.matters.tables import OutboxEvent
from casework.webhooks import deliveries, endpoints
from casework.webhooks.deliveries import Outcome
from casework.webhooks.tables import Webhook, WebhookDelivery
from tasks.faults import FAULTS, told, trace
from tasks.sending.posting import Line, NotSent
from tasks.telling import Telling
from workflows.outside import webhooks

BUNDLE = 25
BUNDLE_SECONDS = 5.0
THREADS = 12
PER_ENDPOINT = 3


# ------------------------------------------------------------------ from events to deliveries
def of_event(telling: Telling, event: OutboxEvent) -> None:
    """Write a delivery for each endpoint that asked for this event."""
    wanting = [each.id for each in telling.webhooks() if event.event in webhooks.spelled_out(each.events)]
    if not wanting:
        return
    body = webhooks.payload(telling.session, event)
    if body is not None:
        deliveries.write(telling.session, wanting, event_id=event.id, event=event.event, body=body, at=telling.at)


# ------------------------------------------------------------------ signing
def signed(delivery_id: str, body: bytes, secrets: Sequence[str], *, at: datetime) -> Mapping[str, str]:
    """Return the headers of one try, signed by every secret in force over the very bytes that are sent."""
    stamp = str(int(at.timestamp()))
    message = b".".join((delivery_id.encode(), stamp.encode(), body))
    marks = [
        "v1,"
        + base64.b64encode(hmac.digest(base64.b64decode(each.removeprefix("whsec_")), message, hashlib.sha256)).decode()
        for each in secrets
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(marks),
    }


# ------------------------------------------------------------------ sending
@dataclass(frozen=True, slots=True)
class _Bundle:
    webhook_id: UUID
    url: str
    secrets: Sequence[str]
    deliveries: Sequence[WebhookDelivery]
    failing: bool


class Dispatcher:
    """Sends what is due from one worker. `ring` is called when a bundle is over; `seconds`: the patience of one try."""

    def __init__(
        self, office: Office, *, ring: Callable[[], None] = lambda: None, threads: int = THREADS, seconds: float = 15.0
    ) -> None:
        self._office = office
        self._ring = ring
        self._threads = threads
        self._seconds = seconds
        self._lock = threading.Lock()
        self._under_way: Counter[UUID] = Counter()
        self._failing: Counter[UUID] = Counter()
        self._turn = 0
        self._pool: ThreadPoolExecutor | None = None
        self._retry_at: float | None = None

    def dispatch(self, *, at: datetime) -> bool:
        """Hand bundles of what is due to free threads; False when there was none, or no thread is free."""
        with self._office.db.reading() as session:
            if not deliveries.are_due(session, at=at):
                return False
        bundles = self._take(at)
        if bundles and self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="webhook")
        for bundle in bundles:
            assert self._pool is not None
            self._pool.submit(self._run, bundle)
        return bool(bundles)

    def send_due(self, *, at: datetime) -> int:
        """Send what is due in this thread, bundle after bundle; return how many tries were made."""
        tries = 0
        while bundles := self._take(at):
            for bundle in bundles:
                tries += self._deliver(bundle, at=lambda: at)
        return tries

    def patience(self, most: float) -> float:
        """Return how long there is nothing to do: until the next second try that is known of, `most` at most."""
        with self._lock:
            until, now = self._retry_at, time.monotonic()
            if until is None or until <= now:
                self._retry_at = None
                return most
        return min(most, until - now)

    def stop(self) -> None:
        """Begin nothing further; what is under way is recorded or comes again."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _take(self, at: datetime) -> list[_Bundle]:
        with self._lock:
            free = self._threads - self._under_way.total()
            free_for_failing = self._threads // 2 - self._failing.total()
        if free <= 0:
            return []
        found: list[_Bundle] = []
        with self._office.db.transaction() as session:
            for webhook in self._in_turn(endpoints.ready(session, at=at)):
                if len(found) >= free:
                    break
                failing = webhook.failures > 0
                most = 1 if failing else PER_ENDPOINT
                if self._under_way[webhook.id] >= most or (failing and free_for_failing <= 0):
                    continue
                due = deliveries.take(session, webhook.id, at=at, limit=1 if failing else BUNDLE)
                if due:
                    free_for_failing -= failing
                    secrets = endpoints.signing_secrets(session, webhook, at=at)
                    found.append(_Bundle(webhook.id, webhook.url, secrets, due, failing))
        with self._lock:
            for bundle in found:
                self._under_way[bundle.webhook_id] += 1
                self._failing[bundle.webhook_id] += bundle.failing
        return found

    def _in_turn(self, ready: Sequence[Webhook]) -> Sequence[Webhook]:
        """Begin with another one each time, so that nobody is last for ever."""
        if not ready:
            return ready
        self._turn = (self._turn + 1) % len(ready)
        return [*ready[self._turn :], *ready[: self._turn]]

    def _run(self, bundle: _Bundle) -> None:
        try:
            self._deliver(bundle, at=clock.now)
        except FAULTS as fault:
            # What was not recorded comes again when its lease has run out.
            get_logger().error("webhook_not_recorded", webhook=str(bundle.webhook_id), fault=told(fault), trace=trace())
        finally:
            self._ring()

    def _deliver(self, bundle: _Bundle, *, at: Callable[[], datetime]) -> int:
        try:
            outcomes = self._send(bundle, at=at)
            tried = {each.delivery_id for each in outcomes}
            untried = [each.id for each in bundle.deliveries if each.id not in tried]
            with self._office.db.transaction() as session:
                deliveries.record(session, bundle.webhook_id, outcomes, untried=untried)
        finally:
            with self._lock:
                self._under_way[bundle.webhook_id] -= 1
                self._failing[bundle.webhook_id] -= bundle.failing
        if not all(each.arrived for each in outcomes):
            self._note_retry(deliveries.WAITS[0] * 1.1)
        return len(outcomes)

    def _send(self, bundle: _Bundle, *, at: Callable[[], datetime]) -> list[Outcome]:
        line = Line(bundle.url, self._office.settings.webhook_allow, self._seconds)
        outcomes: list[Outcome] = []
        until = time.monotonic() + BUNDLE_SECONDS
        try:
            for delivery in bundle.deliveries:
                outcomes.append(_try(line, delivery, bundle.secrets, at=at()))
                if not outcomes[-1].arrived or time.monotonic() > until:
                    break
        finally:
            line.close()
        return outcomes

    def _note_retry(self, wait: timedelta) -> None:
        until = time.monotonic() + wait.total_seconds()
        with self._lock:
            self._retry_at = until if self._retry_at is None else min(self._retry_at, until)


def _try(line: Line, delivery: WebhookDelivery, secrets: Sequence[str], *, at: datetime) -> Outcome:
    body = delivery.body.encode()
    headers = signed(deliveries.message_id(delivery), body, secrets, at=at)
    begun = time.monotonic()
    known: dict[str, Any] = {"delivery_id": delivery.id, "attempt": delivery.attempts, "at": at}
    try:
        answer = line.post(body, headers, at=at)
    except NotSent as why:
        return Outcome(**known, took_ms=_since(begun), status=None, error=str(why))
    return Outcome(**known, took_ms=_since(begun), status=answer.status, error=None, retry_after=answer.retry_after)


def _since(begun: float) -> int:
    return int((time.monotonic() - begun) * 1000)
