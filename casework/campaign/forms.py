"""How the plain records of a campaign are read, entered, mended and withdrawn: one manner for every kind.

A form says which fields a kind of record takes and how each is read; what is stored keeps editions. What a field points
at is looked for in the actor's sight; who may write is asked by the caller; nothing commits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select

from casework.campaign.readers import TEXT, Desk, Read, flag
from casework.core import editions, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.driver import alone
from casework.core.editions import Edition, known, withdrawn
from casework.core.errors import FieldError, Invalid, Refusal, Refused, Stale, invalid
from casework.core.ids import parse_id

Values = Mapping[str, Any]
_WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name as it is sent, how it is read, and the column it is kept in.

    `points_at`: the tables one of which has the record it names. `is_words` marks free text; what is `fixed` is never
    mended.
    `follows`: the field it follows from where it is not told; while that one is wrong, nothing is missing here.
    """

    name: str
    read: Read
    required: bool = False
    column: str = ""
    points_at: Sequence[type[Any]] = ()
    is_words: bool = False
    fixed: bool = False
    follows: str = ""

    @property
    def kept_in(self) -> str:
        """The column the value is kept in."""
        return self.column or self.name


@dataclass(frozen=True, slots=True)
class Change:
    """A record as it would become, by its columns: `values` whole, `row` as it is (None: new), `named`: sent."""

    values: Values
    row: Any = None
    named: frozenset[str] = frozenset()
    reason: str = ""


def _nothing(_desk: Desk, _change: Change) -> Values:
    return {}


def _no_mistakes(_desk: Desk, _change: Change) -> Sequence[FieldError]:
    return ()


def _no_refusals(_desk: Desk, _change: Change) -> Sequence[Refusal]:
    return ()


def _tells_no_more(_row: Any) -> Values:
    return {}


