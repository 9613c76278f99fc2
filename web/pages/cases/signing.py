"""Drafter and signer: where a unit has its results signed by its head, a handler drafts in the form of the step.

What is handed in stays a draft: nothing of the case moves before the head opens the same form and presses the step.
"""

from dataclasses import replace

from flask import Response, make_response, redirect

from casework.matters import drafts
from casework.permissions import acting
from casework.registry import queries as registry
from web import frames, unit
from web.locales import words
from web.pages import beside
from web.pages.cases import case_forms
from web.pages.cases.case_forms import Form, Maker, Typed
from web.pages.desks import Hand
from web.views import wording
from web.views.acts import case_url
from workflows import engine
from workflows.cases import comments
from workflows.definition import Transition

_SIGNED_BY_THE_HEAD = frozenset({"unit_head_signs"})
# What was handed in stands beside the forms people are still writing in; My work does not list it.
HANDED = drafts.HANDED


def is_drafted(hand: Hand, transition: Transition) -> bool:
    """Say whether the caller may write this step but not take it: everything fits, and another one signs."""
    if acting(hand.actor, transition.permission, hand.subject) is None:
        return False
    moves = engine.available(hand.session, hand.case, **hand.acting())
    reasons = [reason for each in moves.unavailable if each.trigger == transition.trigger for reason in each.reasons]
    return {reason.code for reason in reasons} == _SIGNED_BY_THE_HEAD


def drafting(make: Maker) -> Maker:
    """Return the form of a step as its drafter sees it."""

    def drafted(hand: Hand, typed: Typed) -> Form:
        heads = wording.joined(_heads(hand))
        effect = [{"strong": "", "text": words("signing.effect", heads=heads)}]
        return replace(make(hand, typed), submit=words("signing.submit"), effect=effect, danger=False)

    return drafted


def hand_in(hand: Hand, transition: Transition) -> Response:
    """Keep what was written for the head of the unit, and tell them by a note that names them."""
    name = f"move.{transition.trigger}"
    written = beside.form_fields()
    if hand.actor.person_id is not None:
        form = f"{HANDED}{transition.trigger}"
        drafts.keep(hand.session, hand.actor.person_id, form=form, matter_id=hand.case.id, fields=written, at=unit.at())
    text = words("signing.note", heads=" ".join(f"@{head}" for head in _heads(hand)))
    comments.comment(hand.session, hand.case, {"text": text}, **hand.acting())
    hand.drop_draft(name)
    frames.say(words("signing.done", heads=wording.joined(_heads(hand))))
    return make_response(redirect(case_url(hand.case), 303))


def handed_in(hand: Hand, transition: Transition) -> case_forms.Kept | None:
    """Return the latest draft that was handed in for this step, with who wrote it and when; None if nobody did."""
    found = drafts.latest(hand.session, form=f"{HANDED}{transition.trigger}", matter_id=hand.case.id)
    if found is None:
        return None
    person_id, kept = found
    who = registry.people_by_id(hand.session, [person_id]).get(person_id, "")
    return kept.fields, words("signing.drafted", who=who, when=wording.moment(kept.updated_at))


def settle(hand: Hand, transition: Transition) -> None:
    """End what was handed in: the step has been taken."""
    drafts.drop_all(hand.session, form=f"{HANDED}{transition.trigger}", matter_id=hand.case.id)


def _heads(hand: Hand) -> list[str]:
    return list(registry.heads_of(hand.session, hand.case.lead_org_id, on=unit.today()))
