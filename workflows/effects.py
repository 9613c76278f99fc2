"""Named effects: what a transition changes besides the state. The workflow files only name them.

An effect builds rows and sets columns; it never asks anything from outside the database and never commits.
"""

from collections.abc import Callable, Mapping

from casework.assessment import sheets
from casework.bulletins import actions as bulletins
from casework.cases import actions as cases
from casework.cases import led, reply_texts, solutions
from casework.core.database import change
from casework.matters import outbox
from workflows import consultation_steps
from workflows.context import Context
from workflows.supervision_effects import SUPERVISION_EFFECTS

Effect = Callable[[Context], None]


def set_units(context: Context) -> None:
    """Give the case to its lead unit and co-units; the handling clock begins with this."""
    cases.give_to(
        context.session,
        context.matter,
        lead=context.asked["org"],
        co_orgs=context.asked.get("co_orgs", []),
        assignee=context.asked.get("assignee"),
        route=context.asked.get("route"),
        at=context.at,
    )


def take_back_units(context: Context) -> None:
    """Take the case from its units; they may look at it for 30 more days."""
    led.mark(context.matter, "returned")
    cases.take_back(context.session, context.matter, at=context.at)
    context.matter.returns += 1


def recall_from_units(context: Context) -> None:
    """Take the case back from units it was given to by mistake: they have no more to look at."""
    cases.recall(context.session, context.matter)


def merge_into(context: Context) -> None:
    """Point the case at the one it lives on in, whose history says so too."""
    cases.merge(context.session, context.matter, context.asked["into"], actor=context.actor, at=context.at)


def take_out_of_merge(context: Context) -> None:
    """Let the case stand by itself again."""
    cases.unmerge(context.session, context.matter, actor=context.actor, at=context.at)


def note_acknowledgement(context: Context) -> None:
    """Keep when the unit signed for it."""
    context.matter.acknowledged_at = context.at


def note_contact(context: Context) -> None:
    """Keep when the reporter was first spoken to: the response rate counts from it."""
    if context.matter.contacted_at is None:
        context.matter.contacted_at = context.at


def keep_ruling(context: Context) -> None:
    """Keep the head's ruling as a precedent that later triage proposes."""
    cases.rule(
        context.session,
        context.matter,
        org=context.asked["org"],
        ruling=context.asked["ruling"],
        actor=context.actor,
        at=context.at,
    )


def keep_plan(context: Context) -> None:
    """Keep who does what by when."""
    change(context.matter, plan=context.asked["plan"])


def note_suspension(context: Context) -> None:
    """Keep until when the clock is meant to stand still."""
    context.matter.suspended_until = context.asked["until"]


def end_suspension(context: Context) -> None:
    """Forget the end of the suspension."""
    context.matter.suspended_until = None


def keep_result(context: Context) -> None:
    """Keep class and reply, and who resolved it."""
    reply_texts.sent(
        context.session, context.matter, context.asked["reply"], by=context.actor.person_id, at=context.written_at
    )
    cases.keep_result(
        context.matter,
        result_class=context.asked["result_class"],
        reply=context.asked["reply"],
        review_on=context.asked.get("review_on"),
        actor=context.actor,
        at=context.at,
    )
    solutions.note(context.session, context.matter, on=context.today, actor=context.actor, at=context.written_at)


def clear_result(context: Context) -> None:
    """Set the result aside for a new one; the history keeps the old."""
    cases.clear_result(context.matter, at=context.at)
    led.mark(context.matter, "reworked")
    solutions.note(context.session, context.matter, on=context.today, actor=context.actor, at=context.written_at)


def keep_follow_up(context: Context) -> None:
    """Keep what the reporter said of result and manner; class B is put back on its review date."""
    cases.keep_follow_up(
        context.matter,
        followed_up=context.asked["followed_up"],
        solved=context.asked.get("solved"),
        satisfaction=context.asked.get("satisfaction"),
        attitude=context.asked.get("attitude"),
        at=context.at,
    )


