"""The same thing done to many cases: each by itself, landing or refused on its own (features.md §2 row 8).

A batch may make any move of the workflow, or one of the acts beside it. A dry run does everything and takes every row
back, so that what it foretells is what would happen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.cases import queries
from casework.cases.filters import Filter
from casework.cases.listing import lists
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.database_faults import DatabaseFault, is_passing
from casework.core.errors import CaseworkError, Denied, FieldError, Invalid, Refusal, Refused
from casework.permissions import Subject, may_anywhere
from workflows import engine
from workflows.cases import extensions, splitting, taking_back, urging
from workflows.registry import registry

MOST = 200
PERMISSION = "case.batch"


class Busy(CaseworkError):
    """Somebody else holds this row just now; the others were not kept waiting."""

    code = "row_busy"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: done, or why not."""

    id: UUID
    error: CaseworkError | None

    @property
    def is_done(self) -> bool:
        """Say whether it was done."""
        return self.error is None


class _TakenBack(Exception):
    """A dry run ends here."""


def actions() -> tuple[str, ...]:
    """Return every action a batch may do: the triggers of the workflow, and the acts beside it."""
    triggers = registry().latest("case").workflow.by_trigger
    return (*triggers, *_ACTS)


def ids_under(session: Session, filter: Filter, *, actor: Actor, at: datetime, most: int = MOST) -> Sequence[UUID]:
    """Return the cases that a filter shows to somebody, newest first.

    Raises:
        Refused: there are more than `most`.
    """
    found = lists.ids(session, actor, at=at, filter=filter, most=most + 1)
    if len(found) > most:
        raise Refused([Refusal("batch_too_large", {"most": most})])
    return found


def run(
    session: Session,
    ids: Sequence[UUID],
    *,
    action: object,
    fields: object,
    actor: Actor,
    at: datetime,
    comment: object = None,
    dry_run: bool = False,
) -> list[Outcome]:
    """Do one action to each of `ids`; the outcomes stand in the order asked for.

    Raises:
        Denied: the caller works on no cases.
        Invalid: unknown action, too many rows, or `fields` that are no object.
    """
    if not may_anywhere(actor, PERMISSION):
        raise Denied(PERMISSION)
    errors, words = [], None
    if not isinstance(action, str) or action not in actions():
        errors.append(FieldError("action", "not_a_choice", {"choices": ", ".join(actions())}))
    if not isinstance(fields, Mapping):
        errors.append(FieldError("fields", "not_an_object"))
    if not 0 < len(ids) <= MOST:
        errors.append(FieldError("ids", "not_a_list", {"most": MOST}))
    try:
        # Read once for all: what is no text is a mistake of the batch, also where no row would come to look at it.
        words = texts.clean_text(comment, field="comment", max_length=engine.COMMENT_LENGTH, required=False)
    except Invalid as mistake:
        errors += mistake.errors
    if errors or not isinstance(action, str) or not isinstance(fields, Mapping):
        raise Invalid(errors)
    row = _Row(session, action, fields, words, actor, at)
    # Locked in one order by everybody, so that two batches never wait for each other.
    found = {case_id: _attempt(row, case_id, dry_run=dry_run) for case_id in sorted(set(ids))}
    return [Outcome(case_id, found[case_id]) for case_id in dict.fromkeys(ids)]


@dataclass(frozen=True, slots=True)
class _Row:
    session: Session
    action: str
    fields: Mapping[str, Any]
    comment: object
    actor: Actor
    at: datetime

    def do(self, case_id: UUID) -> None:
        case = queries.get_for_update(self.session, self.actor, case_id=case_id, at=self.at)
        subject = subject_of(self.session, case, actor=self.actor, at=self.at)
        act = _ACTS.get(self.action)
        if act is not None:
            act(self, case, subject)
            return
        engine.move(
            self.session,
            case,
            self.action,
            subject=subject,
            actor=self.actor,
            at=self.at,
            given=self.fields,
            comment=self.comment,
        )


def _attempt(row: _Row, case_id: UUID, *, dry_run: bool) -> CaseworkError | None:
    try:
        with row.session.savepoint():
            row.do(case_id)
            if dry_run:
                raise _TakenBack
    except _TakenBack:
        row.session.expire_all()
    except CaseworkError as refusal:
        row.session.expire_all()
        return refusal
    except DatabaseFault as fault:
        if not is_passing(fault):
            raise
        row.session.expire_all()
        return Busy()
    return None


def _urge(row: _Row, case: Case, subject: Subject) -> None:
    urging.urge(row.session, case, row.fields, subject=subject, actor=row.actor, at=row.at)


def _extend(row: _Row, case: Case, subject: Subject) -> None:
    extensions.ask(row.session, case, row.fields, subject=subject, actor=row.actor, at=row.at)


def _link(row: _Row, case: Case, subject: Subject) -> None:
    errors = [FieldError(name, "unknown_field") for name in row.fields if name != "to"]
    wanted = row.fields.get("to")
    other = (
        queries.find(row.session, row.actor, reference=wanted, at=row.at, lock=True)
        if isinstance(wanted, str)
        else None
    )
    if other is None:
        errors.append(FieldError("to", "required" if wanted in (None, "") else "no_such_case"))
    if errors or other is None:
        raise Invalid(errors)
    splitting.link(row.session, case, other, subject=subject, actor=row.actor, at=row.at)


def _take_back_urge(row: _Row, case: Case, subject: Subject) -> None:
    taking_back.urge(row.session, case, row.fields, subject=subject, actor=row.actor, at=row.at)


def _withdraw_extension(row: _Row, case: Case, subject: Subject) -> None:
    taking_back.extension(row.session, case, row.fields, subject=subject, actor=row.actor, at=row.at)


_ACTS: Mapping[str, Callable[[_Row, Case, Subject], None]] = {
    "urge": _urge,
    "extend": _extend,
    "link": _link,
    taking_back.URGE: _take_back_urge,
    taking_back.EXTENSION: _withdraw_extension,
}
