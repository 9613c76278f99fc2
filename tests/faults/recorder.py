"""Clients that note what they were told, so that it can be held against what is there (reliability.md §2.1, I27).

Each sends one request after the other and writes down `ok`, `fail` or `unknown`: a broken connection, a timeout and a
5xx are unknown, and are sent again with the same key until there is an answer, as a careful program does. `under_way`:
the service says that the first request with this key has not ended.
"""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from casework.cases.tables import Case
from casework.core.database import Database
from casework.core.ids import new_id
from casework.matters.tables import HistoryEntry
from tests.patience import patience
from tests.world import REPORT

PATIENCE = 5.0
PAUSE = 0.05


@dataclass
class Sent:
    """One request and what became of it."""

    kind: str
    case_id: UUID
    words: str
    outcomes: list[str] = field(default_factory=list)
    # How long it took until there was an answer, over all tries.
    seconds: float = 0.0

    @property
    def outcome(self) -> str:
        return self.outcomes[-1] if self.outcomes else "unknown"


@dataclass
class Recorder:
    """All clients of one run. `port` is asked before each request, for a service that is started anew moves."""

    port: Callable[[], int]
    token: str
    host: str = "127.0.0.1"
    # How long a client rests after each request.
    rest: float = 0.0
    sent: list[Sent] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self, clients: int) -> Iterator[None]:
        """Let so many clients send until the end, and each finish what it has begun."""
        # They may have been at work before.
        self._stop.clear()
        threads = [threading.Thread(target=self._work) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    @property
    def told(self) -> Counter[str]:
        """Count the requests by how they ended."""
        return Counter(each.outcome for each in self.sent)

    @property
    def doubtful(self) -> int:
        """Count those that had no answer at first."""
        return sum("unknown" in each.outcomes for each in self.sent)

    def _work(self) -> None:
        while not self._stop.is_set():
            case_id = new_id()
            report = {**REPORT, "id": str(case_id), "title": f"三组水管 {case_id}"}
            self._send("report", case_id, "/cases", report)
            assign = {"trigger": "assign", "fields": {"org": "SLJ"}}
            self._send("assign", case_id, f"/cases/{case_id}/transitions", assign)
            words = f"已去看过 {new_id()}"
            self._send("comment", case_id, f"/cases/{case_id}/comments", {"text": words}, words=words)

    def _send(self, kind: str, case_id: UUID, path: str, body: dict[str, Any], *, words: str = "") -> None:
        sent, key = Sent(kind, case_id, words), str(new_id())
        self.sent.append(sent)
        begun = time.monotonic()
        while sent.seconds < 240:
            status = self._status(path, body, key)
            sent.seconds = time.monotonic() - begun
            sent.outcomes.append(_outcome(status, sent.outcomes))
            if sent.outcome in ("ok", "fail"):
                self._stop.wait(self.rest)
                return
            time.sleep(PAUSE)

    def _status(self, path: str, body: dict[str, Any], key: str) -> int | None:
        connection = http.client.HTTPConnection(self.host, self.port(), timeout=patience(PATIENCE))
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Idempotency-Key": key}
        try:
            connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return None
        else:
            return answer.status
        finally:
            connection.close()


def _outcome(status: int | None, before: list[str]) -> str:
    if status is None or status >= 500:
        return "unknown"
    if status == 409 and before:
        return "under_way"
    return "ok" if status < 300 else "fail"


@dataclass
class Wrong:
    """What was told to a client and is not so."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def against(recorder: Recorder, db: Database) -> Wrong:
    """Find what was acknowledged and is absent (lost), and what is there twice or was refused and is there (doubled)."""
    with db.reading() as session:
        reported = Counter(session.scalars(select(Case.id)))
        triggers = select(HistoryEntry.matter_id, HistoryEntry.trigger, func.count())
        moved = {
            (row[0], row[1]): row[2]
            for row in session.execute(triggers.group_by(HistoryEntry.matter_id, HistoryEntry.trigger))
        }
        said = Counter(session.scalars(select(HistoryEntry.comment).where(HistoryEntry.trigger == "comment")))
    wrong = Wrong()
    for each in recorder.sent:
        found = {
            "report": min(reported[each.case_id], moved.get((each.case_id, "report"), 0)),
            "assign": moved.get((each.case_id, "assign"), 0),
            "comment": said[each.words],
        }[each.kind]
        least, most = {"ok": (1, 1), "fail": (0, 0)}.get(each.outcome, (0, 1))
        if not least <= found <= most:
            sentence = f"{each.kind} {each.case_id}: {each.outcomes}, found {found} times"
            (wrong.lost if found < least else wrong.doubled).append(sentence)
    return wrong
