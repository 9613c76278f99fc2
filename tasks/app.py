"""The Celery application: a doorbell and a metronome for the worker, where Redis is set.

What has to be done stands in the database; a task carries an id at most, is safe to run twice or never, and calls the
very functions the worker's lanes call by themselves every few seconds. So Redis may be frozen, emptied or gone: work is
done some seconds later, and nothing is lost (reliability.md §0.1: Celery on Redis alone loses work when killed).
Only `casework worker` and `casework beat` import this module, for Celery takes half a second and 20 MB.
"""

import os
import signal
import socket
import threading
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from types import FrameType
from typing import Any
from uuid import UUID

import celery.apps.beat
import redis
from celery import Celery
from celery.signals import task_postrun, task_prerun, worker_shutting_down
from structlog import contextvars, get_logger

from casework.core.office import Office, open_office
from casework.core.settings import read_settings
from casework.keeping.start import require_definitions
from casework.matters.pulses import BEAT
from tasks.beat import Beat
from tasks.doorbell import Bell
from tasks.faults import told
from tasks.pulse import Heart
from tasks.remote_bell import RemoteBell
from tasks.schedule import EVERY
from tasks.worker import Worker

# Every queue there is. A worker listens to all of them.
QUEUES = ("relay", "sweep", "work")
POLL = timedelta(seconds=5)
_METRONOME_SECONDS = EVERY["sweep"].total_seconds()
_SOFT_SECONDS = 20
_HARD_SECONDS = 40
_REST = 5.0
_TIMEOUTS = {"socket_timeout": 5, "socket_connect_timeout": 2}

app = Celery("casework", include=[])


def configuration() -> Mapping[str, Any]:
    """Return Celery's settings (ecosystem.md §2), read from ours when they are first asked for."""
    settings = read_settings()
    return {
        "broker_url": settings.redis_url or None,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "visibility_timeout": 3600,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "global_keyprefix": "cw:",
            **_TIMEOUTS,
        },
        "result_backend": None,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_default_queue": "work",
        "task_create_missing_queues": True,
        "task_routes": {"casework.relay": {"queue": "relay"}, "casework.sweep": {"queue": "sweep"}},
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_soft_shutdown_timeout": _SOFT_SECONDS,
        "worker_redirect_stdouts": False,
        "worker_hijack_root_logger": False,
        "worker_enable_remote_control": True,
        "accept_content": ["json"],
        "task_serializer": "json",
        "timezone": settings.zone.key,
        "enable_utc": True,
        "beat_scheduler": "redbeat.RedBeatScheduler",
        "beat_max_loop_interval": 5,
        "beat_schedule": {
            name: {
                "task": f"casework.{name}",
                "schedule": _METRONOME_SECONDS,
                # Old strokes of the metronome are worth nothing.
                "options": {"queue": name, "expires": 2 * _METRONOME_SECONDS},
            }
            for name in ("relay", "sweep")
        },
        "redbeat_redis_url": settings.redis_url or None,
        "redbeat_lock_timeout": 30,
        "redbeat_key_prefix": "cw:redbeat:",
        "redbeat_redis_options": dict(_TIMEOUTS),
    }


app.add_defaults(configuration)


@cache
def _office() -> Office:
    office = open_office()
    require_definitions(office)
    return office


@cache
def _bell() -> Bell:
    return Bell()


@cache
def _worker() -> Worker:
    return Worker(_office(), _bell(), poll=POLL, jobs_at_once=app.conf.get("casework_jobs_at_once", 1))


@app.task(name="casework.relay")  # type: ignore[untyped-decorator] # Celery carries no types
def relay() -> None:
    """Tell of what happened."""
    _worker().tell()


@app.task(name="casework.sweep")  # type: ignore[untyped-decorator] # Celery carries no types
def sweep() -> None:
    """Fire what is due."""
    _worker().sweep()


@app.task(name="casework.run_job")  # type: ignore[untyped-decorator] # Celery carries no types
def run_job(job_id: str) -> None:
    """Run one job, if it is still to be run."""
    _worker().runner.run_next(only=UUID(job_id))


@task_prerun.connect  # type: ignore[untyped-decorator] # Celery carries no types
def _name_the_task(task_id: str = "", **_: Any) -> None:
    contextvars.clear_contextvars()
    contextvars.bind_contextvars(task=task_id)


@task_postrun.connect  # type: ignore[untyped-decorator] # Celery carries no types
def _forget_the_task(**_: Any) -> None:
    contextvars.clear_contextvars()


def run_worker(*, threads: int) -> int:
    """Work in the foreground until a signal comes: lanes of our own, and Celery beside them."""
    app.conf.casework_jobs_at_once = threads
    worker = _worker()
    remote = RemoteBell(_office().settings.redis_url, bell=_bell())
    _office().db.on_news(_bell().ring)
    worker.start()
    remote.start_listening()

    leaving = threading.Event()

    @worker_shutting_down.connect(weak=False)  # type: ignore[untyped-decorator] # Celery carries no types
    def _leave_in_time(**_: Any) -> None:
        leaving.set()
        # A frozen Redis must not keep the process from ending; what it leaves undone comes again.
        failsafe = threading.Timer(_HARD_SECONDS, os._exit, (0,))
        failsafe.daemon = True
        failsafe.start()

    get_logger().info("worker_works", name=worker.name, queues=list(QUEUES))
    code = _consume(threads, leaving)
    remote.stop()
    worker.stop()
    return code


def _consume(threads: int, leaving: threading.Event) -> int:
    """Let Celery consume until a signal comes; return the exit code.

    A fault of its own may end it: kombu's transport fails for good when the host of Redis falls while a message is
    unanswered. Our lanes go on meanwhile, and it begins anew.
    """
    while True:
        consumer = app.Worker(
            pool="threads",
            concurrency=threads,
            queues=list(QUEUES),
            loglevel="INFO",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        try:
            consumer.start()
        except SystemExit:
            leaving.set()
        if leaving.is_set():
            get_logger().info("worker_leaves")
            return int(consumer.exitcode or 0)
        get_logger().warning("consumer_stopped")
        if leaving.wait(_REST):
            return 0


class _Metronome(celery.apps.beat.Beat):  # type: ignore[misc] # Celery carries no types
    """Celery's beat, which leaves the signals to us: its own handler talks to Redis and fails when that is away."""

    def install_sync_handler(self, service: Any) -> None:
        """Install nothing."""


def run_beat() -> int:
    """Beat in the foreground until a signal comes: daily jobs into the database, the metronome by way of Redis."""
    stopped = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        stopped.set()
        raise SystemExit(0)

    thread = threading.Thread(target=Beat(_office()).run, args=(stopped,), name="beat", daemon=True)
    thread.start()
    name = f"{socket.gethostname()}:{os.getpid()}"
    heart = threading.Thread(target=Heart(_office(), name, BEAT).run, args=(stopped,), name="pulse", daemon=True)
    heart.start()
    get_logger().info("beat_beats")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    while not stopped.is_set():
        try:
            _Metronome(app=app, loglevel="INFO", redirect_stdouts=False, quiet=True).run()
            stopped.set()
        except SystemExit:
            stopped.set()
        except (redis.RedisError, OSError) as fault:
            # The daily jobs go on meanwhile, and workers look by themselves.
            get_logger().warning("metronome_stopped", fault=told(fault))
            stopped.wait(_REST)
    thread.join(timeout=_REST)
    heart.join(timeout=_REST)
    return 0
