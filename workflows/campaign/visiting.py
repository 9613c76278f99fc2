"""An activity of a campaign and the difficulties it brought to light: kept together, or not at all.

Of a visit the head of the household is who reports; of any other activity each case names its reporter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.activities.tables import Activity, Lead
from casework.campaign import forms, leads, record_rights, records, visits
from casework.campaign.forms import Form
from casework.campaign.readers import Desk
from casework.cases import intake as case_intake
from casework.cases.tables import Case
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, Refused
from casework.core.ids import parse_id
from casework.households import actions as households
from casework.households.tables import Household
from casework.supervisions import queries as supervisions
from casework.supervisions.tables import Supervision
from workflows.campaign import deciding
from workflows.campaign import leads as leading
from workflows.cases import intake
from workflows.cases.intake import Origin

CHANNEL = "visit"
MOST_CASES = 10
NEED_FIELDS = ("title", "description", "category", "kind", "urgency")
CASE_FIELDS = (*NEED_FIELDS, "reporter", "region_code")
# How what was found is sent: one need of a visit, or several cases of any other activity.
NEED, CASES = "need", "cases"
# Members who attended an activity, by id: along on a visit, signed in at a meeting.
ATTENDEES = "attendees"
MOST_ATTENDEES = 200
_ALONG = ("household_visit", "village_survey", "industry_survey")


@dataclass(frozen=True, slots=True)
class Recorded:
    """An activity with the cases that came out of it, and the visits that it stands close to."""

    activity: Activity
    cases: Sequence[Case]
    close: Sequence[Activity]
    is_new: bool
    tasks: Sequence[Supervision] = ()
    # The visits to further households of the same outing (workflows/campaign/group_visits.py).
    also: Sequence[Activity] = ()
    # What a visit told the town of.
    lead: Lead | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """One difficulty as it was sent, and where it stands in what was sent."""

    path: str
    words: Mapping[str, Any]


def record(
    session: Session, form: Form, raw: Mapping[str, Any], *, found_in: str, actor: Actor, at: datetime
) -> Recorded:
    """Enter an activity from what was sent, and report what stands in `need` or `cases` (`found_in` says which).

    Beside `need` there may be a `lead` for the town (workflows/campaign/leads.py), beside `cases` there may be `tasks`
    (workflows/campaign/deciding.py) and `attendees`, ids of members; a list with statuses is entered as attendances
    instead.

    Raises:
        Invalid: every mistake, those of cases as `need.title` or `cases.0.title`.
        Denied: the actor may not enter this activity, or report a difficulty there.
        Refused: a law of visits stands against it, or its client-made id is taken.
    """
    desk = Desk(session, at, actor)
    sent, mistakes = dict(raw), list[FieldError]()
    told = _told(sent.pop(found_in, None), found_in, mistakes)
    along = _attendees(sent.pop(ATTENDEES, None), mistakes) if found_in == CASES else ()
    tasks = deciding.told(sent.pop(deciding.TASKS, None), mistakes) if found_in == CASES else ()
    risk = leading.told(sent.pop(leading.SENT_AS, None), mistakes) if found_in == NEED else None
    try:
        sent = visits.with_words(sent, desk)
    except Invalid as mistake:
        mistakes += mistake.errors
        sent = {name: value for name, value in sent.items() if name not in visits.SAID}
    before = forms.sent_before(session, form, sent, actor=actor, at=at)
    if before is not None and not mistakes:
        kept = _kept_before(session, before)
        with_it = [case for case in kept.cases if case.reported_at == before.created_at]
        if (len(told), len(tasks), risk is None) == (len(with_it), len(kept.tasks), kept.lead is None):
            return kept
    mistakes += leading.mistakes_of(session, risk, actor=actor, at=at)
    mistakes += [*_mistakes_of_cases(desk, sent, told), *deciding.mistakes_of(session, tasks, actor=actor, at=at)]
    row = _entered(session, form, sent, mistakes, actor=actor, at=at)
    record_rights.require_entering(session, row, actor=actor, at=at)
    _attend(session, row, along, actor=actor, at=at)
    made = [_report(session, row, each, actor=actor, at=at) for each in told]
    given = deciding.initiate(session, row, tasks, actor=actor, at=at)
    lead = leading.tell_of_visit(session, row, risk, actor=actor, at=at)
    return Recorded(row, made, visits.close_to(session, row), is_new=True, tasks=given, lead=lead)


def _kept_before(session: Session, before: Activity) -> Recorded:
    cases, tasks = visits.cases_of(session, before.id), supervisions.of_source(session, before.id)
    lead = leads.of_activity(session, before.id)
    return Recorded(before, cases, visits.close_to(session, before), is_new=False, tasks=tasks, lead=lead)


def _entered(
    session: Session, form: Form, sent: Mapping[str, Any], mistakes: list[FieldError], *, actor: Actor, at: datetime
) -> Activity:
    try:
        row: Activity = forms.enter(session, form, sent, actor=actor, at=at)
    except Invalid as more:
        raise Invalid([*more.errors, *mistakes]) from None
    except Refused:
        # What is wrong in itself is told before what the business has against it.
        if not mistakes:
            raise
        raise Invalid(mistakes) from None
    if mistakes:
        raise Invalid(mistakes)
    return row


def _told(given: Any, found_in: str, mistakes: list[FieldError]) -> Sequence[_Told]:
    several = found_in == CASES
    if given is None:
        return ()
    if several and (not isinstance(given, list) or len(given) > MOST_CASES):
        code = "too_many_cases" if isinstance(given, list) else "not_a_list"
        mistakes.append(FieldError(found_in, code, {"most": MOST_CASES}))
        return ()
    found = []
    for path, words in [(f"{found_in}.{n}", each) for n, each in enumerate(given)] if several else [(found_in, given)]:
        if isinstance(words, Mapping):
            known = CASE_FIELDS if several else NEED_FIELDS
            mistakes += [FieldError(f"{path}.{name}", "unknown_field") for name in words if name not in known]
            found.append(_Told(path, {name: words[name] for name in words if name in known}))
        else:
            mistakes.append(FieldError(path, "not_an_object"))
    return found


def _attendees(given: Any, mistakes: list[FieldError]) -> Sequence[Any]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MOST_ATTENDEES:
        code = "too_many_attendees" if isinstance(given, list) else "not_a_list"
        mistakes.append(FieldError(ATTENDEES, code, {"most": MOST_ATTENDEES}))
        return ()
    return given


def _attend(session: Session, row: Activity, members: Sequence[Any], *, actor: Actor, at: datetime) -> None:
    """Enter who attended.

    Raises:
        Invalid: every one that is no member, as `attendees.0`; twice the same is one mistake more.
    """
    part = records.PARTS[0] if row.kind in _ALONG else records.PARTS[1]
    mistakes: list[FieldError] = []
    for n, member in enumerate(members):
        told = {"activity_id": str(row.id), "member_id": member, "part": part, "status": records.STATUSES[0]}
        try:
            made = forms.enter(session, records.ATTENDANCE, told, actor=actor, at=at)
            record_rights.require_entering(session, made, actor=actor, at=at)
        except Invalid as mistake:
            mistakes += [FieldError(f"{ATTENDEES}.{n}", each.code, each.params) for each in mistake.errors]
        except Refused:
            mistakes.append(FieldError(f"{ATTENDEES}.{n}", "attendee_twice"))
    if mistakes:
        raise Invalid(mistakes)


def _mistakes_of_cases(desk: Desk, sent: Mapping[str, Any], told: Sequence[_Told]) -> Iterator[FieldError]:
    """Return the mistakes of what was found, but for what follows from the activity, which is read by itself."""
    has_head = parse_id(sent["household_id"]) is not None if isinstance(sent.get("household_id"), str) else False
    for each in told:
        derived = {"channel"}
        if "region_code" not in each.words:
            derived.add("region_code")
        if has_head and "reporter" not in each.words:
            derived.add("reporter")
        try:
            raw = {**each.words, "channel": CHANNEL}
            case_intake.read_report(raw, session=desk.session, actor=desk.actor, today=desk.today)
        except Invalid as mistake:
            errors = [error for error in mistake.errors if error.field not in derived]
            yield from _under(each.path, errors)


def _report(session: Session, row: Activity, told: _Told, *, actor: Actor, at: datetime) -> Case:
    raw = {"region_code": row.region_code, **told.words, "channel": CHANNEL}
    if row.household_id is not None:
        raw.setdefault("reporter", _head(session, row))
    origin = Origin(row.id, row.household_id, row.industry_id)
    try:
        return intake.report_with_clocks(session, raw, actor=actor, at=at, origin=origin).case
    except Invalid as mistake:
        raise Invalid(list(_under(told.path, mistake.errors))) from None


def _head(session: Session, row: Activity) -> Mapping[str, Any]:
    """Return the head of the household as the one who reports; it goes from seal to seal and is shown to nobody."""
    if row.household_id is None:
        raise NotFound
    household = editions.newest(session, Household, row.household_id)
    plain = {name: households.plain(session, household, column) for name, column in _HEAD.items()}
    return {name: value for name, value in plain.items() if value is not None}


_HEAD = {"name": "head_name", "phone": "phone", "id_number": "head_id_number"}


def _under(path: str, errors: Sequence[FieldError]) -> Iterator[FieldError]:
    return (FieldError(f"{path}.{each.field}", each.code, each.params) for each in errors)
