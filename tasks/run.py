"""One job under way: what a job's function is given. A value; how jobs are taken and ended is tasks/runner.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.core.office import Office


class LeaseLost(RuntimeError):
    """Another worker has the job by now, because this one was silent for too long; what it does must stop."""


@dataclass(frozen=True, slots=True)
class Run:
    """A job as its function sees it.

    The function opens transactions of its own from `office.db`, short ones, and may be run again for the same job, so
    what it does must come out the same when done twice. It returns what is kept as the job's result. Long work calls
    `progress` now and then, which also keeps the lease; it raises `LeaseLost` when the job has gone to another worker.
    """

    office: Office
    id: UUID
    name: str
    period: str
    payload: Mapping[str, Any]
    at: datetime
    progress: Callable[[Mapping[str, Any]], None]


Work = Callable[[Run], Mapping[str, Any] | None]
