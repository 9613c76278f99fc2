"""A case on the desk of one request: found among what the caller may know of, and given back as an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from casework.cases import folders
from casework.cases.folders import Part, Taken
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.errors import FieldError, Invalid
from casework.matters.tables import Deadline
from casework.permissions import Subject
from web import identity, unit
from web.api import answers
from web.api.operations import Reply
from workflows import engine
from workflows.context import Context


@dataclass(frozen=True, slots=True)
class Desk:
    """A case at hand, and what it is to the caller."""

    taken: Taken
    subject: Subject
    parts: Sequence[Part] | None
    actor: Actor

    @property
    def case(self) -> Case:
        """The case itself."""
        return self.taken.case

    def acting(self) -> dict[str, Any]:
        """Return what every act on the case is told: `subject`, `actor`, `at`."""
        return {"subject": self.subject, "actor": self.actor, "at": unit.at()}


def take(reference: str, *, lock: bool = False) -> Desk:
    """Find a case by id or number, with `lock` for one change.

    Raises:
        NotFound: there is none, or the caller may not know of it.
    """
    session, actor, at = unit.session(), identity.actor(), unit.at()
    taken = folders.take(session, actor, reference=reference, at=at, lock=lock)
    subject, parts = folders.subject_of(session, taken.case, actor=actor, at=at)
    return Desk(taken, subject, parts, actor)


def answer(
    desk: Desk,
    *,
    parts: Sequence[Part] | None = None,
    clocks: Sequence[Deadline] | None = None,
    status: int = 200,
) -> Reply:
    """Answer with the case as it now is."""
    session, at = unit.session(), unit.at()
    folder = folders.open_folder(session, desk.taken, parts=parts, clocks=clocks)
    subject = replace(
        desk.subject,
        region_code=desk.case.region_code,
        lead_org_id=desk.case.lead_org_id,
        co_org_ids=[part.org_id for part in folder.co_units],
        has_funds=desk.case.funds_total > 0,
    )
    moves = engine.available(session, desk.case, subject=subject, actor=desk.actor, at=at)
    headers = {"Location": url_for("api.cases_show_case", id=desk.case.id)} if status == 201 else {}
    return Reply(answers.case_out(folder, moves, subject=subject), status, headers)


def parts_after(desk: Desk, context: Context) -> Sequence[Part] | None:
    """Return the units of a case after a move, if they are known without asking again."""
    case, asked = desk.case, context.asked
    if case.lead_org_id is None:
        return ()
    if "set_units" in context.transition.effects:
        lead = asked["org"]
        others = [org for org in asked.get("co_orgs", []) if org.id != lead.id]
        found = [Part(lead, "lead"), *(Part(org, "co") for org in others)]
        return sorted(found, key=lambda part: part.code)
    return desk.parts


def refuse_unknown(raw: Mapping[str, Any], known: Sequence[str]) -> list[FieldError]:
    """Return a mistake for every field that is not known."""
    return [FieldError(name, "unknown_field") for name in raw if name not in known]


def require_none(errors: Sequence[FieldError]) -> None:
    """Raise all mistakes, if there are any."""
    if errors:
        raise Invalid(errors)
