"""Named rules about who asks: broken, the caller is denied. The workflow files only name them."""

from collections.abc import Callable, Mapping

from casework.assessment import queries as assessments
from casework.assessment.tables import Assessment
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Refusal
from casework.registry import directory
from workflows.context import Context
from workflows.supervision_guards import SUPERVISION_CALLERS

Caller = Callable[[Context], Refusal | None]


def not_the_resolver(context: Context) -> Refusal | None:
    """Refuse who resolved the case: nobody closes what they handled (domain.md §3a row 10)."""
    resolver = context.matter.resolved_by
    if resolver is not None and resolver in (context.actor.person_id, context.actor.for_id):
        return Refusal("resolver_cannot_close")
    return None


def signs_for_the_unit(context: Context) -> Refusal | None:
    """Refuse a mere handler where the unit has its results signed by its head (the unit's own switch)."""
    if context.actor.holds_in(frozenset({"unit_head"}), context.matter.lead_org_id):
        return None
    lead = context.matter.lead_org_id
    org = None if lead is None else directory.unit(context.session, lead)
    if org is not None and org.signs_results:
        return Refusal("unit_head_signs", {"org": org.name})
    return None


def not_the_drafter(context: Context) -> Refusal | None:
    """Refuse who drafted a bulletin: a second person reads it."""
    drafter = context.matter.drafted_by
    if drafter is not None and drafter in (context.actor.person_id, context.actor.for_id):
        return Refusal("drafter_cannot_review")
    return None


def not_the_assessed(context: Context) -> Refusal | None:
    """Refuse the member a sheet is about: nobody assesses themselves."""
    return not_the_assessed_person(context.session, context.matter, context.actor)


def not_the_assessed_person(session: Session, sheet: Assessment, actor: Actor) -> Refusal | None:
    """Say why an actor may not judge a sheet: it is about them, or about whom they stand in for."""
    person = assessments.person_of(session, sheet)
    is_own = person is not None and person in (actor.person_id, actor.for_id)
    return Refusal("own_sheet") if is_own else None


def not_the_reviewer(context: Context) -> Refusal | None:
    """Refuse who reviewed a sheet: a second person approves it."""
    reviewer = context.matter.reviewed_by
    if reviewer is not None and reviewer in (context.actor.person_id, context.actor.for_id):
        return Refusal("reviewer_cannot_approve")
    return None


def not_the_reviewer_for_another(context: Context) -> Refusal | None:
    """Refuse who reviewed a bulletin to sign it in another's stead: a deputyship makes no second person.

    A chair may do both in their own right, or a house with one leader would issue none.
    """
    actor = context.actor
    is_second_hand = actor.for_id is not None and context.matter.reviewed_by == actor.person_id
    return Refusal("reviewer_cannot_sign") if is_second_hand else None


CALLERS: Mapping[str, Caller] = {
    "not_the_resolver": not_the_resolver,
    "signs_for_the_unit": signs_for_the_unit,
    "not_the_drafter": not_the_drafter,
    "not_the_assessed": not_the_assessed,
    "not_the_reviewer": not_the_reviewer,
    "not_the_reviewer_for_another": not_the_reviewer_for_another,
    **SUPERVISION_CALLERS,
}
