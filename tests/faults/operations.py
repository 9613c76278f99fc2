"""What an office does, each with what has to be there first: the operations that the crash loop strikes."""

import io
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from casework.campaign import handover
from casework.campaign.tables import Link
from casework.cases import extensions as extension_rows
from casework.cases.parts import co_tasks as co_task_rows
from casework.core import editions
from casework.core.office import Office
from casework.core.outbound import Allowed
from casework.core.settings import read_settings
from casework.exchange.column_sets import column_set
from casework.exchange.sheets import read_book
from casework.funds.tables import FundLine
from casework.matters import attachments
from casework.registry.tables import Region
from casework.webhooks import deliveries, endpoints
from tasks.relay import relay
from tasks.sending.webhooks import Dispatcher
from tests import meeting, supervised
from tests.casework.keeping.lived import act
from tests.receiver import receiving
from tests.tiers import FULL
from tests.world import COUNTY, MORNING, TOWN, World
from workflows import firing
from workflows.campaign import handover_entries, handovers
from workflows.cases import attaching, co_tasks, comments, excluding, extensions, mending, own_ratings, splitting
from workflows.consultations import date_polls, following
from workflows.ledgers.desk import Desk, Imported, Line
from workflows.ledgers.writing.chunks import Chunk, Writer
from workflows.ledgers.writing.kinds import open_ledger
from workflows.ledgers.writing.lines import lines_of
from workflows.money import funding
from workflows.outside import webhooks
from workflows.sending_links import Road

LATER = MORNING + timedelta(days=12)
LINE = {"stage": "approved", "amount": "5000.00", "source": "县财政", "on": "2026-10-14"}
ROAD = Road("https://office.example", texts=True)
_numbers = count(1)
_stack = ExitStack()


@dataclass(frozen=True)
class Operation:
    """What has to be there, and what is done to it.

    `steps`: it keeps what it has done so far and can go on later.
    """

    prepare: Callable[[World], Any]
    act: Callable[[World, Any], object]
    steps: bool = False


def _document() -> str:
    return f"财〔2026〕{next(_numbers)}号"


def _with_co_task(world: World) -> UUID:
    case_id = world.coordinated()
    act(world, case_id, "bai", co_tasks.ask, {"org": "ZYZ", "question": "出几个工", "due_on": "2026-10-20"})
    return case_id


def _answer(world: World, case_id: UUID) -> None:
    def settle(session: Any, case: Any, raw: Any, **rest: Any) -> None:
        (task,) = co_task_rows.of_case(session, case)
        co_tasks.settle(session, case, task, raw, **rest)

    act(world, case_id, "zhen", settle, {"answer": "出十个工"})


def _with_request(world: World) -> UUID:
    case_id = world.assigned()
    act(world, case_id, "bai", extensions.ask, {"until": "2026-10-30", "reason": "等管材"})
    return case_id


def _decide(world: World, case_id: UUID) -> None:
    def decide(session: Any, case: Any, raw: Any, **rest: Any) -> None:
        (request,) = extension_rows.of_case(session, case.id)
        extensions.decide(session, case, request, raw, **rest)

    act(world, case_id, "an", decide, {"grant": True, "reason": "同意"})


def _for_a_line(world: World) -> tuple[UUID, str]:
    # Drawn beforehand: what a child draws is drawn again by the next one.
    return world.coordinated(), _document()


def _add_line(world: World, known: tuple[UUID, str]) -> UUID:
    line: FundLine = act(world, known[0], "bai", funding.add_line, {**LINE, "document_no": known[1]})
    return line.id


def _with_line(world: World) -> tuple[UUID, UUID]:
    known = _for_a_line(world)
    return known[0], _add_line(world, known)


def _reverse(world: World, known: tuple[UUID, UUID]) -> None:
    def reverse(session: Any, case: Any, raw: Any, **rest: Any) -> None:
        funding.reverse_line(session, case, session.get(FundLine, known[1]), raw, **rest)

    act(world, known[0], "bai", reverse, {"note": "录错了"})


