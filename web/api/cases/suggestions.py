"""Proposals for triage: what a report is about, who should have it, how urgent it is, and what looks like it."""

from collections.abc import Sequence
from typing import Any

from casework.cases import suggestions
from casework.cases.intake import DESCRIPTION_LENGTH, TITLE_LENGTH
from casework.cases.suggestions import Proposal, Suggestions
from casework.cases.topics import lookalikes
from casework.cases.topics.lookalikes import LookAlike
from casework.core import texts
from casework.core.encryption import keyring_of
from casework.core.errors import FieldError, Invalid
from casework.registry import queries as registry
from web import bodies, identity, unit
from web.api import desk_schemas, desks, requests
from web.api.operations import Reply, operation
from web.locales import locale
from workflows import records

_FIELDS = ("title", "description", "region_code")


@operation(
    "GET",
    "/cases/<id>/suggestions",
    permission="case.mend",
    summary="Propose for a case",
    answers={200: desk_schemas.SuggestionsOut},
    problems=(404,),
)
def suggest_for_case(id: str) -> Reply:
    """Propose category, unit and urgency for a case, and list look-alikes among the cases the caller may know of."""
    desk = desks.take(id)
    records.require(desk.actor, "case.mend", desk.subject)
    session, at, case = unit.session(), unit.at(), desk.case
    proposed = suggestions.suggest(
        session,
        desk.actor,
        title=case.title,
        description=case.description,
        region_code=case.region_code,
        category=case.category,
        at=at,
    )
    similar = lookalikes.find(session, desk.actor, lookalikes.look_of(case), at=at)
    return Reply(_out(proposed, similar))


@operation(
    "POST",
    "/suggest",
    permission="case.report",
    anywhere=True,
    summary="Propose for a report not yet saved",
    request_model=requests.SuggestIn,
    answers={200: desk_schemas.SuggestionsOut},
)
def suggest_for_words() -> Reply:
    """Propose for a title and a description while they are still being typed."""
    raw = bodies.json_object()
    errors = desks.refuse_unknown(raw, _FIELDS)
    session, actor, at = unit.session(), identity.actor(), unit.at()
    read: dict[str, Any] = {}
    for name, longest in (("title", TITLE_LENGTH), ("description", DESCRIPTION_LENGTH)):
        try:
            read[name] = texts.clean_text(raw.get(name), field=name, max_length=longest, multiline=name != "title")
        except Invalid as mistake:
            errors += mistake.errors
    region_code = None
    if raw.get("region_code") is not None:
        try:
            region_code = texts.parse_code(raw["region_code"], field="region_code")
            if registry.region(session, region_code) is None:
                errors.append(FieldError("region_code", "no_such_region", {"value": region_code}))
        except Invalid as mistake:
            errors += mistake.errors
    desks.require_none(errors)
    proposed = suggestions.suggest(session, actor, **read, region_code=region_code, at=at)
    look = lookalikes.look_at(keyring_of(session), **read, region_code=region_code)
    return Reply(_out(proposed, lookalikes.find(session, actor, look, at=at)))


def _out(proposed: Suggestions, similar: Sequence[LookAlike]) -> desk_schemas.SuggestionsOut:
    return desk_schemas.SuggestionsOut(
        category=[_proposal(each) for each in proposed.category],
        org=[_proposal(each) for each in proposed.org],
        urgency=[_proposal(each) for each in proposed.urgency],
        similar=[
            desk_schemas.SimilarOut(
                id=each.id,
                number=each.number,
                title=each.title,
                score=each.score,
                state=each.state,
                same_person=each.is_same_person,
                same_place=each.is_same_place,
                words=list(each.words),
            )
            for each in similar
        ],
        model=proposed.model,
    )


def _proposal(each: Proposal) -> desk_schemas.ProposalOut:
    return desk_schemas.ProposalOut(
        code=each.code,
        label=each.label[locale()],
        confidence=each.confidence,
        words=list(each.words),
        ground=each.ground,
        facts=dict(each.facts),
    )
