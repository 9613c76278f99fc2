"""What became of a suggestion is told where it was agreed: in the consultation that made it, once for each answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.activities.tables import Suggestion
from casework.campaign import forms
from casework.campaign.records import SUGGESTION
from casework.consultations import queries
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from workflows import records


def mend(
    session: Session,
    row: Suggestion,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Suggestion:
    """Change what is named of a locked suggestion, as casework/campaign/forms.py does; an answer goes on its way.

    Raises:
        Stale, Invalid, Refused: as `forms.mend`.
    """
    before = row.adoption
    made: Suggestion = forms.mend(session, SUGGESTION, row, raw, actor=actor, at=at, expected_version=expected_version)
    if made.adoption and made.adoption != before:
        for item in queries.items_become(session, made.id):
            topic = queries.take(session, SYSTEM, str(item.consultation_id), lock=True)
            told = {"item": item.place, "adoption": made.adoption}
            records.note(
                session, topic, actor=actor, at=at, trigger="item_answered", event="answered", fields=told, facts=told
            )
    return made
