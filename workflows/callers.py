"""Named rules about who asks: broken, the caller is denied. The workflow files only name them."""

from collections.abc import Callable, Mapping

from casework.core.errors import Refusal
from casework.registry.tables import Org
from workflows.context import Context

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
    org = context.session.get(Org, context.matter.lead_org_id) if context.matter.lead_org_id else None
    if org is not None and org.signs_results:
        return Refusal("unit_head_signs", {"org": org.name})
    return None


def not_the_drafter(context: Context) -> Refusal | None:
    """Refuse who drafted a bulletin: a second person reads it."""
    drafter = context.matter.drafted_by
    if drafter is not None and drafter in (context.actor.person_id, context.actor.for_id):
        return Refusal("drafter_cannot_review")
    return None


CALLERS: Mapping[str, Caller] = {
    "not_the_resolver": not_the_resolver,
    "signs_for_the_unit": signs_for_the_unit,
    "not_the_drafter": not_the_drafter,
}
