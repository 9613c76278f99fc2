"""Named rules of the business: a guard returns a reason against the move, or None. The workflow files only name them.

A guard is also asked before any field is known (`context.values` None): it then judges by the matter alone.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from casework.assessment import sheets
from casework.bulletins import actions as bulletins
from casework.cases import queries as cases
from casework.core.errors import Refusal
from workflows import consultation_steps
from workflows.context import Context
from workflows.supervision_guards import SUPERVISION_GUARDS

Guard = Callable[[Context], Refusal | None]

REOPEN_DAYS = 180
RECALL_TIME = timedelta(minutes=10)


def second_return_is_ruled(context: Context) -> Refusal | None:
    """Refuse to assign a case returned twice before the head has ruled (features.md §2, "second return is ruled")."""
    if context.matter.returns >= 2 and not context.matter.ruled:
        return Refusal("ruling_needed", {"returns": context.matter.returns})
    ruled_org = context.matter.ruled_org_id
    org = context.asked.get("org")
    if context.matter.ruled and org is not None and ruled_org is not None and org.id != ruled_org:
        return Refusal("ruled_for_another_unit")
    return None


def returned_twice(context: Context) -> Refusal | None:
    """Refuse a ruling before the second return."""
    if context.matter.returns < 2:
        return Refusal("not_returned_twice", {"returns": context.matter.returns})
    return None


def target_can_take_it(context: Context) -> Refusal | None:
    """Refuse to merge into the case itself, into a merged or declined one, or in a circle."""
    target = context.asked.get("into")
    if target is None:
        return None
    if target.id == context.matter.id:
        return Refusal("merge_into_itself")
    if target.state in ("merged", "declined"):
        return Refusal("merge_target_ended", {"number": target.number})
    return None


def nothing_happened_since_the_merge(context: Context) -> Refusal | None:
    """Refuse to undo a merge once anything else has happened to either case."""
    if not cases.merge_is_untouched(context.session, context.matter):
        return Refusal("merge_was_followed")
    return None


def nothing_happened_since_the_assignment(context: Context) -> Refusal | None:
    """Refuse to take an assignment back once it was followed by anything else, or after ten minutes."""
    if context.at - context.matter.state_since > RECALL_TIME:
        return Refusal("recall_too_late", {"minutes": RECALL_TIME // timedelta(minutes=1)})
    if not cases.assignment_is_untouched(context.session, context.matter):
        return Refusal("assignment_was_followed")
    return None


def not_yet_acknowledged(context: Context) -> Refusal | None:
    """Refuse a second acknowledgement of one assignment."""
    return Refusal("already_acknowledged") if context.matter.acknowledged_at is not None else None


def until_is_ahead(context: Context) -> Refusal | None:
    """Refuse a suspension that ends today or before."""
    until = context.asked.get("until")
    if until is not None and until <= context.today:
        return Refusal("until_is_past", {"until": until.isoformat()})
    return None


def co_tasks_are_settled(context: Context) -> Refusal | None:
    """Refuse to resolve while a co-unit has neither answered nor been waived by name (features.md §2 row 7)."""
    if context.matter.co_tasks_open == 0:
        return None
    names = cases.units_owing_an_answer(context.session, context.matter.id)
    return Refusal("co_tasks_open", {"count": context.matter.co_tasks_open, "orgs": "、".join(names)})


def review_date_is_ahead(context: Context) -> Refusal | None:
    """Refuse a review date of today or before."""
    review_on = context.asked.get("review_on")
    if review_on is not None and review_on <= context.today:
        return Refusal("review_date_is_past", {"review_on": review_on.isoformat()})
    return None


def within_reopening_time(context: Context) -> Refusal | None:
    """Refuse to reopen after the 180th day from the end (contract.md `reopen`; how days count: domain.md §7 rule 1)."""
    if context.days_in_state > REOPEN_DAYS:
        return Refusal("too_late_to_reopen", {"days": REOPEN_DAYS})
    return None


def the_quarter_has_begun(context: Context) -> Refusal | None:
    """Refuse to freeze figures of a day that has not come."""
    if context.matter.as_of > context.today:
        return Refusal("as_of_is_ahead", {"as_of": context.matter.as_of.isoformat()})
    return None


def the_notes_are_answered(context: Context) -> Refusal | None:
    """Refuse to pass a bulletin while figures that do not agree are left without a word (domain.md §1.6)."""
    open_notes = bulletins.unanswered(context.matter)
    return Refusal("notes_unanswered", {"count": len(open_notes)}) if open_notes else None


def the_member_had_time(context: Context) -> Refusal | None:
    """Refuse to go on over a member's head while the time to answer runs (five working days, domain.md §3f)."""
    matter = context.matter
    if matter.state != "computed" or matter.due_at is None or matter.due_at <= context.at:
        return None
    return Refusal("time_to_answer_runs", {"until": matter.due_at.astimezone(context.calendar.zone).date().isoformat()})


def silence_confirms(context: Context) -> Refusal | None:
    """Refuse to take silence for agreement where the scheme does not say so."""
    scheme = sheets.scheme_for(context.matter)
    return None if scheme is not None and scheme.lapse_confirms else Refusal("silence_does_not_confirm")


def the_appeal_is_answered(context: Context) -> Refusal | None:
    """Refuse to pass a sheet whose appeal nobody has answered."""
    if context.values is None or not sheets.unanswered(context.matter, context.values.get("answer")):
        return None
    return Refusal("appeal_unanswered")


def the_sheet_is_from_a_file(context: Context) -> Refusal | None:
    """Refuse to keep as history what was computed here."""
    return None if context.matter.is_imported else Refusal("sheet_is_not_from_a_file")


GUARDS: Mapping[str, Guard] = {
    "second_return_is_ruled": second_return_is_ruled,
    "returned_twice": returned_twice,
    "target_can_take_it": target_can_take_it,
    "nothing_happened_since_the_merge": nothing_happened_since_the_merge,
    "nothing_happened_since_the_assignment": nothing_happened_since_the_assignment,
    "not_yet_acknowledged": not_yet_acknowledged,
    "until_is_ahead": until_is_ahead,
    "co_tasks_are_settled": co_tasks_are_settled,
    "review_date_is_ahead": review_date_is_ahead,
    "within_reopening_time": within_reopening_time,
    "the_quarter_has_begun": the_quarter_has_begun,
    "the_notes_are_answered": the_notes_are_answered,
    "the_member_had_time": the_member_had_time,
    "silence_confirms": silence_confirms,
    "the_appeal_is_answered": the_appeal_is_answered,
    "the_sheet_is_from_a_file": the_sheet_is_from_a_file,
    **SUPERVISION_GUARDS,
    **consultation_steps.GUARDS,
}
