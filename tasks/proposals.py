"""Noting whether a proposed category was taken, when a case is assigned: the rate that the triage desk shows.

The model in use is asked once more, after the fact, so that assigning itself never waits for it. What it was too unsure
of to propose is not counted.
"""

from casework.cases import suggestions
from casework.matters import word_counts
from casework.matters.tables import OutboxEvent
from casework.registry import queries as registry
from casework.triage import outcomes, shelf
from tasks.telling import Telling

# Above it the daily tidying counts: it takes a second or two, and whoever writes would wait.
_COUNTED_AT_ONCE = 5000


def of_report(telling: Telling, _event: OutboxEvent) -> None:
    """Let a young office learn quickly which words are rare in it (look-alikes)."""
    word_counts.recount_if_grown(telling.session, at=telling.at, most=_COUNTED_AT_ONCE)


def of_step(telling: Telling, event: OutboxEvent) -> None:
    """Note the outcome of an assignment."""
    if event.facts.get("trigger") != "assign":
        return
    case = telling.case_of(event.matter_id)
    if case is None:
        return
    found, _name = suggestions.categories_of(telling.session, title=case.title, description=case.description)
    best = next(iter(found), None)
    if best is None or best.code is None or best.confidence < suggestions.SURE:
        return
    outcomes.note(
        telling.session,
        event_id=event.id,
        case_id=case.id,
        model_id=shelf.in_use(telling.session),
        proposed=best.code,
        share=best.confidence,
        chosen=registry.category_roots(telling.session).get(case.category, case.category),
        at=telling.at,
    )
