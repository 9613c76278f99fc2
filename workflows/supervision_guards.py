"""Named rules of the supervision of matters; workflows/guards.py and callers.py list them beside the others."""

from collections.abc import Callable, Mapping

from casework.core.actors import UNIT_ROLES
from casework.core.errors import Refusal
from casework.registry.tables import Org
from casework.supervisions import actions, queries
from workflows.context import Context

RECUR_DAYS = 180
# As for cases (domain.md §3a row 7).
MOST_EXTENSIONS = 2
# The class of a result that is in progress or planned.
_PLANNED = "B"


# ------------------------------------------------------------------ about the matter
def the_unit_is_in_force(context: Context) -> Refusal | None:
    """Refuse a slip to a unit that no longer exists."""
    org = context.session.get(Org, context.matter.lead_org_id)
    if org is None or (org.valid_to is not None and org.valid_to < context.today):
        return Refusal("unit_no_longer_exists", {"org": "" if org is None else org.name})
    return None


def the_date_is_ahead(context: Context) -> Refusal | None:
    """Refuse a slip whose day has passed before it was signed."""
    due_on = context.matter.due_on
    if due_on < context.today:
        return Refusal("due_on_is_past", {"due_on": due_on.isoformat()})
    return None


def a_new_date_is_ahead(context: Context) -> Refusal | None:
    """Refuse a new day that lies behind."""
    due_on = context.asked.get("due_on")
    if due_on is not None and due_on < context.today:
        return Refusal("new_date_is_past", {"due_on": due_on.isoformat()})
    return None


def the_level_rises(context: Context) -> Refusal | None:
    """Refuse to escalate to a level that is no higher."""
    return _compared(context, rises=True)


def the_level_falls(context: Context) -> Refusal | None:
    """Refuse to ease to a level that is no lower."""
    return _compared(context, rises=False)


def _compared(context: Context, *, rises: bool) -> Refusal | None:
    level = context.matter.level
    if level == (max(actions.LEVELS) if rises else min(actions.LEVELS)):
        return Refusal("level_is_highest" if rises else "level_is_lowest", {"level": level})
    asked = context.asked.get("level")
    if asked is not None and (int(asked) == level or (int(asked) > level) is not rises):
        return Refusal("level_does_not_rise" if rises else "level_does_not_fall", {"level": level})
    return None


def the_result_is_final(context: Context) -> Refusal | None:
    """Refuse to strike off what is still being solved or planned: it stays on the list (domain.md §3c)."""
    return Refusal("result_is_a_plan") if context.matter.result_class == _PLANNED else None


def progress_waits(context: Context) -> Refusal | None:
    """Refuse to judge a progress report where none waits."""
    return None if context.matter.progress_review == actions.WAITING else Refusal("no_progress_waits")


def more_time_may_be_asked(context: Context) -> Refusal | None:
    """Refuse more time asked for too late, for no later a day, while the last is undecided, or a third time."""
    matter, until = context.matter, context.asked.get("until")
    if matter.asked_until is not None:
        return Refusal("extension_pending")
    if matter.extensions >= MOST_EXTENSIONS:
        return Refusal("extension_twice", {"most": MOST_EXTENSIONS})
    if matter.due_kind != "handle" or matter.due_at is None or context.at > matter.due_at:
        return Refusal("extension_too_late")
    if until is not None and until <= matter.due_on:
        return Refusal("extension_not_later", {"due_on": matter.due_on.isoformat()})
    return None


def more_time_is_asked(context: Context) -> Refusal | None:
    """Refuse to decide what nobody asked."""
    return Refusal("no_extension_asked") if context.matter.asked_until is None else None


def within_recurrence_time(context: Context) -> Refusal | None:
    """Refuse to take up again what was struck off more than 180 days ago (domain.md §3c)."""
    struck_off = context.matter.state == "struck_off"
    if struck_off and context.days_in_state > RECUR_DAYS:
        return Refusal("too_late_to_recur", {"days": RECUR_DAYS})
    return a_new_date_is_ahead(context)


def the_matter_is_from_a_file(context: Context) -> Refusal | None:
    """Refuse to keep as history what was initiated here."""
    return None if context.matter.is_imported else Refusal("matter_is_not_from_a_file")


# ------------------------------------------------------------------ about who asks
def the_chair_lists(context: Context) -> Refusal | None:
    """Refuse anybody but the chair to put a matter on the list or take it off (contract.md "Supervision")."""
    asked = context.asked.get("level")
    concerned = asked == str(actions.LISTED) or context.matter.level == actions.LISTED
    if not concerned or context.actor.holds_over(frozenset({"chair"}), context.matter.region_code):
        return None
    return Refusal("chair_lists")


def not_the_asker(context: Context) -> Refusal | None:
    """Refuse who asked for more time: somebody else decides."""
    return _somebody_else(context, context.matter.asked_by, "asker_cannot_decide")


def not_the_proposer(context: Context) -> Refusal | None:
    """Refuse who proposed to strike it off: two persons strike off (domain.md §3c)."""
    return _somebody_else(context, context.matter.proposed_by, "proposer_cannot_strike_off")


def _somebody_else(context: Context, earlier: object, code: str) -> Refusal | None:
    is_same = earlier is not None and earlier in (context.actor.person_id, context.actor.for_id)
    return Refusal(code) if is_same else None


def not_of_the_unit(context: Context) -> Refusal | None:
    """Refuse who belongs to a unit of the matter: somebody else verifies its result."""
    own = context.actor.org_ids(UNIT_ROLES)
    if not own:
        return None
    units = {context.matter.lead_org_id, *queries.co_org_ids(context.session, context.matter.id)}
    return Refusal("unit_cannot_verify") if own & units else None


SUPERVISION_GUARDS: Mapping[str, Callable[[Context], Refusal | None]] = {
    "the_unit_is_in_force": the_unit_is_in_force,
    "the_date_is_ahead": the_date_is_ahead,
    "a_new_date_is_ahead": a_new_date_is_ahead,
    "the_level_rises": the_level_rises,
    "the_level_falls": the_level_falls,
    "the_result_is_final": the_result_is_final,
    "progress_waits": progress_waits,
    "more_time_may_be_asked": more_time_may_be_asked,
    "more_time_is_asked": more_time_is_asked,
    "within_recurrence_time": within_recurrence_time,
    "the_matter_is_from_a_file": the_matter_is_from_a_file,
}
SUPERVISION_CALLERS: Mapping[str, Callable[[Context], Refusal | None]] = {
    "the_chair_lists": the_chair_lists,
    "not_the_asker": not_the_asker,
    "not_the_proposer": not_the_proposer,
    "not_of_the_unit": not_of_the_unit,
}