def _has_a_place(_raw: Values) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of record.

    `fill` adds what follows from the rest; `rules` find mistakes of a whole record, once each field is right by itself;
    `laws` are rules of the business; `tells` is what follows for those who read a row, by name. `key` are the columns
    by which there is one record only, withdrawn ones left out; where a law of the kind says so instead, it looks by
    `alone_by`. `county_wide` says of what was sent whether it may do without a place of its own, and is then the
    county's.
    """

    name: str
    table: type[Edition]
    fields: Sequence[Field]
    key: Sequence[str] = ()
    alone_by: Sequence[str] = ()
    fill: Callable[[Desk, Change], Values] = _nothing
    rules: Callable[[Desk, Change], Sequence[FieldError]] = _no_mistakes
    laws: Callable[[Desk, Change], Sequence[Refusal]] = _no_refusals
    tells: Callable[[Any], Values] = _tells_no_more
    county_wide: Callable[[Values], bool] = _has_a_place

    @property
    def is_withdrawable(self) -> bool:
        """Say whether a record of this kind can be taken back."""
        return _WITHDRAWN in inspect(self.table).column_attrs


def enter(session: Session, form: Form, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Any:
    """Enter a record from what was sent; a client-made `id` is kept.

    Raises:
        Invalid: every mistake, by the names of the fields.
        Refused: the client-made id is taken, there is such a record, or a law of its kind stands against it.
    """
    desk = Desk(session, at, actor)
    record_id, change = _read_new(desk, form, raw)
    taken = record_id is not None and session.scalar(select(form.table.version).where(form.table.id == record_id))
    _stand(desk, form, change, [Refusal("id_taken")] if taken else [])
    return editions.enter(session, form.table(**change.values), actor=actor, at=at, record_id=record_id)


def sent_before(session: Session, form: Form, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Any:
    """Return the record the same actor entered with the same client-made id and content; None when it is new.

    A phone that did not hear the answer sends what it wrote once more.
    """
    record_id = parse_id(raw["id"]) if isinstance(raw.get("id"), str) else None
    if record_id is None:
        return None
    # While the first is still under way, the second waits for it.
    alone.hold(session, "record", record_id)
    first = session.get(form.table, (record_id, 1))
    if first is None or first.recorded_by != actor.person_id or actor.person_id is None:
        return None
    try:
        _same_id, change = _read_new(Desk(session, at, actor), form, raw)
    except Invalid:
        return None
    columns = {each.kept_in for each in form.fields} | change.values.keys()
    told = {name: change.values.get(name) or None for name in columns}
    same = all((getattr(first, name) or None) == value for name, value in told.items())
    return editions.newest(session, form.table, record_id) if same else None


def mend(
    session: Session,
    form: Form,
    row: Any,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Any:
    """Change what is named of a locked record; `reason` is kept with the edition, `withdrawn` takes the record back.

    Raises:
        Stale: the record is not at `expected_version`.
        Invalid: every mistake; withdrawing needs a reason.
        Refused: there is such a record, or a law of its kind stands against it.
    """
    if expected_version is not None and row.version != expected_version:
        raise Stale(expected=expected_version, actual=row.version)
    desk = Desk(session, at, actor)
    change = _read_changes(desk, form, row, raw)
    changes = {name: value for name, value in change.values.items() if getattr(row, name) != value}
    if not changes:
        return row
    if not change.values.get(_WITHDRAWN, False):
        _judge(desk, form, change)
        _stand(desk, form, change, [])
    return editions.mend(session, row, changes, actor=actor, at=at, reason=change.reason)


def read_partly(session: Session, form: Form, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> dict[str, Any]:
    """Return the columns of the fields that are named; who enters many records at once has looked up the others.

    Raises:
        Invalid: every mistake, by the names of the fields.
    """
    errors: list[FieldError] = []
    values = _read(Desk(session, at, actor), form.fields, raw, errors, is_new=False)
    if errors:
        raise Invalid(errors)
    return values


def judge(session: Session, form: Form, values: Values, *, actor: Actor, at: datetime) -> None:
    """Judge a whole new record by its columns.

    Raises:
        Invalid: what the rules of its kind have against it.
    """
    _judge(Desk(session, at, actor), form, Change(values, None, frozenset(values)))


def _read_new(desk: Desk, form: Form, raw: Mapping[str, Any]) -> tuple[UUID | None, Change]:
    sent, errors = dict(raw), list[FieldError]()
    record_id = _read_one(errors, lambda: _client_id(sent.pop("id", None)))
    values = _read(desk, form.fields, sent, errors, is_new=True)
    named = frozenset(values)
    filled = form.fill(desk, Change(values, None, named))
    change = Change({**values, **filled}, None, named)
    errors += _missing(form, change, {error.field for error in errors})
    if errors:
        raise Invalid(errors)
    _judge(desk, form, change)
    return record_id, change


def _missing(form: Form, change: Change, wrong: set[str]) -> Sequence[FieldError]:
    lacking = [each for each in form.fields if each.required and _is_empty(change.values.get(each.kept_in))]
    untold = wrong | {each.name for each in lacking}
    return [
        FieldError(each.name, "required") for each in lacking if each.name not in wrong and each.follows not in untold
    ]


def _read_changes(desk: Desk, form: Form, row: Any, raw: Mapping[str, Any]) -> Change:
    sent, errors = dict(raw), list[FieldError]()
    told = sent.pop("reason", None)
    reason = _read_one(errors, lambda: texts.clean_text(told, field="reason", max_length=TEXT, required=False))
    fields = [each for each in form.fields if not each.fixed]
    columns = [each.kept_in for each in form.fields]
    if form.is_withdrawable:
        columns.append(_WITHDRAWN)
        fields.append(Field(_WITHDRAWN, flag, required=True))
    values = _read(desk, fields, sent, errors, is_new=False)
    if values.get(_WITHDRAWN) and not row.withdrawn and reason == "":
        errors.append(FieldError("reason", "required"))
    if errors:
        raise Invalid(errors)
    change = Change({name: getattr(row, name) for name in columns} | values, row, frozenset(values), reason or "")
    return replace(change, values={**change.values, **form.fill(desk, change)})


def _read(
    desk: Desk, fields: Sequence[Field], sent: Mapping[str, Any], errors: list[FieldError], *, is_new: bool
) -> dict[str, Any]:
    by_name = {each.name: each for each in fields}
    errors += [FieldError(name, "unknown_field") for name in sent if name not in by_name]
    values: dict[str, Any] = {}
    for name, each in by_name.items():
        if name not in sent:
            continue
        value = _read_one(errors, lambda: each.read(desk, sent[name], name))  # noqa: B023 - called at once
        if each.required and _is_empty(value):
            if not is_new and not any(error.field == name for error in errors):
                errors.append(FieldError(name, "required"))
        else:
            values[each.kept_in] = value
    return values


def _read_one(errors: list[FieldError], read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Invalid as mistake:
        errors += mistake.errors
        return None


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def hold_all(session: Session, form: Form, records: Iterable[Mapping[str, Any]]) -> None:
    """Let nobody else enter one of these records until the transaction ends, where a form says what is there once."""
    if names := form.key or form.alone_by:
        alone.hold_all(session, form.name, ([each.get(name) for name in names] for each in records))


def _judge(desk: Desk, form: Form, change: Change) -> None:
    errors = form.rules(desk, change)
    if errors:
        raise Invalid(errors)


def _stand(desk: Desk, form: Form, change: Change, refusals: Sequence[Refusal]) -> None:
    if names := form.key or form.alone_by:
        # Two at once would each find nobody there.
        alone.hold(desk.session, form.name, *(change.values.get(name) for name in names))
    found = [*refusals, *_twice(desk, form, change), *form.laws(desk, change)]
    if found:
        raise Refused(found)


def _twice(desk: Desk, form: Form, change: Change) -> Sequence[Refusal]:
    if not form.key:
        return ()
    table = form.table
    same = [getattr(table, name) == change.values.get(name) for name in form.key]
    if form.is_withdrawable:
        same.append(withdrawn(table, value=False))
    if change.row is not None:
        same.append(table.id != change.row.id)
    found = desk.session.scalar(select(table.id).where(known(table), *same).limit(1))
    return () if found is None else [Refusal("recorded_already", {"id": str(found)})]


def _client_id(given: Any) -> UUID | None:
    if given is None:
        return None
    found = parse_id(given) if isinstance(given, str) else None
    if found is None:
        raise invalid("id", "not_an_id")
    return found
