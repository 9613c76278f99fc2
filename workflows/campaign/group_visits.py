"""Several households visited on one outing: told once, kept as one visit a household.

Day, manner and words are the same for all; a difficulty or a risk that was met is that of the first household.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from casework.campaign.forms import Form
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refused
from workflows.campaign import leads, visiting
from workflows.campaign.visiting import NEED, Recorded

ALSO = "also"
MOST_ALSO = 20
_LAWS = ("visit_before_link", "visit_after_link", "visit_after_term", "visit_without_link")
# What is of the first household alone.
_OWN = ("id", "household_id", "region_code", NEED, leads.SENT_AS)


def record(session: Session, form: Form, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Recorded:
    """Enter a visit, and one to each further household of `also`; a visit that was sent before is shown with none.

    Raises:
        Invalid: every mistake; of a further household as `also.0`.
        Denied: the actor may not enter one of them.
        Refused: a law of visits stands against one of them.
    """
    sent = dict(raw)
    also, mistakes = _read(sent.pop(ALSO, None), sent.get("household_id"))
    try:
        first = visiting.record(session, form, sent, found_in=NEED, actor=actor, at=at)
    except Invalid as mistake:
        raise Invalid([*mistake.errors, *mistakes]) from None
    if mistakes:
        raise Invalid(mistakes)
    if not first.is_new:
        return first
    shared = {name: value for name, value in sent.items() if name not in _OWN}
    made = []
    for n, household in enumerate(also):
        try:
            told = {**shared, "household_id": household}
            made.append(visiting.record(session, form, told, found_in=NEED, actor=actor, at=at))
        except Invalid as mistake:
            raise Invalid([replace(each, field=f"{ALSO}.{n}") for each in mistake.errors]) from None
        except Refused as refused:
            # Which of the households it is has to be said.
            why = refused.refusals[0]
            if why.code not in _LAWS:
                raise
            raise Invalid([FieldError(f"{ALSO}.{n}", f"also_{why.code}", why.params)]) from None
    close = [each for one in (first, *made) for each in one.close if each.id not in {row.activity.id for row in made}]
    return replace(first, close=close, also=[each.activity for each in made])


def _read(given: Any, first: Any) -> tuple[Sequence[Any], list[FieldError]]:
    if given is None:
        return (), []
    if not isinstance(given, list) or len(given) > MOST_ALSO:
        code = "too_many_households" if isinstance(given, list) else "not_a_list"
        return (), [FieldError(ALSO, code, {"most": MOST_ALSO})]
    seen, mistakes = [first], []
    for n, each in enumerate(given):
        if each in seen:
            mistakes.append(FieldError(f"{ALSO}.{n}", "household_twice"))
        seen.append(each)
    return given, mistakes
