"""What another system sends by Open311 becomes a case, or a note on one; sent twice it is done once.

The case is reported as by the owner of the key, through the same intake as everywhere. What the sender said of the
place, and where its pictures lie, stands in a note, so that triage can settle it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.cases import queries
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core import texts
from casework.core.actors import TRIAGE_ROLES
from casework.core.database import Session
from casework.core.errors import Denied, NotFound, invalid
from casework.core.i18n import say
from casework.matters.attachments import Staged
from casework.open311 import placing, receiving
from casework.open311 import queries as open311
from casework.open311.receiving import REQUEST, UPDATE, Client, Sent
from casework.permissions import Subject, may_anywhere, permits
from casework.registry import queries as registry
from workflows import records
from workflows.cases import attaching, comments
from workflows.cases.intake import report_case
from workflows.outside import open311_reading
from workflows.outside.open311_reading import Received

REPORT = "case.report"
_REPORTERS = TRIAGE_ROLES | {"member", "liaison"}
_UPDATE_LENGTH = 3_500


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a request: its number, and the sender's own account as it was sent."""

    number: str
    account_id: str | None


def submit(
    session: Session,
    sent: Sent,
    *,
    client: Client,
    county: str,
    files: Sequence[Staged] = (),
    key: str | None = None,
    at: datetime,
) -> Submitted:
    """Report what was sent, or return what became of it when it came before; `key` is an `Idempotency-Key`.

    Raises:
        Denied: the owner of the key reports nowhere.
        NotFound: there is no such service.
        Invalid: every mistake in what was sent.
    """
    if not may_anywhere(client.actor, REPORT):
        raise Denied(REPORT)
    receiving.take_turn(session, client)
    sent = _kept(sent)
    own_number = open311_reading.external_id(sent)
    repeat_key = f"id:{own_number}" if own_number else f"key:{key}" if key else None
    before = receiving.known(session, client, REQUEST, sent, repeat_key=repeat_key, at=at)
    if before is not None:
        account_id = next(iter(receiving.content_of(session, before).get("account_id", ())), None)
        return Submitted(session.get_one(Case, before.case_id).number, account_id)
    received = open311_reading.read(session, sent)
    case = _report(session, received, client=client, county=county, at=at)
    subject = subject_of(session, case, actor=client.actor, at=at)
    for staged in files:
        attaching.attach(session, case, staged, subject=subject, actor=client.actor, at=at)
    receiving.keep(session, client, REQUEST, sent, case_id=case.id, repeat_key=repeat_key, at=at)
    return Submitted(case.number, received.account_id)


def _report(session: Session, received: Received, *, client: Client, county: str, at: datetime) -> Case:
    place = _place(session, received, client=client, county=county)
    raw: Mapping[str, Any] = {
        "title": received.title,
        "description": received.description,
        "category": received.service,
        "kind": "help",
        "urgency": "normal",
        "region_code": place,
        "channel": "web",
        "reporter": received.reporter,
        "answers": received.answers,
    }
    case = report_case(session, raw, actor=client.actor, at=at)
    told = _told(session, received, place)
    if told:
        case.comments_total += 1
        records.note(
            session,
            case,
            actor=client.actor,
            at=at,
            trigger=comments.TRIGGER,
            event="commented",
            comment="\n".join(told),
            fields={"open311": True},
            facts={"mentions": []},
        )
    return case


def _place(session: Session, received: Received, *, client: Client, county: str) -> str:
    """Return where a request belongs; what nobody can place lies with the widest place of its sender, for triage."""
    where = received.where
    found = placing.place_of(session, county=county, address_id=where.address_id, address=where.address)
    if found is None:
        reach = [
            code for code in client.actor.regions(_REPORTERS) if county.startswith(code) or code.startswith(county)
        ]
        found = county if any(county.startswith(code) for code in reach) else min(reach, key=len, default=county)
    if not permits(client.actor, REPORT, Subject(found)):
        named = "address_id" if where.address_id else "address_string"
        raise invalid(named, "no_such_region", value=found)
    return found


def _told(session: Session, received: Received, place: str) -> list[str]:
    """Return in words what the case itself does not hold: the address, the point, the pictures elsewhere."""
    where = received.where
    names = "".join(registry.region_names(session, [place])[place])
    told = []
    if where.address and where.address != names:
        told.append(say("open311.told_address", address=where.address))
    if where.point is not None:
        told.append(say("open311.told_point", lat=where.point[0], long=where.point[1]))
    if where.address_id and where.address_id != place:
        told.append(say("open311.told_code", place=where.address_id))
    return told + [say("open311.told_picture", url=url) for url in received.urls]


def update(session: Session, sent: Sent, *, client: Client, county: str, at: datetime) -> UUID:
    """Put what a sender adds to a request of its own as a note; returns the id of the update. A status moves nothing.

    Raises:
        NotFound: there is no such request, or it is not the sender's.
        Invalid: every mistake in what was sent.
        Refused: the case was merged away.
    """
    receiving.take_turn(session, client)
    number = open311_reading.one(sent, "service_request_id", 64, required=True)
    own_id = open311_reading.one(sent, "update_id", 200, required=True)
    texts.parse_instant(open311_reading.one(sent, "updated_datetime", 64, required=True), field="updated_datetime")
    status = open311_reading.one(sent, "status", 40, required=True)
    words = open311_reading.text(sent, "description", _UPDATE_LENGTH, required=True)
    repeat_key = f"{number}:{own_id}"
    before = receiving.known(session, client, UPDATE, sent, repeat_key=repeat_key, at=at)
    if before is not None and before.history_id is not None:
        return before.history_id
    request = open311.take(session, open311.Reader(county, client.person_id), number)
    case = queries.get_for_update(session, client.actor, case_id=request.case_id, at=at)
    if case.reported_by != client.person_id:
        raise NotFound("request")
    subject = subject_of(session, case, actor=client.actor, at=at)
    noted = say("open311.told_update", status=status, words=words)
    entry = comments.comment(session, case, {"text": noted}, subject=subject, actor=client.actor, at=at)
    receiving.keep(session, client, UPDATE, sent, case_id=case.id, repeat_key=repeat_key, history_id=entry.id, at=at)
    return entry.id


def _kept(sent: Sent) -> Sent:
    # Which device it was is nobody's business here.
    return {name: values for name, values in sent.items() if name not in ("device_id", "deviceid")}