def _two(world: World) -> tuple[UUID, UUID]:
    return world.report(), world.report(title="水管又断了")


def _merged(world: World) -> tuple[UUID, UUID]:
    pair = _two(world)
    _merge(world, pair)
    return pair


def _merge(world: World, pair: tuple[UUID, UUID]) -> None:
    world.move(pair[1], "merge", "he", into=str(pair[0]))


def _suspended(world: World) -> UUID:
    case_id = world.assigned()
    world.move(case_id, "suspend", "he", reason="等管材", until="2026-10-20")
    return case_id


def _closed(world: World) -> UUID:
    case_id = world.resolved()
    world.move(case_id, "close", "he", followed_up="unreachable")
    return case_id


def _to_schedule(world: World) -> tuple[UUID, Mapping[str, Any]]:
    topic, room = meeting.approved(world), f"ROOM-{next(_numbers)}"
    meeting.hall(world, room)
    return topic, {**meeting.at(3 * next(_numbers)), "venue": room}


def _rated(world: World) -> UUID:
    """Return a result whose reporter can be asked again and again: each new link takes the place of the one before."""
    known: UUID = world.db.info.setdefault("rated", None) or world.resolved()
    world.db.info["rated"] = known
    return known


def _polled(world: World) -> str:
    # The same again and again: an answer may be changed.
    secret: str = world.db.info.setdefault("polled", "") or meeting.polled(world)
    world.db.info["polled"] = secret
    return secret


def _opinion(world: World) -> str:
    topic = meeting.minuted(world)
    (asked,) = meeting.after(world, topic, following.ask)
    return str(asked.token)


def _own_rating(world: World) -> str:
    return str(act(world, world.resolved(), "he", lambda *given, **rest: own_ratings.ask(*given[:-1], **rest), {})[1])


def _by_link(answer: Callable[..., object], answers: Mapping[str, str]) -> Callable[[World, str], None]:
    """Do what a person without an account does: the secret of the link is all there is of them."""

    def act_on(world: World, secret: str) -> None:
        with world.db.transaction() as session:
            answer(session, secret, answers, at=MORNING)

    return act_on


def _send_link(world: World, case_id: UUID) -> None:
    act(world, case_id, "he", lambda *given, **rest: own_ratings.ask(*given[:-1], road=ROAD, **rest), {})


def _lift_asked(world: World) -> UUID:
    case_id = world.resolved()
    act(world, case_id, "he", excluding.ask, {"code": "not_as_told", "reason": "水管没有断"})
    act(world, case_id, "an", excluding.decide, {"grant": True, "reason": "属实"})
    act(world, case_id, "he", excluding.ask_lift, {"reason": "补了材料"})
    return case_id


def home(world: World) -> Path:
    """Return the folder of the world's office, which the fixture has noted."""
    return Path(str(world.db.info["home"]))


def _attach(world: World, case_id: UUID) -> None:
    staged = attachments.stage(io.BytesIO(b"words"), name="a.txt", folder=home(world) / "attachments")
    act(world, case_id, "bai", attaching.attach, staged)


def _office(world: World) -> Office:
    settings = read_settings({"CASEWORK_HOME": str(home(world)), "CASEWORK_REGION": COUNTY})
    return Office(settings, world.db.info["keyring"], world.db)


@cache
def _row(folder: Path) -> Line:
    """Read the one row of a file, in a child process as every file."""
    told = {
        "编号": "2026-1",
        "受理日期": "2026-03-06",
        "来源": "来信",
        "反映人": "李芳",
        "村组": "竹园镇方石村三组",
        "类别": "饮水",
        "问题描述": "三组的水管被山洪冲断。",
        "主办单位": "水利局",
        "交办日期": "2026-03-09",
    }
    path = folder / "ledger.csv"
    path.write_text("\n".join((",".join(told), ",".join(told.values()))), "utf-8")
    columns = column_set("cases")
    (line,) = lines_of(columns, columns.find(read_book(path)), Desk(columns, "zh"))
    return line


