"""An open-loop client: requests come when they come, whether the last one was answered or not, as people's do.

What a request waited is counted from the instant it was due, so that a service that stands still is not flattered by
clients that wait for it.
"""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from math import inf
from urllib.parse import urlsplit

from bench.load import Request, quantile

NO_ANSWER = 0
_PATIENCE = 30.0
# As the answer's Retry-After says.
_COME_AGAIN, _AFTER, _TRIES = 503, 5.0, 12


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: what it was, when it was due (seconds after the begin), how long it waited, what was answered."""

    kind: str
    due: float
    seconds: float
    status: int


@dataclass
class Told:
    """Every answer of a run."""

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0

    def of(self, *kinds: str) -> list[Answer]:
        """Return the answers of some kinds; of every kind when none is named."""
        return [each for each in self.answers if not kinds or each.kind in kinds]

    def statuses(self) -> dict[str, int]:
        """Count the answers by status; no answer at all is 0."""
        return {str(status): n for status, n in sorted(Counter(each.status for each in self.answers).items())}

    def faults(self) -> int:
        """Count answers of 5xx other than "come again", and requests without an answer."""
        return sum(each.status == NO_ANSWER or (each.status >= 500 and each.status != 503) for each in self.answers)

    def refusals(self) -> str:
        """Name what was refused, and with which status."""
        refused = Counter(f"{each.kind} {each.status}" for each in self.answers if 400 <= each.status < 500)
        return ", ".join(f"{what} {n} times" for what, n in sorted(refused.items()))

    def p(self, share: float, *kinds: str) -> float:
        """Return the milliseconds within which a share of those were served that were served at all."""
        return self.due(share, of=self.of(*kinds))

    def due(
        self, share: float, *, of: Sequence[Answer] | None = None, after: float = 0.0, before: float = inf
    ) -> float:
        """Return the same of those that were due after some second, and before another."""
        found = self.answers if of is None else of
        served = sorted(each.seconds for each in found if NO_ANSWER < each.status < 500 and after <= each.due < before)
        return quantile(served, share) * 1000 if served else 0.0


Draw = Callable[[random.Random], tuple[str, Request]]


def run(
    url: str,
    draw: Draw,
    *,
    rate: float,
    seconds: float,
    clients: int,
    seed: int,
    patient: Collection[str] = (),
) -> Told:
    """Let `rate` requests a second come for some seconds, over so many connections, in an order drawn from a seed.

    Who asks what is `patient` comes again when told to (503), as people do who want in; what they waited is one wait.
    """
    dice, told, lock = random.Random(seed), Told(), threading.Lock()
    plan: list[tuple[float, str, Request]] = []
    due = 0.0
    while (due := due + dice.expovariate(rate)) < seconds:
        plan.append((due, *draw(dice)))
    waiting = iter(plan)
    begun = time.perf_counter()

    def client() -> None:
        connection = _connection(url)
        while True:
            with lock:
                following = next(waiting, None)
            if following is None:
                connection.close()
                return
            due, kind, request = following
            time.sleep(max(0.0, begun + due - time.perf_counter()))
            status = ask(connection, request)
            for _ in range(_TRIES if kind in patient else 0):
                if status == _COME_AGAIN:
                    time.sleep(_AFTER)
                    status = ask(connection, request)
            if status == NO_ANSWER:
                connection.close()
                connection = _connection(url)
            with lock:
                told.answers.append(Answer(kind, due, time.perf_counter() - begun - due, status))

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.seconds = time.perf_counter() - begun
    return told


def ask(connection: http.client.HTTPConnection, request: Request) -> int:
    """Send one request; return the status, or that there was no answer."""
    for tries_left in (1, 0):
        try:
            connection.request(request.method, request.path, request.body, request.headers)
            answer = connection.getresponse()
            answer.read()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # A kept connection that the server let go of: nobody has heard the request, so it is sent once more.
            connection.close()
            if not tries_left:
                return NO_ANSWER
        except (OSError, http.client.HTTPException):
            return NO_ANSWER
        else:
            return answer.status
    return NO_ANSWER


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=_PATIENCE)


def weighted(choices: Sequence[tuple[int, Draw]]) -> Draw:
    """Return a draw that draws from these by their weights."""
    weights = [weight for weight, _ in choices]
    return lambda dice: dice.choices([draw for _, draw in choices], weights)[0](dice)
