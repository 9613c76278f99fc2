"""The doorbell between processes: a list on a Redis-protocol server, rung and heard by threads of their own.

Every word with the server has a time-out of 200 ms (listening: a second more), so a server that is away, frozen or
emptied costs nothing but the seconds until the next look (reliability.md F6, F7). Nothing in a request ever talks to
Redis. Imported only where Redis is set: the package takes a tenth of a second.
"""

import os
import threading
import time
from collections.abc import Callable

import redis
from structlog import get_logger

from tasks.doorbell import Bell

KEY = "cw:doorbell"
_TIMEOUT = 0.2
_LISTEN_SECONDS = 1
_REST = 2.0


class RemoteBell:
    """The same between processes: `ring` hands on, `listen` hears; both in threads of their own."""

    def __init__(self, url: str, *, bell: Bell) -> None:
        self._url = url
        self._bell = bell
        self._stopped = threading.Event()
        self._wanted = threading.Event()
        self._threads: list[threading.Thread] = []

    def ring(self) -> None:
        """Ask the ringing thread to ring; returns at once."""
        self._wanted.set()

    def start_ringing(self) -> None:
        """Start the thread that hands rings on to others (the web's side)."""
        self._start(self._ring_on, "doorbell-ring")

    def start_listening(self) -> None:
        """Start the thread that hears others ring (the worker's side)."""
        self._start(self._listen, "doorbell-listen")

    def stop(self) -> None:
        """End the threads."""
        self._stopped.set()
        self._wanted.set()
        for thread in self._threads:
            thread.join(timeout=_LISTEN_SECONDS + 1)

    def _start(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _client(self, *, seconds: float) -> redis.Redis:
        return redis.Redis.from_url(self._url, socket_timeout=seconds, socket_connect_timeout=_TIMEOUT, retry=None)

    def _ring_on(self) -> None:
        client = self._client(seconds=_TIMEOUT)
        while not self._stopped.is_set():
            self._wanted.wait()
            self._wanted.clear()
            if self._stopped.is_set():
                break
            try:
                with client.pipeline(transaction=False) as pipe:
                    pipe.lpush(KEY, "1")
                    # One ring is as good as many: the list never grows while nobody listens.
                    pipe.ltrim(KEY, 0, 0)
                    pipe.execute()
            except redis.RedisError as fault:
                get_logger().info("doorbell_not_rung", fault=type(fault).__name__)
                self._stopped.wait(_REST)
        client.close()

    def _listen(self) -> None:
        client = self._client(seconds=_LISTEN_SECONDS + _TIMEOUT)
        while not self._stopped.is_set():
            started = time.monotonic()
            try:
                if client.brpop([KEY], timeout=_LISTEN_SECONDS) is not None:
                    self._bell.ring()
            except redis.RedisError as fault:
                get_logger().info("doorbell_not_heard", fault=type(fault).__name__)
                self._stopped.wait(max(0.0, _REST - (time.monotonic() - started)))
        client.close()


class BellOfForks:
    """Rings from whatever process it is asked in: for programs that are loaded first and fork afterwards.

    No thread outlives a fork, so the one that rings begins with the first ring of each process.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._here: tuple[int, RemoteBell] | None = None

    def ring(self) -> None:
        """Ask the ringing thread of this process to ring; returns at once."""
        self._of(os.getpid()).ring()

    def _of(self, process: int) -> RemoteBell:
        with self._lock:
            if self._here is None or self._here[0] != process:
                bell = RemoteBell(self._url, bell=Bell())
                bell.start_ringing()
                self._here = (process, bell)
            return self._here[1]