def _chunk(world: World) -> list[Line]:
    row, first = _row(home(world)), next(_numbers) * 10
    return [
        replace(row, row=n, values={**row.values, "number": f"2026-{n}", "problem": f"第{n}处水管被冲断。"})
        # A second row adds no statement that the first has not.
        for n in range(first, first + (2 if FULL else 1))
    ]


def _import(world: World, chunk: list[Line]) -> None:
    office = _office(world)
    ledger = open_ledger(office, "cases", actor=world["he"], at=LATER)
    writer = Writer(office, ledger, locale="zh", dry_run=False, afresh=lambda: ledger)
    assert not writer.write(Chunk(chunk, (), Imported())).refused


def _sweep(world: World, _case_id: UUID) -> None:
    assert not firing.sweep(world.db, at=LATER, batch=2).failed


def _held_by_a_unit(world: World) -> None:
    """Let the water bureau lead a case and look after a village that nobody looked after before."""
    with world.db.transaction() as session:
        village = f"510822105{300 + next(_numbers)}"
        born = {"created_at": MORNING, "updated_at": MORNING}
        session.add(Region(code=village, name=f"{village}村", parent_code=TOWN, level="village", **born))
        ends = {"holder_id": world.orgs["SLJ"], "region_code": village}
        since = date(2022, 3, 1)
        link = Link(campaign="SLSC-2022", kind="org_village", part="", valid_from=since, **ends)
        editions.enter(session, link, actor=world["he"], at=MORNING)
    world.assigned()


def _hand_over(world: World, _: None) -> None:
    today = MORNING.date()
    with world.db.transaction() as session:
        held = handover.open_links(session, world["he"], world.orgs["SLJ"], on=today)
        raw = {
            "org": "SLJ",
            "successor": "JYJ",
            # Yesterday: what was handed over before is not held today.
            "day": (today - timedelta(days=1)).isoformat(),
            "reason": "分工调整",
            "links": [{"id": str(each.link.id), "successor": "JYJ"} for each in held],
        }
        step = handover_entries.read(session, raw, actor=world["he"], today=today)
        handovers.make(session, step, actor=world["he"], at=MORNING, today=today)


@cache
def _listening() -> str:
    """Return the address of another system, which listens in the parent of all children to its end."""
    return _stack.enter_context(receiving()).url


def _hooked(world: World) -> None:
    raw, allowed = {"url": _listening(), "events": ["case.created"]}, Allowed.read("127.0.0.1")
    with world.db.transaction() as session:
        if not endpoints.count(session):
            webhooks.make(session, raw, actor=world["guanli"], at=MORNING, allowed=allowed)
    world.report()
    relay(world.db, at=MORNING)


def _deliver(world: World, _: None) -> None:
    office = _office(world)
    here = replace(office, settings=replace(office.settings, webhook_allow=Allowed.read("127.0.0.1")))
    with world.db.reading() as session:
        (webhook,) = endpoints.every(session)
        tries = sum(each.attempts for each in deliveries.of_webhook(session, webhook.id, status="pending"))
    # Each try later, so that the lease of who died has run out.
    Dispatcher(here).send_due(at=LATER + timedelta(minutes=tries))


