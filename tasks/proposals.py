"""Noting whether category, unit and urgency were taken as proposed, when a case is assigned: the rates of triage.

What proposes is asked once more, after the fact and in the name of whoever assigned, so that assigning itself never
waits for it. What it was too unsure of to propose is not counted.
"""

from casework.cases import suggestions
from casework.cases.suggestions import Proposal, Suggestions
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
    """Note the outcomes of an assignment: of what was proposed surely enough, whether it was taken."""
    if event.facts.get("trigger") != "assign":
        return
    case = telling.case_of(event.matter_id)
    if case is None:
        return
    doer = telling.doer_of(event)
    known = {} if doer is None else telling.people.recipients([doer])
    if doer is None or doer not in known:
        return
    proposed = suggestions.suggest(
        telling.session,
        known[doer].actor,
        title=case.title,
        description=case.description,
        region_code=case.region_code,
        at=telling.at,
    )
    tops = registry.category_roots(telling.session)
    chosen = {"category": tops.get(case.category, case.category), "urgency": case.urgency}
    if case.lead_org_id is not None:
        chosen["org"] = registry.orgs_by_id(telling.session, [case.lead_org_id])[case.lead_org_id].code
    for subject, code in chosen.items():
        _note(telling, event, proposed, subject=subject, chosen=code)


def _note(telling: Telling, event: OutboxEvent, proposed: Suggestions, *, subject: str, chosen: str) -> None:
    best: Proposal | None = next(iter(getattr(proposed, subject)), None)
    if best is None or best.code is None or best.confidence < suggestions.SURE or event.matter_id is None:
        return
    outcomes.note(
        telling.session,
        event_id=event.id,
        case_id=event.matter_id,
        model_id=shelf.in_use(telling.session),
        subject=subject,
        ground=suggestions.ground_of(proposed, subject, best),
        proposed=best.code,
        share=best.confidence,
        chosen=chosen,
        at=telling.at,
    )
