"""The beat: asks for the daily jobs when their time has come. Two beats, or twenty, do no harm."""

import threading
from datetime import datetime

from structlog import get_logger

from casework.core import clock
from casework.core.office import Office
from casework.matters import jobs
from casework.matters.daily_work import due_today
from casework.registry.calendar import load_calendar
from tasks.faults import FAULTS, told

_STEP = 1.0
_REST = 5.0
_REMEMBERED = 64


class Beat:
    """Remembers what it has asked for, so that an idle beat does not touch the database."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._asked: dict[tuple[str, str], None] = {}

    def tick(self, *, at: datetime) -> int:
        """Ask for what is due at `at`; return how many jobs are new."""
        zone = self._office.settings.zone
        missing = [each for each in due_today(at, zone=zone) if (each[0].name, each[1]) not in self._asked]
        if not missing:
            return 0
        made = 0
        with self._office.db.transaction() as session:
            is_workday = load_calendar(session).is_workday(at.astimezone(zone).date())
            for plan, period, instant in missing:
                if is_workday or not plan.workdays:
                    job_id = jobs.ensure(session, name=plan.name, period=period, run_at=instant, at=at)
                    made += job_id is not None
        for plan, period, _ in missing:
            self._asked[plan.name, period] = None
        for key in list(self._asked)[:-_REMEMBERED]:
            del self._asked[key]
        return made

    def run(self, stopped: threading.Event) -> None:
        """Tick until stopped."""
        seconds = 0.0
        while not stopped.wait(seconds):
            seconds = _STEP
            try:
                self.tick(at=clock.now())
            except FAULTS as fault:
                get_logger().error("beat_failed", fault=told(fault))
                seconds = _REST