OPERATIONS: Mapping[str, Operation] = {
    "create": Operation(lambda w: None, lambda w, _: w.report()),
    "assign": Operation(lambda w: w.report(), lambda w, c: w.move(c, "assign", "an", org="SLJ", co_orgs=["ZYZ"])),
    "coordinate": Operation(lambda w: w.assigned(), lambda w, c: w.move(c, "coordinate", "bai", plan="换管")),
    "return": Operation(lambda w: w.assigned(), lambda w, c: w.move(c, "return", "bai", reason="不归水利管")),
    "suspend": Operation(
        lambda w: w.assigned(), lambda w, c: w.move(c, "suspend", "he", reason="等管材", until="2026-10-20")
    ),
    "resume": Operation(_suspended, lambda w, c: w.move(c, "resume", "he")),
    "resolve": Operation(
        lambda w: w.coordinated(), lambda w, c: w.move(c, "resolve", "bai", result_class="A", reply="已换好")
    ),
    "close": Operation(lambda w: w.resolved(), lambda w, c: w.move(c, "close", "he", followed_up="unreachable")),
    "reopen": Operation(_closed, lambda w, c: w.move(c, "reopen", "he", reason="又断水了")),
    "merge": Operation(_two, _merge),
    "unmerge": Operation(_merged, lambda w, pair: w.move(pair[1], "unmerge", "he")),
    "recall": Operation(lambda w: w.assigned(), lambda w, c: w.move(c, "recall", "he")),
    "split": Operation(
        lambda w: w.report(),
        lambda w, c: act(
            w, c, "he", splitting.split, {"parts": [{"title": f"第{n}件", "description": "水"} for n in (1, 2)]}
        ),
    ),
    "mend": Operation(lambda w: w.assigned(), lambda w, c: act(w, c, "he", mending.mend, {"urgency": "urgent"})),
    "comment": Operation(
        lambda w: w.assigned(), lambda w, c: act(w, c, "bai", comments.comment, {"text": "管材到了 @陈委员"})
    ),
    "attach": Operation(lambda w: w.assigned(), _attach),
    "co-task": Operation(
        lambda w: w.coordinated(),
        lambda w, c: act(w, c, "bai", co_tasks.ask, {"org": "ZYZ", "question": "出几个工", "due_on": "2026-10-20"}),
    ),
    "answer": Operation(_with_co_task, _answer),
    "ask for an extension": Operation(
        lambda w: w.assigned(),
        lambda w, c: act(w, c, "bai", extensions.ask, {"until": "2026-10-30", "reason": "等管材"}),
    ),
    "grant an extension": Operation(_with_request, _decide),
    "fund line": Operation(_for_a_line, _add_line),
    "reversal": Operation(_with_line, _reverse),
    "hand over": Operation(_held_by_a_unit, _hand_over),
    "schedule": Operation(_to_schedule, lambda w, known: meeting.move(w, known[0], "schedule", **known[1])),
    "convert": Operation(meeting.minuted, lambda w, topic: meeting.convert(w, topic, 1, "case")),
    "answer a poll": Operation(_polled, _by_link(date_polls.answer_by_link, {"0": "yes"})),
    "give an opinion": Operation(_opinion, _by_link(following.answer, {"satisfaction": "satisfied", "words": "好"})),
    "rate a result": Operation(_own_rating, _by_link(own_ratings.answer, {"satisfaction": "satisfied"})),
    "send links": Operation(_rated, _send_link),
    "lift an exclusion": Operation(
        _lift_asked, lambda w, c: act(w, c, "lu", excluding.decide, {"grant": True, "reason": "该算"})
    ),
    "import": Operation(_chunk, _import),
    "initiate": Operation(lambda w: None, lambda w, _: supervised.initiate(w)),
    "issue": Operation(supervised.initiate, lambda w, m: supervised.step(w, m, "issue", "an")),
    "strike off": Operation(
        lambda w: supervised.lived(w, "propose_strike_off"), lambda w, m: supervised.step(w, m, "strike_off", "an")
    ),
    "sweep": Operation(lambda w: w.assigned(), _sweep, steps=True),
    "deliver": Operation(_hooked, _deliver, steps=True),
    "tell": Operation(lambda w: w.assigned(), lambda w, _: relay(w.db, at=LATER), steps=True),
}
