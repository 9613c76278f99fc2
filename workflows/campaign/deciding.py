"""What was decided on the spot (现场办公) and is given to a unit with a day: a supervised matter out of the activity.

What is rather somebody's difficulty becomes a case (workflows/campaign/visiting.py); both are made in the same save.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.activities.tables import Activity
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid
from casework.supervisions.tables import Supervision
from workflows import supervising
from workflows.supervising import Origin

TASKS = "tasks"
TASK_FIELDS = ("title", "requirement", "org", "co_orgs", "due_on", "level", "leader")
MOST_TASKS = 10
# One matter, one slip; who wants less or more says so.
USUAL_LEVEL = 2
_SOURCE = "meeting"


@dataclass(frozen=True, slots=True)
class Task:
    """One decision as it was sent, and where it stands in what was sent."""

    path: str
    words: Mapping[str, Any]


def told(given: Any, mistakes: list[FieldError]) -> Sequence[Task]:
    """Read what was sent as `tasks`; what is no list of objects is a mistake."""
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MOST_TASKS:
        code = "too_many_tasks" if isinstance(given, list) else "not_a_list"
        mistakes.append(FieldError(TASKS, code, {"most": MOST_TASKS}))
        return ()
    found = []
    for n, words in enumerate(given):
        path = f"{TASKS}.{n}"
        if not isinstance(words, Mapping):
            mistakes.append(FieldError(path, "not_an_object"))
            continue
        mistakes += [FieldError(f"{path}.{name}", "unknown_field") for name in words if name not in TASK_FIELDS]
        sent = {name: words[name] for name in words if name in TASK_FIELDS}
        found.append(Task(path, {"level": USUAL_LEVEL, **sent}))
    return found


def mistakes_of(session: Session, tasks: Sequence[Task], *, actor: Actor, at: datetime) -> Iterator[FieldError]:
    """Return the mistakes of each decision by itself, before anything is kept."""
    for task in tasks:
        raw = {**task.words, "source": _SOURCE}
        yield from _under(task.path, supervising.mistakes_of(session, raw, actor=actor, at=at))


def initiate(
    session: Session, row: Activity, tasks: Sequence[Task], *, actor: Actor, at: datetime
) -> Sequence[Supervision]:
    """Initiate a supervised matter of each decision; the activity is its source.

    Raises:
        Invalid: as `tasks.0.org`.
        NotAllowed: not the office of the place.
    """
    made = []
    origin = Origin(_SOURCE, row.id, row.region_code)
    for task in tasks:
        raw = {"source_words": row.title[: supervising.WORDS_LENGTH], **task.words}
        try:
            made.append(supervising.initiate(session, raw, actor=actor, at=at, origin=origin))
        except Invalid as mistake:
            raise Invalid(list(_under(task.path, mistake.errors))) from None
    return made


def _under(path: str, errors: Sequence[FieldError]) -> Iterator[FieldError]:
    return (FieldError(f"{path}.{each.field}", each.code, each.params) for each in errors)
