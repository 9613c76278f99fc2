"""From what casework knows to what the API gives: masked, in the office's zone, money as text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from casework.cases import folders
from casework.cases.folders import Folder
from casework.cases.rows import CaseRow
from casework.cases.tables import CoTask, ExtensionRequest
from casework.core import money, personal
from casework.core.due_dates import explained
from casework.core.errors import Refusal
from casework.core.i18n import say
from casework.core.ids import parse_id
from casework.funds.tables import FundLine
from casework.matters.tables import Deadline, HistoryEntry
from casework.permissions import Subject, may_anywhere, permits
from casework.registry import queries as registry
from casework.registry.tables import Org
from web import identity, unit
from web.api import schemas
from web.errors import reasons
from web.locales import local, locale, words
from workflows.cases import comments
from workflows.engine import Moves, Unavailable
from workflows.registry import Registry
from workflows.registry import registry as definitions


def may_read_plainly(subject: Subject) -> bool:
    """Say whether the caller works on the case; for everybody else numbers in free texts are masked too."""
    return permits(identity.actor(), "case.reveal", subject)


def case_out(folder: Folder, moves: Moves, *, subject: Subject) -> schemas.CaseOut:
    """Return a case as its reader may see it."""
    case = folder.case
    seen = _as_typed if may_read_plainly(subject) else _scrubbed
    lead = folder.lead
    own = folder.reporters[0]
    return schemas.CaseOut(
        **_plain(case, _CASE_PLAIN),
        **_times(case, _CASE_TIMES),
        title=seen(case.title) or "",
        description=seen(case.description) or "",
        plan=seen(case.plan),
        reply=seen(case.reply),
        answers={name: _seen_within(value, seen) for name, value in case.answers.items()},
        reporter=schemas.ReporterOut(name=own.name, phone=own.phone, id_number=own.id_number),
        reporters=[
            schemas.MergedReporter(
                name=each.name,
                phone=each.phone,
                id_number=each.id_number,
                case=schemas.CaseRef(id=each.case_id, number=each.number),
            )
            for each in folder.reporters
        ],
        org=None if lead is None else lead.code,
        org_name=None if lead is None else lead.name,
        co_orgs=[part.code for part in folder.co_units],
        assignee=named(case.assignee_id, folder.assignee_name),
        merged_into=None
        if folder.merged_into is None
        else schemas.CaseRef(id=folder.merged_into[0], number=folder.merged_into[1]),
        split_from=case.split_from_id,
        overdue=is_overdue(case.due_at, is_open=case.is_open),
        deadlines=[deadline_out(clock) for clock in folders.latest_clocks(folder.clocks)],
        funds=[fund_out(line, seen=seen) for line in folder.funds],
        co_tasks=[co_task_out(task, folder.co_task_orgs, seen=seen) for task in folder.co_tasks],
        extensions=[
            extension_out(each, folder.names, seen=seen) for each in folder.requests if each.status == "requested"
        ],
        available_triggers=list(moves.available),
        unavailable_triggers=[unavailable_out(each) for each in moves.unavailable],
    )


def unavailable_out(each: Unavailable) -> schemas.UnavailableOut:
    """Return a step that cannot be made now, with all that stands against it."""
    only = each.reasons[0]
    if len(each.reasons) > 1 or only.params.keys() != _OF_A_STEP:
        return _unavailable(each.trigger, each.reasons)
    told = only.params
    return _impossible(
        definitions(), each.trigger, only.code, told["workflow"], told["state"], told["trigger"], locale()
    )


_OF_A_STEP = {"workflow", "state", "trigger"}


@lru_cache(maxsize=1024)
def _impossible(
    _known: Registry, trigger: str, code: str, workflow: str, state: str, step: str, _language: str
) -> schemas.UnavailableOut:
    """Return a step of another state: the same for all cases in this one, and most of what cannot be made."""
    return _unavailable(trigger, [Refusal(code, {"workflow": workflow, "state": state, "trigger": step})])


def _unavailable(trigger: str, refusals: Sequence[Refusal]) -> schemas.UnavailableOut:
    return schemas.UnavailableOut(trigger=trigger, reasons=[schemas.Reason(**told) for told in reasons(refusals)])


_CASE_PLAIN = (
    *("id", "version", "number", "state", "public_summary", "category", "kind", "urgency", "region_code"),
    *("channel", "occurred_on", "household_id", "reported_by", "route", "suspended_until", "result_class"),
    *("review_on", "followed_up", "solved", "satisfaction", "attitude", "own_rating", "own_solved"),
    *("exclusion", "returns", "due_kind"),
    *("attachments_total", "comments_total"),
)
_CASE_TIMES = (
    *("created_at", "updated_at", "state_since", "reported_at", "assigned_at", "acknowledged_at"),
    *("contacted_at", "resolved_at", "closed_at", "due_at"),
)


def line_out(row: CaseRow) -> schemas.CaseLine:
    """Return a case in a list; the titles of who only looks are masked like everything else."""
    return lines_out([row])[0]


def lines_out(rows: Iterable[CaseRow]) -> list[schemas.CaseLine]:
    """Return the cases of a list likewise; what is the same for all of them is asked for once."""
    zone, now, reads = unit.office().settings.zone, unit.at(), title_reader()
    made = []
    for row in rows:
        times = {
            name: instant and instant.astimezone(zone)
            for name, instant in zip(_LINE_TIMES, _TIMES_OF(row), strict=True)
        }
        line = schemas.CaseLine(
            **dict(zip(_LINE_PLAIN, _PLAIN_OF(row), strict=True)),
            **times,
            title=row.title if reads(row) else personal.scrub(row.title),
            org=row.lead_org_code,
            org_name=row.lead_org_name,
            assignee=named(row.assignee_id, row.assignee_name),
            level=row.due_level,
            overdue=row.is_open and row.due_at is not None and row.due_at < now,
            merged_into=row.merged_into_id,
        )
        made.append(line)
    return made


_LINE_PLAIN = (
    *("id", "version", "number", "state", "category", "kind", "urgency", "channel", "region_code", "town"),
    *("village", "reporter_name", "due_kind", "suspended_until", "returns", "result_class", "satisfaction"),
)
_LINE_TIMES = ("created_at", "updated_at", "state_since", "due_at", "reported_at", "resolved_at")
_PLAIN_OF, _TIMES_OF = attrgetter(*_LINE_PLAIN), attrgetter(*_LINE_TIMES)


def deadline_out(clock: Deadline) -> schemas.DeadlineOut:
    """Return a clock with its arithmetic in words."""
    language = locale()
    rule, limit = _limit(clock.limit_unit, clock.limit_amount, clock.extended_to, language)
    return schemas.DeadlineOut(
        kind=clock.kind,
        due_at=local(clock.due_at),
        rule=rule,
        explain=explained(clock.due, language),
        level=clock.level,
        met_at=maybe_local(clock.met_at),
        status=clock.status,
        provisional=clock.due["provisional"],
        started_at=local(clock.started_at),
        limit=limit,
        subject=clock.subject_id,
    )


@lru_cache(maxsize=1024)
def _limit(kind: str, amount: int, until: date | None, _language: str) -> tuple[str, schemas.LimitOut]:
    """Return a limit in words and in numbers: an office has a few dozen."""
    rule = words(f"rule.{kind}", amount=amount) if until is None else words("rule.until", day=until.isoformat())
    return rule, schemas.LimitOut(unit=kind, amount=amount, extended_to=until)


def fund_out(line: FundLine, *, seen: "Seen") -> schemas.FundOut:
    """Return a fund line; it never changes, so its version is 1 for ever."""
    return schemas.FundOut(
        **_plain(line, ("id", "stage", "kind", "document_no", "expected_on")),
        source=seen(line.source) or "",
        project=seen(line.project),
        note=seen(line.note),
        version=1,
        created_at=local(line.created_at),
        updated_at=local(line.created_at),
        amount=money.yuan(-line.amount_fen if line.reverses_id is not None else line.amount_fen),
        on=line.on_date,
        allocation=line.allocation_id,
        reverses=line.reverses_id,
    )


def co_task_out(task: CoTask, orgs: Mapping[UUID, Org], *, seen: "Seen") -> schemas.CoTaskOut:
    """Return a question to a co-unit."""
    return schemas.CoTaskOut(
        **_plain(task, ("id", "version", "due_on", "status")),
        **_times(task, ("created_at", "updated_at", "answered_at")),
        org=orgs[task.org_id].code,
        org_name=orgs[task.org_id].name,
        question=seen(task.question) or "",
        answer=seen(task.answer),
        waive_reason=seen(task.waive_reason),
    )


def extension_out(request: ExtensionRequest, names: Mapping[UUID, str], *, seen: "Seen") -> schemas.ExtensionOut:
    """Return a request for more time."""
    return schemas.ExtensionOut(
        **_plain(request, ("id", "version", "until", "status")),
        reason=seen(request.reason) or "",
        decision_reason=seen(request.decision_reason),
        **_times(request, ("created_at", "updated_at", "old_due_at", "requested_at", "decided_at")),
        requested_by=named(request.requested_by, names.get(request.requested_by or _NOBODY, "")),
        decided_by=named(request.decided_by, names.get(request.decided_by or _NOBODY, "")),
    )


_NOBODY = UUID(int=0)


def named(person_id: UUID | None, name: str | None) -> schemas.Named | None:
    """Return somebody with their name; None for nobody."""
    return None if person_id is None else schemas.Named(id=person_id, name=name or "")


def is_overdue(due_at: datetime | None, *, is_open: bool) -> bool:
    """Say whether a clock is past its due instant now."""
    return is_open and due_at is not None and due_at < unit.at()


def maybe_local(instant: datetime | None) -> datetime | None:
    """Return an instant in the office's zone; None stays None."""
    return None if instant is None else local(instant)


