"""What waits for the caller: the first of each list with how many there are, and each list by itself to its end."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from casework.cases import work
from casework.cases.listing.behind import After
from casework.cases.rows import CaseRow
from casework.core import texts
from casework.core.errors import NotFound
from web import identity, unit
from web.api import answers, desk_schemas, paging, parameters
from web.api.operations import Reply, operation
from web.locales import local


class _List(NamedTuple):
    """How one list is read, what its rows become, and by what it is sorted (beside the id)."""

    read: Callable[[work.Desk, int, After | None], Sequence[Any]]
    out: Callable[[Any], Any]
    key: Callable[[Any], date | datetime | None]


def _cases(name: str, key: Callable[[CaseRow], datetime | None]) -> _List:
    return _List(lambda desk, most, after: desk.cases(name, most=most, after=after), answers.line_out, key)


def _to_approve(each: work.Request) -> desk_schemas.ToApprove:
    return desk_schemas.ToApprove(
        id=each.id,
        version=each.version,
        created_at=local(each.requested_at),
        updated_at=local(each.requested_at),
        case=answers.line_out(each.case),
        until=each.until,
        reason=each.reason,
        asked_by=each.asked_by,
    )


def _draft(each: work.OwnDraft) -> desk_schemas.DraftOut:
    return desk_schemas.DraftOut(
        id=each.id,
        version=1,
        created_at=local(each.updated_at),
        updated_at=local(each.updated_at),
        form=each.form,
        about=each.matter_id,
    )


def _question(each: work.Question) -> desk_schemas.ToAnswer:
    return desk_schemas.ToAnswer(
        id=each.id,
        case=answers.line_out(each.case),
        question=answers.seen_of(each.case)(each.question) or "",
        due_on=each.due_on,
    )


_LISTS: Mapping[str, _List] = {
    "to_sign": _cases("to_sign", lambda row: _desk().assigned_at(row)),
    "due": _cases("due", lambda row: row.due_at),
    "to_approve": _List(
        lambda desk, most, after: desk.to_approve(most=most, after=after), _to_approve, lambda each: each.requested_at
    ),
    "follow_up": _cases("follow_up", lambda row: row.due_at),
    "drafts": _List(
        lambda desk, most, after: desk.drafts(most=most, after=after), _draft, lambda each: each.updated_at
    ),
    "questions": _List(
        lambda desk, most, after: desk.questions(most=most, after=after), _question, lambda each: each.due_on
    ),
}


@operation(
    "GET",
    "/work",
    permission="work.read",
    summary="List what waits for the caller",
    answers={200: desk_schemas.WorkOut},
)
def show_work() -> Reply:
    """List cases to sign for, due, to decide on and to call back about, questions to answer, and drafts."""
    desk = _desk()
    every = work.work_of(desk.session, desk.actor, at=desk.at)
    found: Mapping[str, Sequence[Any]] = {name: getattr(every, name) for name in _LISTS}
    # What is less than was read at most is counted by that.
    full = {name: desk.asked(name) for name, rows in found.items() if len(rows) >= work.MOST}
    totals = {name: len(rows) for name, rows in found.items()} | dict(work.totals(desk.session, full))
    lists = {name: [_LISTS[name].out(row) for row in rows] for name, rows in found.items()}
    return Reply(desk_schemas.WorkOut(**lists, totals=desk_schemas.WorkTotals(**totals)))


@operation(
    "GET",
    "/work-lists/<list_name>",
    kind="work",
    permission="work.read",
    summary="List all that waits for the caller in one list of their work",
    answers={200: desk_schemas.WorkList},
    problems=(404,),
    parameters=parameters.PAGING,
)
def list_work(list_name: str) -> Reply:
    """List `to_sign`, `due`, `to_approve`, `follow_up`, `drafts` or `questions`, most urgent first."""
    asked = _LISTS.get(list_name)
    if asked is None:
        raise NotFound
    after, limit, count = parameters.all_of(lambda: _after(list_name), parameters.asked_limit, parameters.asked_count)
    desk = _desk()
    kept, more = paging.cut(
        f"work.{list_name}", asked.read(desk, limit + 1, after), limit, lambda row: _place(asked.key(row), row.id)
    )
    total = work.totals(unit.session(), {list_name: desk.asked(list_name)})[list_name] if count else None
    return Reply(desk_schemas.WorkList(items=[asked.out(row) for row in kept], next=more, total=total))


def _desk() -> work.Desk:
    return work.Desk(unit.session(), identity.actor(), unit.at())


def _place(value: date | datetime | None, record_id: Any) -> Sequence[str]:
    return ["" if value is None else value.isoformat(), str(record_id)]


def _after(name: str) -> After | None:
    """Read behind which row the page begins."""
    found = paging.after_text_and_id(f"work.{name}")
    if found is None:
        return None
    text, record_id = found
    if not text:
        return None, record_id
    read = texts.parse_date if name == "questions" else texts.parse_instant
    return read(text, field="cursor"), record_id
