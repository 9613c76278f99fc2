"""The worker: lanes that look for work by themselves every few seconds, or at once when the bell rings.

    tell   what happened is told further, notices are released, due rungs fire
    post   mail goes out
    cry    robots of group chats say what is due, text messages go out
    hooks  other systems are told
    work   jobs run, abandoned ones are taken back

A lane that finds nothing asks one question of the database and sleeps. Any number of workers may run, in one process
with the web or in many; nothing here knows Celery, and nothing is lost when Redis is frozen, emptied or gone.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from structlog import get_logger

from casework.cases.figures import tallies
from casework.core import clock
from casework.core.ids import new_id
from casework.core.office import Office
from casework.matters import jobs, pulses
from casework.matters.waiting import Waiting, waiting
from casework.registry import alarms
from tasks import clock_guard, installation
from tasks.beat import Beat
from tasks.doorbell import Bell
from tasks.faults import FAULTS, told, trace
from tasks.pulse import Heart
from tasks.relay import relay
from tasks.run import Work
from tasks.runner import Runner
from tasks.schedule import EVERY, WORKS
from tasks.sending import releasing
from tasks.sending.mail import Postman
from tasks.sending.robots import Crier
from tasks.sending.texting import Texter
from tasks.sending.webhooks import Dispatcher
from workflows import firing

ALARM = "clock"
_REST = 1.0
_STOP_SECONDS = 1.5


class Worker:
    """One worker. `poll`: how often it looks when no bell rings."""

    def __init__(
        self,
        office: Office,
        bell: Bell,
        *,
        poll: timedelta = timedelta(seconds=2),
        sweep_every: timedelta = EVERY["sweep"],
        lease: timedelta = jobs.LEASE,
        works: Mapping[str, Work] = WORKS,
        jobs_at_once: int = 1,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{new_id().hex[-6:]}"
        self._office = office
        self._bell = bell
        self._poll = poll.total_seconds()
        self._sweep_every = sweep_every.total_seconds()
        self._jobs_at_once = jobs_at_once
        self.runner = Runner(office, self.name, works, lease)
        self._postman = Postman(office) if office.settings.mail_url else None
        self._crier = Crier(office)
        self._texter = Texter(office, office.settings.sms) if office.settings.sms else None
        self._dispatcher = Dispatcher(office, ring=bell.ring)
        self._guard = clock_guard.ClockGuard(wall=clock.now(), steady=clock_guard.steady_seconds())
        self._alarmed = False
        self._swept_at: float | None = None
        self._watched_at = time.monotonic()
        self._stopped = threading.Event()
        self._beat = Beat(office)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the lanes and the beat; a clock alarm of an earlier process ends with it."""
        with self._office.db.transaction() as session:
            alarms.clear(session, ALARM, at=clock.now())
        self._run("lane-tell", lambda: self._lane(self.tell))
        for number in range(self._jobs_at_once):
            self._run(f"lane-work-{number}", lambda: self._lane(self.work))
        if self._postman is not None:
            self._run("lane-post", lambda: self._lane(self.post))
        self._run("lane-cry", lambda: self._lane(self.cry))
        self._run("lane-hooks", lambda: self._lane(self.hooks, patience=self._dispatcher.patience))
        self._run("pulse", lambda: Heart(self._office, self.name, pulses.WORKER).run(self._stopped))
        self._run("beat", lambda: self._beat.run(self._stopped))

    def stop(self) -> bool:
        """Ask the lanes to end and wait a moment; False when one is still busy (its job comes again)."""
        self._stopped.set()
        self._dispatcher.stop()
        self._bell.ring()
        until = time.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def tell(self) -> bool:
        """Tell of events, release notices, and sweep when it is time; say whether there was anything."""
        at = clock.now()
        found = self._glance()
        if found.events:
            relay(self._office.db, at=at, mails=self._postman is not None, texts=self._texter is not None)
        if found.events or found.notices:
            releasing.release(self._office.db, at=clock.now())
        return self._sweep_if_due() or found.events or found.notices

    def sweep(self) -> bool:
        """Sweep now, unless the clock has jumped; say whether a rung was due."""
        at = clock.now()
        if self._is_held_back():
            return False
        swept = firing.sweep(self._office.db, at=at)
        if swept.due:
            get_logger().info("swept", **swept.as_json(), failed=len(swept.failed))
        return swept.due > 0

    def post(self) -> bool:
        """Send mail that is due."""
        if self._postman is None or not self._glance().mail:
            return False
        return self._postman.send_due(at=clock.now()) > 0

    def cry(self) -> bool:
        """Let robots say what is due, and send text messages."""
        self._watch_if_due()
        found, tried = self._glance(), 0
        if found.robots:
            tried += self._crier.send_due(at=clock.now())
        if found.texts and self._texter is not None:
            tried += self._texter.send_due(at=clock.now())
        return tried > 0

    def hooks(self) -> bool:
        """Send what other systems wait for."""
        return self._dispatcher.dispatch(at=clock.now())

    def work(self) -> bool:
        """Run one job, after taking back what others abandoned."""
        if not self._glance().jobs:
            return False
        self.runner.rescue()
        return self.runner.run_next()

    def _glance(self) -> Waiting:
        with self._office.db.reading() as session:
            return waiting(session, at=clock.now())

    def _sweep_if_due(self) -> bool:
        now = time.monotonic()
        if self._swept_at is not None and now - self._swept_at < self._sweep_every:
            return False
        self._swept_at = now
        found = self.sweep()
        # Last, so that no fault of a figure ever keeps a rung from firing.
        tallies.fold(self._office.db)
        return found

    def _watch_if_due(self) -> None:
        if time.monotonic() - self._watched_at < EVERY["watch"].total_seconds():
            return
        self._watched_at = time.monotonic()
        installation.watch(self._office, at=clock.now())
        installation.judge_held(self._office, at=clock.now())

    def _is_held_back(self) -> bool:
        at = clock.now()
        ahead = self._guard.tick(wall=at, steady=clock_guard.steady_seconds())
        if (ahead is not None) != self._alarmed:
            self._alarmed = ahead is not None
            with self._office.db.transaction() as session:
                if ahead is None:
                    alarms.clear(session, ALARM, at=at)
                else:
                    alarms.sound(session, ALARM, facts={"ahead_seconds": int(ahead.total_seconds())}, at=at)
            get_logger().error("clock_jumped" if self._alarmed else "clock_is_right_again")
        return self._guard.paused

    def _lane(self, step: Callable[[], bool], *, patience: Callable[[float], float] = float) -> None:
        while not self._stopped.is_set():
            # Read before looking: a ring in between is heard by the next wait.
            heard = self._bell.rings
            try:
                busy = step()
            except FAULTS as fault:
                get_logger().error("lane_failed", fault=told(fault), trace=trace())
                self._stopped.wait(_REST)
                continue
            if not busy and not self._stopped.is_set():
                self._bell.wait(heard, seconds=patience(self._poll))

    def _run(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