def path_id(text: str) -> UUID:
    """Return an id of a path; one that is none leads nowhere, like any unknown one."""
    return parse_id(text) or _NOBODY


def names_of(values: Iterable[UUID | None]) -> Sequence[UUID]:
    """Return the ids among `values`, each once."""
    return list(dict.fromkeys(each for each in values if each is not None))


def reads_lists_plainly() -> bool:
    """Say whether the caller works on cases; who only looks sees no numbers of people in titles either."""
    return may_anywhere(identity.actor(), "case.batch")


def title_reader() -> Callable[[CaseRow], bool]:
    """Return what says of a line of a list whether the caller works on its case, as `may_read_plainly` does.

    Lines of one place and unit are asked about once; who reported a case finds it masked in lists, whole on its page.
    """
    known: dict[tuple[str, UUID | None], bool] = {}

    def reads(row: CaseRow) -> bool:
        key = (row.region_code, row.lead_org_id)
        if key not in known:
            known[key] = may_read_plainly(Subject(row.region_code, lead_org_id=row.lead_org_id))
        return known[key]

    return reads


def title_of(row: CaseRow) -> str:
    """Return the title of a line as the caller may see it."""
    return seen_of(row)(row.title) or ""


def seen_of(row: CaseRow) -> "Seen":
    """Return how free texts of a line are shown to the caller."""
    return seen_by(Subject(row.region_code, lead_org_id=row.lead_org_id))


