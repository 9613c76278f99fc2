"""Lives copied for load tests: whatever a copy has of its own, every rule holds of it as of the life it was made from."""

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from casework.cases import cloning
from casework.cases.cloning import Copy, Place, Stamper
from casework.cases.figures import tallies
from casework.cases.reporters import Reporter, unseal
from casework.cases.tables import Case
from casework.core import ids
from casework.core.database import Database, Session
from casework.core.encryption import keyring_of
from casework.core.ids import new_id, new_id_texts, parse_id
from casework.core.moulds import Press
from casework.keeping.verify import verify
from casework.matters import numbering
from casework.matters.tables import HistoryEntry
from casework.permissions import Subject
from casework.registry.queries import orgs_by_code
from tests.world import COUNTY, MORNING, REPORT, World
from workflows import engine
from workflows.cases import intake
from workflows.lifecycles import lifecycles

LIFE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("assign", "an", {"org": "SLJ"}),
    ("acknowledge", "bai", {}),
    ("coordinate", "bai", {"plan": "周五前修好，50%已动工"}),
    ("resolve", "bai", {"result_class": "A", "reply": "修好了。"}),
)
TITLE = "水塘\\漏水\t80%"


def live(world: World, session: Session) -> None:
    case = intake.report_case(session, dict(REPORT), actor=world["he"], at=MORNING)
    for n, (trigger, by, given) in enumerate(LIFE, start=1):
        subject = Subject(case.region_code, lead_org_id=case.lead_org_id, reported_by=case.reported_by)
        engine.move(
            session, case, trigger, subject=subject, actor=world[by], at=MORNING + timedelta(days=n), given=given
        )


def numbered(session: Session, years: Mapping[int, int]) -> Mapping[int, Iterator[str]]:
    def numbers(year: int, count: int) -> Iterator[str]:
        first = numbering.take(session, scope=f"QC-AJ-{year}", count=count)
        return (f"QC-AJ-{year}-{number:06d}" for number in range(first, first + count))

    return {year: numbers(year, count) for year, count in years.items()}


def test_copies_of_a_life_hold_every_rule(db: Database, world: World, tmp_path: Path) -> None:
    with db.transaction() as session:
        live(world, session)
    press = Press(db.engine.dialect)
    with db.reading() as session:
        (pattern,) = cloning.patterns(session, press, region=COUNTY, most=9)
        units = orgs_by_code(session, ["SLJ", "JYJ"])
        keyring = keyring_of(session)
    he, an = world["he"].person_id, world["an"].person_id
    assert he is not None and an is not None
    stamper = Stamper(keyring, press, Place({units["SLJ"].id: units["JYJ"].id}, {"SLJ": "JYJ"}, {he: an}))
    for _ in range(2):
        stamper.stamp(pattern, Copy(TITLE, "第一行\n第二行", COUNTY, Reporter("张三", "13900001234", None)))
    with db.transaction() as session:
        assert cloning.write(session, stamper.take(), numbered) == 2
        tallies.rebuild(session)
    findings = verify(db, at=MORNING + timedelta(days=5), attachments=tmp_path, lifecycles=lifecycles())
    assert [(each.name, each.rows) for each in findings if each.rows] == []
    with db.reading() as session:
        copies = session.scalars(select(Case).where(Case.title == TITLE).order_by(Case.number)).all()
        assert [case.lead_org_id for case in copies] == [units["JYJ"].id] * 2
        assert unseal(session, copies[0], "phone") == "13900001234"
        assert [case.reported_by for case in copies] == [an] * 2, "who acts in another county is of that county"
        acted = session.scalars(select(HistoryEntry.actor_id).where(HistoryEntry.matter_id == copies[0].id)).all()
        assert an in acted and he not in acted
        told = session.scalars(select(HistoryEntry.fields).where(HistoryEntry.matter_id == copies[0].id)).all()
        assert any("JYJ" in str(fields) for fields in told)
        assert not any("SLJ" in str(fields) for fields in told)


def test_many_ids_at_once_are_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # Ids count on from a clock that was ahead; another test may have set it ahead by a month.
    monkeypatch.setattr(ids, "_last", 0)
    single = [str(new_id()) for _ in range(5_000)]
    made = [*single, *new_id_texts(5_000), str(new_id())]
    read = [parse_id(text) for text in made]
    assert all(
        isinstance(each, UUID) and each.version == 7 and each.variant == "specified in RFC 4122" for each in read
    )
    assert made == sorted(set(made)), "a burst of more than a millisecond holds counts on"
    assert abs(int(single[0].replace("-", "")[:12], 16) - 1000 * time.time()) < 60_000, "an id begins with its time"