def start_over(context: Context) -> None:
    """Take the case back to triage with its whole history."""
    # What was declined and is opened again had no result that could fail.
    if context.matter.closed_at is not None:
        led.mark(context.matter, "reopened")
    cases.start_over(context.session, context.matter, at=context.at)
    solutions.note(context.session, context.matter, on=context.today, actor=context.actor, at=context.written_at)


def freeze_figures(context: Context) -> None:
    """Freeze every number of a bulletin with both instants."""
    bulletins.freeze(context.session, context.matter, at=context.at)
    context.noted["sha256"] = context.matter.frozen_sha256


def thaw_figures(context: Context) -> None:
    """Let the numbers of a bulletin follow the records again."""
    bulletins.thaw(context.matter)


def keep_reviewer(context: Context) -> None:
    """Keep who read a bulletin before it is signed."""
    context.matter.reviewed_by = context.actor.person_id


def sign_bulletin(context: Context) -> None:
    """Number a bulletin and tell the world; its numbers stay what they are."""
    bulletins.sign(context.session, context.matter, actor=context.actor, on=context.today)
    context.noted["document_no"] = context.matter.document_no
    facts = {"document_no": context.matter.document_no, "quarter": context.matter.quarter}
    outbox.publish(
        context.session, event="bulletin.signed", at=context.written_at, matter_id=context.matter.id, facts=facts
    )


def compute_sheet(context: Context) -> None:
    """Compute a sheet again from the records as they are known now."""
    sheets.compute_again(context.session, context.matter, at=context.written_at, today=context.today)
    context.noted |= {"score": sheets.points_text(context.matter.score), "band": context.matter.band}


def note_confirmation(context: Context) -> None:
    """Keep that the member agreed."""
    context.matter.response = "confirmed"


def note_lapse(context: Context) -> None:
    """Keep that the member said nothing in time."""
    context.matter.response = "lapsed"


def keep_appeal(context: Context) -> None:
    """Keep what the member says against the sheet."""
    context.matter.response = "appealed"
    context.matter.appeal = context.asked["reason"]


def keep_review(context: Context) -> None:
    """Keep who reviewed a sheet and what was said to the appeal."""
    context.matter.reviewed_by = context.actor.person_id
    context.matter.answer = context.asked.get("answer") or context.matter.answer


def freeze_sheet(context: Context) -> None:
    """Freeze a sheet with its digest, which the history keeps too."""
    sheets.freeze(context.matter, actor=context.actor, on=context.today)
    context.noted["sha256"] = context.matter.frozen_sha256


def pin_sheet(context: Context) -> None:
    """Freeze a sheet of an earlier year as its file had it."""
    sheets.pin(context.matter)
    context.noted["sha256"] = context.matter.frozen_sha256


EFFECTS: Mapping[str, Effect] = {
    "set_units": set_units,
    "take_back_units": take_back_units,
    "recall_from_units": recall_from_units,
    "merge_into": merge_into,
    "take_out_of_merge": take_out_of_merge,
    "note_acknowledgement": note_acknowledgement,
    "note_contact": note_contact,
    "keep_ruling": keep_ruling,
    "keep_plan": keep_plan,
    "note_suspension": note_suspension,
    "end_suspension": end_suspension,
    "keep_result": keep_result,
    "clear_result": clear_result,
    "keep_follow_up": keep_follow_up,
    "start_over": start_over,
    "freeze_figures": freeze_figures,
    "thaw_figures": thaw_figures,
    "keep_reviewer": keep_reviewer,
    "sign_bulletin": sign_bulletin,
    "compute_sheet": compute_sheet,
    "note_confirmation": note_confirmation,
    "note_lapse": note_lapse,
    "keep_appeal": keep_appeal,
    "keep_review": keep_review,
    "freeze_sheet": freeze_sheet,
    "pin_sheet": pin_sheet,
    **SUPERVISION_EFFECTS,
    **consultation_steps.EFFECTS,
}
