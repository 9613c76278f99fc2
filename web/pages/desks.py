"""A case taken up for one request of a page: found among what the caller may know of, locked when it is to change."""

from typing import Any

from flask import request

from casework.cases import dossiers, folders
from casework.cases.folders import Part, Taken
from casework.cases.tables import Case
from casework.matters import drafts
from casework.permissions import Subject
from web import identity, unit
from web.views import wording
from web.views.acts import Desk
from workflows import engine


class Hand:
    """A case in hand: the row, what it is to the caller, and its units when they had to be looked up."""

    def __init__(self, reference: str, *, lock: bool) -> None:
        self.session, self.actor, self.at = unit.session(), identity.actor(), unit.at()
        self.taken: Taken = folders.take(self.session, self.actor, reference=reference, at=self.at, lock=lock)
        found = folders.subject_of(self.session, self.taken.case, actor=self.actor, at=self.at)
        self.subject: Subject = found[0]
        self.parts: tuple[Part, ...] | None = found[1]

    @property
    def case(self) -> Case:
        """The case itself."""
        return self.taken.case

    def acting(self) -> dict[str, Any]:
        """Return what every act on the case is told: `subject`, `actor`, `at`."""
        return {"subject": self.subject, "actor": self.actor, "at": self.at}

    def desk(self) -> Desk:
        """Return the case as its page shows it, as it is now."""
        session, case = self.session, self.case
        dossier = dossiers.open_dossier(session, self.taken, actor=self.actor, at=self.at, parts=self.parts)
        moves = engine.available(session, case, subject=self.subject, actor=self.actor, at=self.at)
        return Desk(dossier, wording.workflow_of(case), self.subject, moves)

    def again(self) -> "Hand":
        """Return the same case looked at anew, after something was done to it."""
        return Hand(str(self.case.id), lock=False)

    def drop_draft(self, form: str) -> None:
        """End the caller's draft of a form about this case: it has been sent."""
        if self.actor.person_id is not None:
            drafts.drop(self.session, self.actor.person_id, form=form, matter_id=self.case.id)


def take(reference: str, *, lock: bool = False) -> Hand:
    """Take a case up by number or id.

    Raises:
        NotFound: there is none, or the caller may not know of it.
    """
    return Hand(reference, lock=lock)


def given_version() -> int | None:
    """Return the version a form was made from; None where it carries none."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def is_in_place() -> bool:
    """Say whether a part of the open page is asked for, not a page."""
    return "HX-Request" in request.headers
