"""What the demo has beside its cases: an open public page with reports in its inbox, drafts, a deputy, own filters."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from casework.cases import public_reports, queries
from casework.cases.listing import saved_filters
from casework.cases.tables import Case
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ids import new_id
from casework.core.office import Office
from casework.matters import drafts
from casework.registry import accounts, grants, office_settings
from workflows.cases import public_intake
from workflows.demo import material
from workflows.demo.county import Cast

# A deputy stands in for some days around now.
_ABSENT_FROM, _ABSENT_FOR = -1, 6


def lay(
    session: Session, office: Office, cast: Cast, calendar: WorkCalendar, *, cases: Sequence[UUID], at: datetime
) -> None:
    """Lay everything on the desks; `cases`: what drafts may be about, the newest last."""
    told = material.county()
    switches = {office_settings.PUBLIC_PAGE: True, office_settings.PUBLIC_PHONE: told["public_phone"]}
    office_settings.change(session, switches, actor=cast.actors["admin"], at=at)
    for number, report in enumerate(told["public_report"]):
        # One every few hours back, the last ones of them still waiting.
        sent = at - timedelta(hours=3 * (len(told["public_report"]) - number))
        _report(session, office, cast, report, sent=sent, now=at)
    for draft in told["draft"]:
        _draft(session, cast, draft, cases, at=at - timedelta(minutes=draft["minutes"]))
    today = at.astimezone(calendar.zone).date()
    for absent, deputy in told["deputies"]:
        grants.appoint_deputy(
            session,
            accounts.get_account(session, _id(cast, absent)),
            accounts.get_account(session, _id(cast, deputy)),
            valid_from=today + timedelta(days=_ABSENT_FROM),
            valid_to=today + timedelta(days=_ABSENT_FOR),
            actor=cast.actors["security"],
            at=at,
        )
    for each in told["own_filter"]:
        owner = cast.actors[each["user"]]
        saved_filters.keep(
            session,
            owner,
            name=each["name"],
            query=each["query"],
            shared=False,
            region=office.settings.region,
            at=at,
        )


def _id(cast: Cast, user: str) -> UUID:
    person_id = cast.actors[user].person_id
    if person_id is None:
        raise LookupError(user)
    return person_id


def _report(
    session: Session, office: Office, cast: Cast, told: Mapping[str, Any], *, sent: datetime, now: datetime
) -> None:
    raw = {name: told[name] for name in public_reports.FIELDS} | {"via": told["via"]}
    read = public_reports.read_report(raw, session=session, county=office.settings.region)
    report = public_reports.put(session, read, code=public_reports.new_code(), at=sent)
    later = min(sent + timedelta(minutes=40), now)
    if "added" in told:
        public_intake.add_words(session, report, told["added"], at=later)
    if "declined" in told:
        public_intake.decline(session, report, told["declined"], actor=cast.actors["he"], at=later)
    if "turned" in told:
        public_intake.turn_into_case(session, report, dict(told["turned"]), actor=cast.actors["he"], at=later)


def _draft(session: Session, cast: Cast, told: Mapping[str, Any], cases: Sequence[UUID], *, at: datetime) -> None:
    about: UUID | None = new_id()
    if "state" in told:
        about = next(
            (case.id for case in _seen(session, cast, told, cases, at=at) if case.state == told["state"]), None
        )
    if about is None:
        return
    drafts.keep(session, _id(cast, told["user"]), form=told["form"], matter_id=about, fields=told["fields"], at=at)


def _seen(
    session: Session, cast: Cast, told: Mapping[str, Any], cases: Sequence[UUID], *, at: datetime
) -> Iterator[Case]:
    """Yield the cases the writer of a draft may see, the newest first."""
    for case_id in reversed(cases):
        try:
            yield queries.get(session, cast.actors[told["user"]], case_id=case_id, at=at)
        except NotFound:
            continue
