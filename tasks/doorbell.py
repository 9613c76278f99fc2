"""The doorbell: who waits for work is woken at once; nobody relies on it, for everybody looks by themselves as well.

In one process it is a counter under a lock. Between processes a tiny thread hands the ring on to a list on a
Redis-protocol server and another waits there, each with time-outs of 200 ms: a server that is away, frozen or emptied
costs nothing but the seconds until the next look (reliability.md F6, F7). Nothing in a request ever talks to Redis.
"""

import threading
import time

import redis
from structlog import get_logger

KEY = "cw:doorbell"
_TIMEOUT = 0.2
_LISTEN_SECONDS = 1
_REST = 2.0


class Bell:
    """A bell in this process. Each waiter keeps the number of rings it has heard, so that none is lost between."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How often it has rung."""
        return self._rings

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, heard: int, *, seconds: float) -> int:
        """Wait until it has rung more often than `heard`, at most `seconds`; return how often it has."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings > heard, timeout=seconds)
            return self._rings


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

    def _start(self, target: object, name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)  # type: ignore[arg-type] # a bound method
        self._threads.append(thread)
        thread.start()

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(
            self._url, socket_timeout=_LISTEN_SECONDS + _TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=None
        )

    def _ring_on(self) -> None:
        client = redis.Redis.from_url(self._url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=None)
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
        client = self._client()
        while not self._stopped.is_set():
            started = time.monotonic()
            try:
                if client.brpop([KEY], timeout=_LISTEN_SECONDS) is not None:
                    self._bell.ring()
            except redis.RedisError as fault:
                get_logger().info("doorbell_not_heard", fault=type(fault).__name__)
                self._stopped.wait(max(0.0, _REST - (time.monotonic() - started)))
        client.close()