def names_for(entries: Sequence[HistoryEntry]) -> Mapping[UUID, str]:
    """Return the names of everybody a history names."""
    ids = names_of(each for entry in entries for each in (entry.actor_id, entry.for_id))
    me = identity.actor()
    if me.person_id is not None and set(ids) <= {me.person_id}:
        return {me.person_id: me.name}
    return registry.people_by_id(unit.session(), ids)


def entry_out(entry: HistoryEntry, names: Mapping[UUID, str], *, subject: Subject | None = None) -> schemas.HistoryOut:
    """Return a row of a history; notes of others are internal, and who only looks sees masked words."""
    actor = identity.actor()
    told, comment = entry.fields, entry.comment
    if subject is not None:
        seen = seen_by(subject)
        comment = seen(comment)
        told = {name: seen.field(name, value) for name, value in told.items()}
        is_own = entry.actor_id is not None and entry.actor_id == actor.person_id
        if entry.trigger == comments.TRIGGER and not is_own and not permits(actor, "case.read_internal", subject):
            told, comment = {}, None
    return schemas.HistoryOut(
        id=entry.id,
        seq=entry.seq,
        at=local(entry.at),
        recorded_at=local(entry.recorded_at),
        actor=named(entry.actor_id, names.get(entry.actor_id or _NOBODY)) or schemas.Named(id=None, name="system"),
        on_behalf_of=named(entry.for_id, names.get(entry.for_id or _NOBODY)),
        trigger=entry.trigger,
        from_state=entry.from_state,
        to_state=entry.to_state,
        comment=comment,
        fields=_with_local_times(told),
        hash=entry.hash,
    )


def _with_local_times(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row recorded, with the instants that clocks wrote there in the office's zone."""
    shown = dict(told)
    if isinstance(told.get("due_at"), str):
        shown["due_at"] = _local_text(told["due_at"])
    if isinstance(told.get("moved"), dict):
        shown["moved"] = _moved_locally(told["moved"])
    if isinstance(told.get("limits"), list):
        shown["limits"] = [_moved_locally(each) for each in told["limits"]]
    return shown


def _moved_locally(moved: Mapping[str, Any]) -> dict[str, Any]:
    return {**moved, "from": _local_text(moved["from"]), "to": _local_text(moved["to"])}


def _local_text(recorded: str) -> str:
    return local(datetime.fromisoformat(recorded)).isoformat()


class Seen:
    """How a free text is shown: as typed, or with numbers of people masked."""

    def __call__(self, text: str | None) -> str | None:
        """Return the text as its reader may see it."""
        return text

    def field(self, name: str, value: Any) -> Any:
        """Return what was told in a field of a step, at any depth."""
        return _seen_within(value, self)


class _Scrubbed(Seen):
    def __call__(self, text: str | None) -> str | None:
        return None if text is None else personal.scrub(text)

    def field(self, name: str, value: Any) -> Any:
        is_name = name in _WHO and isinstance(value, str) and value not in say("history.who", locale="zh").split()
        return personal.mask_name(value) if is_name else _seen_within(value, self)


# Fields that hold whom somebody spoke to: a name is as masked there as the reporter's own.
_WHO = ("spoke_to",)
_as_typed, _scrubbed = Seen(), _Scrubbed()


def _seen_within(value: Any, seen: Seen) -> Any:
    if isinstance(value, str):
        return seen(value)
    if isinstance(value, dict):
        return {name: _seen_within(each, seen) for name, each in value.items()}
    return [_seen_within(each, seen) for each in value] if isinstance(value, list) else value


def seen_by(subject: Subject) -> Seen:
    """Return how free texts of a case are shown to the caller."""
    return _as_typed if may_read_plainly(subject) else _scrubbed


def money_seen_by(region_code: str) -> Seen:
    """Return how words of the fund ledger are shown: whoever only reads money reads no numbers of people."""
    return _as_typed if permits(identity.actor(), "fund.write", Subject(region_code)) else _scrubbed


def _plain(source: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names}


def _times(source: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: maybe_local(getattr(source, name)) for name in names}
