"""What was agreed in a consultation as its page shows it: what each became, or what it can be turned into."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from casework.activities.tables import Suggestion
from casework.campaign import record_visibility
from casework.cases import queries as cases
from casework.consultations import queries
from casework.consultations.tables import ConsensusItem, Consultation
from casework.permissions import Subject, permits
from casework.supervisions import queries as supervisions
from web import identity, unit
from web.locales import words
from web.views import reference, wording
from workflows.consultations import consulting

# The pages of what something agreed became.
_PAGES = {"case": "/cases", "suggestion": "/suggestions", "supervision": "/supervision"}


def items(row: Consultation, subject: Subject, seen: Callable[[str], str]) -> list[dict[str, Any]]:
    """Return what was agreed, each with what it became or what it can be turned into."""
    may = permits(identity.actor(), consulting.RUN, subject) and row.state in consulting.CONVERTED_IN
    agreed, made = queries.items_of(unit.session(), [row.id]), list[dict[str, Any]]()
    opened = _opened(agreed)
    for item in agreed:
        into = words(f"meetings.into.{item.into}") if item.into else None
        record = f"{_PAGES[item.into]}/{item.record_id}" if item.into and item.record_id in opened else None
        made.append(
            {
                "n": item.place,
                "text": seen(item.text),
                "org": reference.org_name(item.org_id),
                "due_on": wording.long_day(item.due_on),
                "into": into,
                "url": record,
                "realised": None
                if item.realised is None
                else words("meetings.realised.yes" if item.realised else "meetings.realised.no"),
                "convert": None
                if item.into or not may
                else [
                    {
                        "text": words(f"meetings.convert.{kind}"),
                        "value": kind,
                        "url": url_for("consultations.convert", meeting=row.number, n=item.place),
                    }
                    for kind in consulting.MAKERS
                ],
            }
        )
    return made


def _opened(agreed: Sequence[ConsensusItem]) -> frozenset[UUID]:
    """Return the records that came of it which the caller may open: what else there is stands there without a way."""
    session, actor = unit.session(), identity.actor()
    became = {kind: [each.record_id for each in agreed if each.into == kind and each.record_id] for kind in _PAGES}
    found = {each.id for each in cases.seen_of(session, actor, became["case"], at=unit.at())}
    found |= supervisions.seen_of(session, actor, became["supervision"])
    found |= record_visibility.seen_of(session, actor, Suggestion, became["suggestion"], on=unit.today())
    return frozenset(found)
