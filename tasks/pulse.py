"""A sign of life of this process in the database, from a thread of its own: long work does not look like death."""

import threading

from structlog import get_logger

from casework.core import clock
from casework.core.database_faults import DatabaseFault
from casework.core.office import Office
from casework.matters import pulses
from tasks.faults import told


class Heart:
    """Beats for one process. A database that is away is waited for: the next beat may get through."""

    def __init__(self, office: Office, name: str, kind: str) -> None:
        self._office = office
        self._name = name
        self._kind = kind

    def run(self, stopped: threading.Event) -> None:
        """Beat until stopped, then say that it is over."""
        while True:
            self._write(ends=False)
            if stopped.wait(pulses.EVERY.total_seconds()):
                break
        self._write(ends=True)

    def _write(self, *, ends: bool) -> None:
        try:
            with self._office.db.transaction() as session:
                if ends:
                    pulses.end(session, self._name, at=clock.now())
                else:
                    pulses.beat(session, self._name, kind=self._kind, at=clock.now())
        except DatabaseFault as fault:
            get_logger().warning("pulse_missed", fault=told(fault))
