"""Named effects of the supervision of matters; workflows/effects.py lists them beside the others."""

from collections.abc import Callable, Mapping
from datetime import date

from casework.core.i18n import say
from casework.matters import deadlines
from casework.supervisions import actions
from workflows import clocks
from workflows.context import Context

# A result that is sent back after its day, and a matter taken up again, get so many working days where no day is
# named (docs/decisions/0076; an instruction has 15, domain.md §3c).
SENT_BACK_DAYS, RECURRED_DAYS = 5, 15


def allot_slip(context: Context) -> None:
    """Number the slip and keep who signed it."""
    number = actions.allot_slip(context.session, context.matter, actor=context.actor, on=context.today)
    context.noted["slip_number"] = number


def number_urging(context: Context) -> None:
    """Number the notice and count it."""
    notice = actions.urge(
        context.session,
        context.matter,
        said=context.comment or "",
        actor=context.actor,
        on=context.today,
        at=context.written_at,
    )
    context.noted |= {"notice": notice.number, "nth": notice.nth}


def set_level(context: Context) -> None:
    """Set the level, and who is in charge of what is listed."""
    context.noted["was"] = context.matter.level
    level, leader = int(context.asked["level"]), context.asked.get("leader")
    actions.set_level(context.matter, level=level, leader=leader)
    watch_leader(context)


def watch_leader(context: Context) -> None:
    """Let the clock of a listed matter run as long as nobody is named as its leader in charge."""
    clock, matter = context.workflow.clocks.get(actions.LEADER_CLOCK), context.matter
    if clock is None:
        return
    live = [row for row in context.rows if row.kind == clock.kind and row.status in deadlines.LIVE]
    is_missing = actions.lacks_leader(matter) and clock.lives_in(matter.state)
    if is_missing and not live:
        trigger = context.transition.trigger
        clocks.begin(context, clock, context.rows, trigger=trigger, limit=clock.limits[-1].limit)
    for row in [] if is_missing else live:
        deadlines.end(row, at=context.at, met=bool(matter.leader), seq=matter.version + 1)


def keep_progress(context: Context) -> None:
    """Keep the last progress report."""
    actions.keep_progress(context.matter, said=context.asked["words"], at=context.at)


def accept_progress(context: Context) -> None:
    """Keep that the office has read it."""
    context.matter.progress_review = actions.ACCEPTED


def return_progress(context: Context) -> None:
    """Keep that it has to be told again."""
    context.matter.progress_review = actions.RETURNED


def keep_extension_request(context: Context) -> None:
    """Keep until when more time is asked for, and who asked."""
    context.matter.asked_until, context.matter.asked_by = context.asked["until"], context.actor.person_id


def drop_extension_request(context: Context) -> None:
    """Nothing is asked for any more."""
    context.matter.asked_until = context.matter.asked_by = None


def grant_extension(context: Context) -> None:
    """Move the day, and begin the next epoch of the clock with it."""
    matter, until = context.matter, context.matter.asked_until
    clock = context.workflow.clocks["handle"]
    row = next(each for each in context.rows if each.kind == clock.kind and each.status in deadlines.LIVE)
    successor = deadlines.supersede(
        context.session,
        row,
        epoch=deadlines.next_epoch(context.rows, clock.kind),
        ladder=deadlines.Ladder(clock.rungs),
        calendar=context.calendar,
        seq=matter.version + 1,
        until=until,
    )
    context.rows.append(successor)
    moved = {"kind": clock.kind, "from": row.due_at.isoformat(), "to": successor.due_at.isoformat()}
    context.noted |= {"until": until.isoformat(), "moved": moved}
    matter.due_on = until
    matter.extensions += 1
    drop_extension_request(context)


def keep_unit_result(context: Context) -> None:
    """Keep what the unit says came of it."""
    actions.keep_result(
        context.matter, result_class=context.asked["result_class"], result=context.asked["result"], at=context.at
    )


def drop_unit_result(context: Context) -> None:
    """Set the result aside; what is past its day gets a new one."""
    actions.drop_result(context.matter)
    _give_day(context, SENT_BACK_DAYS)


def keep_evidence(context: Context) -> None:
    """Keep on what ground somebody else found the result good."""
    context.matter.evidence, context.matter.verified_by = context.asked["evidence"], context.actor.person_id
    if context.asked.get("follow_up"):
        context.matter.evidence += "\n" + say("supervision.followed_up", text=context.asked["follow_up"])


def keep_proposer(context: Context) -> None:
    """Keep who proposed to strike it off: somebody else agrees."""
    context.matter.proposed_by = context.actor.person_id


def drop_proposer(context: Context) -> None:
    """Forget the proposal that was not agreed to."""
    context.matter.proposed_by = None


def strike_off(context: Context) -> None:
    """Keep who agreed, and when."""
    context.matter.struck_off_by, context.matter.struck_off_on = context.actor.person_id, context.today


def keep_review_day(context: Context) -> None:
    """Keep when it is looked at again."""
    context.matter.review_on = context.asked["review_on"]


def take_up_again(context: Context) -> None:
    """Begin anew with the old history, by a new day."""
    actions.drop_result(context.matter)
    context.matter.recurrences += 1
    _give_day(context, RECURRED_DAYS)
    watch_leader(context)


def _give_day(context: Context, working_days: int) -> None:
    asked: date | None = context.asked.get("due_on")
    matter = context.matter
    if asked is None and matter.due_on >= context.today:
        return
    day = asked or context.calendar.add_workdays(context.today, working_days)
    context.noted["due_on"] = day.isoformat()
    matter.due_on = day


SUPERVISION_EFFECTS: Mapping[str, Callable[[Context], None]] = {
    "allot_slip": allot_slip,
    "number_urging": number_urging,
    "set_level": set_level,
    "keep_progress": keep_progress,
    "accept_progress": accept_progress,
    "return_progress": return_progress,
    "keep_extension_request": keep_extension_request,
    "drop_extension_request": drop_extension_request,
    "grant_extension": grant_extension,
    "keep_unit_result": keep_unit_result,
    "drop_unit_result": drop_unit_result,
    "keep_evidence": keep_evidence,
    "keep_proposer": keep_proposer,
    "drop_proposer": drop_proposer,
    "strike_off": strike_off,
    "keep_review_day": keep_review_day,
    "take_up_again": take_up_again,
}
