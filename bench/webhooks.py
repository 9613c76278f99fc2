"""Ten thousand deliveries to eight endpoints, while a ninth answers a second late; a part of `make bench`.

What counts is how many go out in a second, what processor time each takes of the worker, and that the slow one costs
the others nothing. The floor posts the same bodies to the same endpoints over connections that stay open, one after
another, and writes nothing down. Alone: `python -m bench.webhooks [--sqlite] [--without-slow]`.
"""

import argparse
import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from bench import product, servers, webhook_receiver
from bench.figures import Figure, Results, Target, as_text
from casework.core import clock, logs
from casework.core.actors import SYSTEM
from casework.core.ids import new_id
from casework.core.office import Office
from casework.core.outbound import Allowed
from casework.webhooks import deliveries, endpoints
from casework.webhooks.tables import WebhookDelivery
from tasks.sending.webhooks import BUNDLE_SECONDS, Dispatcher

FAST, DELIVERIES = 8, 10_000
_BODY = '{"type":"case.created","timestamp":"2026-10-14T09:00:00+08:00","data":{"number":"QC-AJ-2026-000001"}}'
_NAME, _OF_FLOOR = "webhooks, one of nine slow", 2_000
# 200/s where the floor posts 3 000: the machine the musts were set on.
_SHARE = Target(0.066, at_least=True)


def main() -> int:
    """Measure on an engine; 1 when fewer than 200 go out in a second."""
    parser = argparse.ArgumentParser(prog="python -m bench.webhooks", description="measure the sending of webhooks")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument("--without-slow", action="store_true", help="without the endpoint that answers late")
    asked = parser.parse_args()
    logs.configure(format="plain", level=40)
    results = Results()
    with servers.folder() as folder:
        if asked.sqlite:
            measure(results, folder / "home", None, slow=not asked.without_slow)
        else:
            with servers.postgresql(folder) as url:
                measure(results, folder / "home", url, slow=not asked.without_slow)
    sys.stdout.write(as_text(results.figures) + "\n")
    return 1 if results.missed() else 0


def measure(results: Results, home: Path, url: str | None, *, slow: bool = True) -> None:
    """Send all of them and put into the table how many went out in a second, and what share of the floor that is."""
    office = product.found_empty(home, url).office
    office = replace(office, settings=replace(office.settings, webhook_allow=Allowed.read("127.0.0.1")))
    with _receiver() as (fast_port, slow_port):
        floor = _floor(fast_port)
        late = _written(office, fast_port, slow_port if slow else None)
        bell = threading.Event()
        dispatcher = Dispatcher(office, ring=bell.set)
        begun, used = time.monotonic(), time.process_time()
        while _waiting(office, but=late):
            while dispatcher.dispatch(at=clock.now()):
                pass
            bell.wait(0.05)
            bell.clear()
        took, used = time.monotonic() - begun, time.process_time() - used
        rate, each = DELIVERIES / took, 1000 * used / DELIVERIES
        told = f"({each:.2f} ms of the worker each)"
        results.raw.append({"operation": "webhooks", "seconds": took, "cpu": used, "floor_per_second": floor})
        results.add(
            Figure(_NAME, "delivered", rate, "/s", note=told),
            Figure(
                "webhooks, one of nine slow",
                "share of the floor",
                rate / floor,
                "",
                _SHARE,
                note=f"(floor {floor:,.0f}/s)",
            ),
        )
        dispatcher.stop()
        # What is under way to the late one is recorded before its database goes.
        time.sleep(BUNDLE_SECONDS + 2 * webhook_receiver.SLOW if slow else 0)


def _floor(port: int) -> float:
    """Return how many a second go out that nobody writes down, over one connection that stays open."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    begun = time.monotonic()
    for _ in range(_OF_FLOOR):
        connection.request("POST", "/hook", _BODY, {"Content-Type": "application/json"})
        connection.getresponse().read()
    connection.close()
    return _OF_FLOOR / (time.monotonic() - begun)


def _written(office: Office, fast_port: int, slow_port: int | None) -> UUID | None:
    """Write what is to be sent; return the endpoint that answers late."""
    at = clock.now()
    with office.db.transaction() as session:

        def made(port: int) -> UUID:
            url = f"http://127.0.0.1:{port}/hook"
            return endpoints.add(session, url=url, events=["case.created"], actor=SYSTEM, at=at)[0].id

        fast = [made(fast_port) for _ in range(FAST)]
        late = None if slow_port is None else made(slow_port)
        session.flush()
        for _ in range(DELIVERIES // FAST):
            to = fast if late is None else [late, *fast]
            deliveries.write(session, to, event_id=new_id(), event="case.created", body=_BODY, at=at)
    return late


def _waiting(office: Office, *, but: UUID | None) -> int:
    asked = select(func.count()).select_from(WebhookDelivery).where(WebhookDelivery.status == "pending")
    if but is not None:
        asked = asked.where(WebhookDelivery.webhook_id != but)
    with office.db.reading() as session:
        return session.scalar(asked) or 0


@contextmanager
def _receiver() -> Iterator[tuple[int, int]]:
    """Run what is sent to in a process of its own, so that its processor time is not counted."""
    command = [sys.executable, "-m", "bench.webhook_receiver"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            fast, slow = running.stdout.readline().split()
            yield int(fast), int(slow)
        finally:
            running.terminate()


if __name__ == "__main__":
    raise SystemExit(main())
