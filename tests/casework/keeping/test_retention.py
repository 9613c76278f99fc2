"""Personal data go after their time: two administrators agree, a job does it, and everything still verifies."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from casework.cases import reporters
from casework.cases.tables import Case, PublicReport
from casework.consultations.tables import Consultation, Participant
from casework.core import office as offices
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import Keyring
from casework.core.errors import Invalid, Refused
from casework.core.ids import new_id
from casework.core.settings import read_settings
from casework.dispatches import queries as sheets
from casework.dispatches.tables import Dispatch
from casework.exchange.receivers import receiver
from casework.matters import text_versions
from casework.matters.tables import Attachment, Blob, HistoryEntry, Job, TextVersion
from casework.open311 import receiving
from casework.open311.tables import Submission
from casework.registry import audit_list
from casework.registry.audit_list import Wanted
from casework.registry.tables import Person, Token
from casework.retention import due, periods, rounds
from tasks import retaining as job
from tasks.run import Run
from tests.casework.keeping.lived import LATER, PHONE, Office
from workflows import retaining

ELEVEN_YEARS = LATER + timedelta(days=366 * 11)


def counted(session: Session) -> Mapping[Any, int]:
    """Return how many cases there are of each place, kind, state and outcome: what figures are made of."""
    by = (Case.region_code, Case.category, Case.state, Case.result_class, Case.satisfaction)
    return {tuple(row[:-1]): row[-1] for row in session.execute(select(*by, func.count()).group_by(*by))}


def only_grow(session: Session, case_id: UUID, person_id: UUID) -> None:
    """Write what only grows: a text of a case, what another system sent about it, a sheet that went upwards."""
    text_versions.keep(session, case_id, "reply", "李小芳家的水管换好了", by=None, at=LATER)
    actor = Actor(person_id, "交", ())
    sent = {"description": ["李小芳家的水管断了"]}
    token = new_id()
    session.add(Token(id=token, person_id=person_id, digest="0" * 64, created_at=LATER))
    client = receiving.Client(actor, person_id, token)
    receiving.keep(session, client, receiving.REQUEST, sent, case_id=case_id, repeat_key="1", at=LATER)
    wanted = receiver("city")
    told = {"region_code": "510822", "file_name": "a.xlsx", "rows": 1, "as_of": LATER.date()}
    sheets.keep(session, wanted, b"sheet", actor=actor, at=LATER, **told)  # type: ignore[arg-type] # by name


def only_the_frame_stays(office: Office, case_id: UUID) -> None:
    """What only grows went with the case, a sheet with its own round; that it was sent and written stays."""
    with office.db.reading() as session:
        assert session.scalars(select(TextVersion.content).where(TextVersion.matter_id == case_id)).all() == [None]
        submission = session.scalars(select(Submission).where(Submission.case_id == case_id)).one()
        assert submission.content_cipher is None and receiving.content_of(session, submission) == {}
        assert text_versions.newest(session, case_id, "reply") is not None
        sheet = session.scalars(select(Dispatch)).one()
        assert sheets.content_of(session, sheet) == b"sheet"
    assert done(office, "dispatches") == 1
    with office.db.reading() as session, pytest.raises(Refused) as caught:
        sheets.content_of(session, session.scalars(select(Dispatch)).one())
    assert caught.value.refusals[0].code == "dispatch_erased"


def done(office: Office, kind: str, *, at: Any = ELEVEN_YEARS) -> int:
    """Propose, approve and do one round; return how many records it was."""
    actors = office.known.actors
    with office.db.transaction() as session:
        row = retaining.propose(session, kind, actor=actors["guanli"], at=at)
    for code, operation in (
        ("retention_under_way", lambda s: retaining.propose(s, kind, actor=actors["an"], at=at)),
        ("retention_two_people", lambda s: retaining.approve(s, row.id, actor=actors["guanli"], at=at)),
    ):
        with pytest.raises(Refused) as caught, office.db.transaction() as session:
            operation(session)
        assert caught.value.refusals[0].code == code
    with office.db.transaction() as session:
        retaining.approve(session, row.id, actor=actors["anquan"], at=at)
        asked = session.scalars(select(Job).where(Job.name == "retention", Job.period == str(row.id))).one()
        assert asked.payload == {"round": str(row.id)}
    settings = read_settings({"CASEWORK_HOME": str(office.home), "CASEWORK_DATABASE_URL": office.url})
    here = offices.Office(settings, Keyring(office.home / "keyring.json"), office.db)
    run = Run(here, new_id(), "retention", str(row.id), asked.payload, at, lambda _progress: None)
    if kind == "cases":
        # Killed after the first lot: what is done is due no more, and the rest comes.
        with office.db.transaction() as session:
            retaining.erase_some(session, row.id, at=at)
    job.erase(run)
    assert job.erase(run)["erased"] == 0
    with office.db.transaction() as session:
        ended = rounds.get(session, row.id)
        assert (ended.status, ended.erased, ended.done_at) == ("done", row.due, at)
    return row.due


def test_what_is_over_goes_and_everything_still_verifies(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retaining, "AT_ONCE", 1)
    with office.db.transaction() as session:
        ended = session.scalars(select(Case).where(~Case.is_open)).all()
        assert ended
        named = session.scalars(select(Participant).where(Participant.name == "李小芳")).all()
        assert named
        due.clear_consultation(session, session.get_one(Consultation, named[0].consultation_id))
        assert named[0].name == "李*芳"
        person = session.get_one(Person, office.known.actors["jiao"].person_id)
        person.disabled_at, person.mail = LATER, "jiao@county.invalid"
        report = {"code_digest": "0" * 64, "region_code": ended[0].region_code, "category": "other", "title": "水"}
        row = PublicReport(id=new_id(), content_cipher="", status="refused", created_at=LATER, **report)
        row.content_cipher = session.info["keyring"].encrypt(
            "{}", table="public_reports", column="content_cipher", row_id=row.id
        )
        session.add(row)
        only_grow(session, ended[0].id, person.id)
        before, chains = counted(session), session.scalar(select(func.count()).select_from(HistoryEntry))
    broken = office.broken(at=ELEVEN_YEARS)
    assert done(office, "cases") == len(ended)
    only_the_frame_stays(office, ended[0].id)
    assert done(office, "accounts") == done(office, "public_reports") == 1
    with office.db.reading() as session:
        for case in session.scalars(select(Case).where(~Case.is_open)):
            assert reporters.unseal(session, case, "name") == "" and case.reporter_phone_cipher is None
            assert case.reporter_phone is case.reporter_phone_index is case.reply is case.plan is None
            assert case.description == "" and PHONE not in case.title and case.erased_at == ELEVEN_YEARS
            assert session.scalar(select(func.count()).where(Attachment.matter_id == case.id)) == 0
            last = session.scalars(
                select(HistoryEntry).where(HistoryEntry.matter_id == case.id).order_by(HistoryEntry.seq.desc())
            ).first()
            assert last is not None and (last.trigger, last.from_state) == ("erase", last.to_state)
        kept = set(session.scalars(select(Blob.sha256)))
        assert {path.name for path in office.attachments.glob("??/??/*")} <= kept
        open_ones = session.scalars(select(Case).where(Case.is_open)).all()
        assert open_ones and all(case.erased_at is None and case.description for case in open_ones)
        assert session.get_one(Person, person.id).mail is None and session.get(PublicReport, row.id) is None
        # The figures and the chains are what they were, with one row more a case.
        assert counted(session) == before
        assert session.scalar(select(func.count()).select_from(HistoryEntry)) == (chains or 0) + len(ended)
        assert {each.event for each in audit_list.events(session, Wanted(event="retention.done"))}
    assert office.broken(at=ELEVEN_YEARS) == broken


def test_periods_are_kept_with_who_changed_them_and_never_below_a_year(office: Office) -> None:
    admin = office.known.actors["guanli"]
    with office.db.transaction() as session:
        assert due.count(session, "cases", cutoff=periods.cutoff(LATER, periods.years(session)["cases"])) == 0
        for typed in ("0", "x", "101"):
            with pytest.raises(Invalid):
                periods.change(session, "cases", typed, actor=admin, at=LATER)
        periods.change(session, "cases", "5", actor=admin, at=LATER)
        assert periods.years(session) == {**periods.usual(), "cases": 5}
        (told,) = audit_list.events(session, Wanted(event="setting.changed"))
        assert told.person_id == admin.person_id and told.facts["key"] == periods.KEY
    with pytest.raises(Refused), office.db.transaction() as session:
        retaining.propose(session, "cases", actor=admin, at=LATER)
