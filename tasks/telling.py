"""What handlers are given to tell of a batch of events: cases, units, people and who did it, asked once a batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from casework.cases import bearings
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.matters import history
from casework.matters.tables import OutboxEvent
from casework.permissions import RELATIONS, Subject, rules
from casework.registry.calendar import load_calendar
from casework.registry.recipients import Directory
from casework.webhooks import endpoints
from casework.webhooks.tables import Webhook


@dataclass(slots=True)
class Telling:
    """One batch under way. `mails`, `texts`: whether this office sends mail and text messages at all."""

    session: Session
    at: datetime
    mails: bool
    calendar: WorkCalendar
    people: Directory
    cases: Mapping[UUID, Case] = field(default_factory=dict)
    subjects: Mapping[UUID, Subject] = field(default_factory=dict)
    doers: Mapping[tuple[UUID, int], UUID | None] = field(default_factory=dict)
    texts: bool = False
    _webhooks: Sequence[Webhook] | None = None

    def case_of(self, matter_id: UUID | None) -> Case | None:
        """Return the case as it is now; None when it is no case."""
        return None if matter_id is None else self.cases.get(matter_id)

    def doer_of(self, event: OutboxEvent) -> UUID | None:
        """Return who made the step that the event tells of; None: the software itself."""
        if event.matter_id is None or event.seq is None:
            return None
        return self.doers.get((event.matter_id, event.seq))

    def webhooks(self) -> Sequence[Webhook]:
        """Return the endpoints of other systems, paused ones too."""
        if self._webhooks is None:
            self._webhooks = endpoints.every(self.session)
        return self._webhooks

    def may_know(self, actor: Actor, matter_id: UUID) -> bool:
        """Say whether somebody may know of a case now: the rules of permissions.toml, asked without a query each."""
        subject = self.subjects.get(matter_id)
        return subject is not None and any(RELATIONS[name](actor, subject) for name in rules().visible["case"])


def begin(session: Session, *, at: datetime, mails: bool, matters: Iterable[UUID | None]) -> Telling:
    """Begin to tell of these matters."""
    calendar = load_calendar(session)
    day = at.astimezone(calendar.zone).date()
    telling = Telling(session, at, mails, calendar, Directory(session, day))
    telling.cases = bearings.cases_by_id(session, {each for each in matters if each is not None})
    telling.subjects = bearings.subjects_of(session, list(telling.cases.values()), at=at)
    return telling


def begin_events(
    session: Session, events: Sequence[OutboxEvent], *, at: datetime, mails: bool, texts: bool = False
) -> Telling:
    """Begin to tell of a batch of events."""
    telling = begin(session, at=at, mails=mails, matters=[event.matter_id for event in events])
    telling.texts = texts
    steps = {(e.matter_id, e.seq) for e in events if e.matter_id is not None and e.seq is not None}
    telling.doers = history.who_did(session, steps)
    return telling
