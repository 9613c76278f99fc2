"""The whole service in one process: waitress answers, a worker and a beat work beside it, no other server is needed.

The application is handed in, for tasks and web do not know each other. The bell rings in memory after every commit
that wrote something to be told, so a notice arrives within milliseconds. SIGTERM or Ctrl-C ends all of it within two
seconds.
"""

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

import waitress.server
import waitress.wasyncore
from structlog import get_logger

from casework.core.errors import refused
from casework.core.office import Office
from tasks import plain_requests
from tasks.doorbell import Bell

Application = Callable[..., Any]


class Opening(Protocol):
    """An application that answers what is asked first, and everything once the rest of it is read in."""

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> Any:
        """Answer a request (WSGI)."""

    def wait_for_first(self) -> None:
        """Return when somebody was answered, or in a moment."""

    def read_rest(self) -> None:
        """Read in the rest."""


# Slow clients must not keep others out: connections are cheap here, only answers take a thread (reliability.md §0.10).
# So many are answered at once, so many wait for that; a few threads more say no to others, and that we are alive.
AT_ONCE, WAITING, _SPARE = 8, 200, 4
_CONNECTIONS = 1000
_SLOWEST_CLIENT_SECONDS = 60
_LAST_ANSWERS_SECONDS = 0.5
_LAST_STEP_SECONDS = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def serve(
    office: Office,
    application: Opening,
    *,
    host: str,
    port: int,
    largest_body: int,
    ready: Callable[[int], None],
) -> None:
    """Serve web, worker and beat until a signal comes; `ready` is told the port once it listens.

    `largest_body`: what no route takes more of. It is refused before it is kept for an application to refuse it.
    The worker begins once the whole application is read in.

    Raises:
        Refused: the address is taken.
    """
    bell = Bell()
    office.db.on_news(bell.ring)
    workers: list[Any] = []

    def begin_work() -> None:
        # The log-in page does not wait for it.
        worker = importlib.import_module("tasks.worker").Worker(office, bell)
        worker.start()
        workers.append(worker)

    with _listening(application, host=host, port=port, largest_body=largest_body) as server:
        rest = _Rest(application.wait_for_first, application.read_rest, begin_work)
        rest.start()
        ready(server.port)
        server.run()
        rest.leave()
        for worker in workers:
            if not worker.stop():
                get_logger().info("stopped_while_busy")


def serve_web(
    office: Office,
    application: Opening,
    *,
    host: str,
    port: int,
    largest_body: int,
    ready: Callable[[int], None],
) -> None:
    """Serve the web part alone; workers are woken by way of Redis, from a thread of its own.

    Raises:
        Refused: the address is taken.
    """
    bells: list[Any] = []

    def wake_workers() -> None:
        # The package of Redis is imported only where Redis is set; before this nothing is written.
        bell = importlib.import_module("tasks.remote_bell").RemoteBell(office.settings.redis_url, bell=Bell())
        office.db.on_news(bell.ring)
        bell.start_ringing()
        bells.append(bell)

    with _listening(application, host=host, port=port, largest_body=largest_body) as server:
        rest = _Rest(application.wait_for_first, wake_workers, application.read_rest)
        rest.start()
        ready(server.port)
        server.run()
        rest.leave()
        for bell in bells:
            bell.stop()


class _Rest(threading.Thread):
    """What is made ready in order while the service answers already. Where it cannot be, the service ends."""

    def __init__(self, *steps: Callable[[], None]) -> None:
        super().__init__(name="rest", daemon=True)
        self._steps = steps
        self._left = False
        self._fault: BaseException | None = None

    def run(self) -> None:
        """Take the steps."""
        try:
            for step in self._steps:
                if not self._left:
                    step()
        except BaseException as fault:  # noqa: BLE001 - whatever it was, the thread that serves raises it
            self._fault = fault
            os.kill(os.getpid(), signal.SIGTERM)

    def leave(self) -> None:
        """Take no further step, give the one under way a moment, and raise what went wrong."""
        self._left = True
        self.join(_LAST_STEP_SECONDS)
        if self._fault is not None:
            raise self._fault


@dataclass(frozen=True, slots=True)
class _Listener:
    """A server that listens but does not run yet."""

    server: Any
    sockets: dict[int, Any]

    @property
    def port(self) -> int:
        """The port it listens on."""
        listens = getattr(self.server, "effective_listen", None)
        return int(listens[0][1] if listens else self.server.effective_port)

    def run(self) -> None:
        """Answer in this thread until a signal comes, then let the answers under way end."""
        try:
            waitress.wasyncore.loop(timeout=1, map=self.sockets, use_poll=True)
        except (SystemExit, KeyboardInterrupt):
            self.server.task_dispatcher.shutdown(timeout=_LAST_ANSWERS_SECONDS)


@contextmanager
def _listening(application: Application, *, host: str, port: int, largest_body: int) -> Iterator[_Listener]:
    sockets: dict[int, Any] = {}
    try:
        server = waitress.server.create_server(
            application,
            map=sockets,
            host=host,
            port=port,
            threads=AT_ONCE + WAITING + _SPARE,
            connection_limit=_CONNECTIONS,
            channel_timeout=_SLOWEST_CLIENT_SECONDS,
            max_request_body_size=largest_body,
            asyncore_use_poll=True,
            ident="casework",
            # The application decides which forwarded headers it believes (CASEWORK_PROXIES), and needs to see them.
            clear_untrusted_proxy_headers=False,
        )
    except OSError as fault:
        raise refused("address_taken", host=host, port=port) from fault
    plain_requests.ask_for(sockets)
    _leave_on_signals()
    try:
        yield _Listener(server, sockets)
    finally:
        waitress.wasyncore.close_all(sockets)


def _leave_on_signals() -> None:
    def leave(_number: int, _frame: FrameType | None) -> None:
        # A second signal is too late to matter.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        sys.exit(0)

    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            signal.signal(number, leave)
