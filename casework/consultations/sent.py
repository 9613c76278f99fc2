"""What the steps of a consultation are told, read: people invited and come, scores, what was agreed, what was kept.

Every mistake is told on its own path, such as `participants[1].person`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.consultations.codes import PARTS, POSITIONS, SCORES
from casework.core import reading, texts
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, invalid
from casework.core.ids import parse_id
from casework.registry import queries as registry
from casework.registry.tables import Org, Person

MOST_PEOPLE, MOST_ITEMS, NAME_LENGTH, ITEM_LENGTH = 200, 50, 30, 2000


@dataclass(frozen=True, slots=True)
class Invitee:
    """One who is to come: an account, or a name."""

    person_id: UUID | None
    name: str
    part: str
    required: bool


@dataclass(frozen=True, slots=True)
class Agreed:
    """One thing that was agreed, its unit and its day."""

    text: str
    org: Org
    due_on: date


@dataclass(frozen=True, slots=True)
class Statement:
    """What one who came said: which position they took, and their words."""

    who: Person | str
    position: str
    words: str


def person(session: Session, value: object, *, field: str) -> Person:
    """Read an active person by id.

    Raises:
        Invalid: there is no such person.
    """
    found = parse_id(value) if isinstance(value, str) else None
    row = None if found is None else session.get(Person, found)
    if row is None or row.disabled_at is not None:
        raise invalid(field, "no_such_person")
    return row


def participants(session: Session, value: object, *, field: str) -> Sequence[Invitee]:
    """Read who is to come: `[{person?, name?, part, required}]`, each once.

    Raises:
        Invalid: every mistake; somebody who stands in the list twice is one.
    """
    rows = _rows(value, field, MOST_PEOPLE)
    known = _people(session, [row.get("person") for row in rows if isinstance(row, Mapping)])
    found = _each(rows, field, lambda row, path: _invitee(row, path, known))
    errors = []
    seen: set[object] = set()
    for index, each in enumerate(found):
        key = each.person_id or texts.bare_name(each.name)
        if key in seen:
            errors.append(FieldError(f"{field}[{index}]", "participant_twice", {"name": each.name}))
        seen.add(key)
    convenors = [index for index, each in enumerate(found) if each.part == "convenor"]
    errors += [FieldError(f"{field}[{index}].part", "one_convenor") for index in convenors[1:]]
    if errors:
        raise Invalid(errors)
    return found


def _people(session: Session, values: Sequence[object]) -> Mapping[UUID, Person]:
    ids = [found for each in values if isinstance(each, str) and (found := parse_id(each)) is not None]
    asked = select(Person).where(Person.id.in_(ids), Person.disabled_at.is_(None))
    return {row.id: row for row in session.scalars(asked)} if ids else {}


def _invitee(row: Mapping[str, Any], path: str, known: Mapping[UUID, Person]) -> Invitee:
    def who(value: Any) -> Person | None:
        if value is None or value == "":
            return None
        found = known.get(parse_id(value) or UUID(int=0)) if isinstance(value, str) else None
        if found is None:
            raise invalid(f"{path}.person", "no_such_person")
        return found

    values = _read(
        row,
        path,
        {
            "person": who,
            "name": lambda v: texts.clean_text(
                v, field=f"{path}.name", max_length=NAME_LENGTH, required=False, name=True
            ),
            "part": reading.choice(f"{path}.part", PARTS),
            "required": lambda v: False if v is None else reading.flag(f"{path}.required")(v),
        },
        required=("part",),
    )
    account, name = values.get("person"), values.get("name", "")
    if account is None and not name:
        raise invalid(f"{path}.name", "person_or_name")
    return Invitee(
        None if account is None else account.id,
        name if account is None else account.name,
        values["part"],
        values.get("required", False),
    )


def attended(session: Session, value: object, *, field: str) -> Sequence[Person | str]:
    """Read who came: ids of people, or names, each once.

    Raises:
        Invalid: every mistake.
    """
    rows = _rows(value, field, MOST_PEOPLE)
    known = _people(session, rows)
    found: list[Person | str] = []
    seen: set[UUID | str] = set()
    errors: list[FieldError] = []
    for index, each in enumerate(rows):
        path = f"{field}[{index}]"
        try:
            name = texts.clean_text(each, field=path, max_length=NAME_LENGTH + 6, name=True)
            person_id = parse_id(name)
            if person_id is not None and person_id not in known:
                raise invalid(path, "no_such_person")
            one: Person | str = name if person_id is None else known[person_id]
            key = texts.bare_name(name) if person_id is None else person_id
            if key in seen:
                raise invalid(path, "participant_twice", name=one if isinstance(one, str) else one.name)
            seen.add(key)
            found.append(one)
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return found


def statements(value: object, *, field: str, came: Sequence[Person | str]) -> Sequence[Statement]:
    """Read who of those who came said what: `[{who, position, words?}]`, each once.

    Raises:
        Invalid: every mistake; one by somebody who did not come is one.
    """
    known = {str(each.id) if isinstance(each, Person) else texts.bare_name(each): each for each in came}
    # On paper people are called by their names, whether they have an account or not.
    known = {**{texts.bare_name(each.name): each for each in came if isinstance(each, Person)}, **known}

    def one(row: Mapping[str, Any], path: str) -> Statement:
        def who(given: Any) -> Person | str:
            name = texts.clean_text(given, field=f"{path}.who", max_length=NAME_LENGTH + 6, name=True)
            if texts.bare_name(name) not in known:
                raise invalid(f"{path}.who", "did_not_come", name=name)
            return known[texts.bare_name(name)]

        readers = {
            "who": who,
            "position": reading.choice(f"{path}.position", POSITIONS),
            "words": reading.text(f"{path}.words", ITEM_LENGTH),
        }
        values = _read(row, path, readers, required=("who", "position"))
        return Statement(values["who"], values["position"], values.get("words", ""))

    found = _each(_rows(value, field, MOST_PEOPLE), field, one)
    heard: set[object] = set()
    errors = []
    for n, each in enumerate(found):
        if each.who in heard:
            name = each.who if isinstance(each.who, str) else each.who.name
            errors.append(FieldError(f"{field}[{n}].who", "participant_twice", {"name": name}))
        heard.add(each.who)
    if errors:
        raise Invalid(errors)
    return found


def consensus(session: Session, value: object, *, field: str, since: date) -> Sequence[Agreed]:
    """Read what was agreed: `[{text, org, due_on}]`, none at all being an answer too.

    `since`: the first day that can have been agreed; a slip of the pen in the year would else stay for good.

    Raises:
        Invalid: every mistake; one without unit or day is one.
    """

    def one(row: Mapping[str, Any], path: str) -> Agreed:
        def unit(given: Any) -> Org:
            code = texts.parse_code(given, field=f"{path}.org")
            org = registry.orgs_by_code(session, [code]).get(code)
            if org is None:
                raise invalid(f"{path}.org", "no_such_org", value=code)
            return org

        values = _read(
            row,
            path,
            {
                "text": reading.text(f"{path}.text", ITEM_LENGTH, required=True),
                "org": unit,
                "due_on": reading.day(f"{path}.due_on"),
            },
            required=("text", "org", "due_on"),
        )
        if values["due_on"] < since:
            raise invalid(f"{path}.due_on", "agreed_before", day=since.isoformat())
        return Agreed(**values)

    return _each(_rows(value, field, MOST_ITEMS), field, one)


def lines(value: object, *, field: str) -> Sequence[str]:
    """Read a list of texts.

    Raises:
        Invalid: every mistake.
    """
    rows = _rows(value, field, MOST_ITEMS)
    found, errors = [], list[FieldError]()
    for index, each in enumerate(rows):
        try:
            found.append(texts.clean_text(each, field=f"{field}[{index}]", max_length=ITEM_LENGTH))
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return found


def scores(value: object, *, field: str) -> Mapping[str, int]:
    """Read the score sheet: urgency, breadth and feasibility, each 1 to 5.

    Raises:
        Invalid: every mistake.
    """
    if not isinstance(value, Mapping):
        raise invalid(field, "not_an_object")
    readers = {name: (lambda given, path=f"{field}.{name}": _score(given, path)) for name in SCORES}
    return _read(value, field, readers, required=SCORES)


def _score(value: Any, path: str) -> int:
    if value is None or value == "":
        raise invalid(path, "required")
    return texts.parse_int(value, field=path, minimum=1, maximum=5)


def realised(value: object, *, field: str, most: int) -> Mapping[int, bool]:
    """Read which of the `most` things agreed came true: `{"1": true}`.

    Raises:
        Invalid: every mistake; a number of none of them is one.
    """
    if not isinstance(value, Mapping):
        raise invalid(field, "not_an_object")
    known = {str(n): n for n in range(1, most + 1)}
    errors, found = [], {}
    for number, each in value.items():
        path = f"{field}.{str(number)[:20]}"
        if number not in known:
            errors.append(FieldError(path, "no_such_item", {"most": most}))
        elif not isinstance(each, bool):
            errors.append(FieldError(path, "not_a_flag"))
        else:
            found[known[number]] = each
    if errors:
        raise Invalid(errors)
    return found


def _rows(value: object, field: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise invalid(field, "not_a_list", most=most)
    return value


def _each(rows: Sequence[Any], field: str, read: Callable[[Mapping[str, Any], str], Any]) -> list[Any]:
    found, errors = [], list[FieldError]()
    for index, row in enumerate(rows):
        path = f"{field}[{index}]"
        try:
            if not isinstance(row, Mapping):
                raise invalid(path, "not_an_object")
            found.append(read(row, path))
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return found


def _read(row: Mapping[str, Any], path: str, readers: reading.Readers, *, required: Sequence[str]) -> dict[str, Any]:
    unknown = [FieldError(f"{path}.{name}", "unknown_field") for name in row if name not in readers]
    try:
        values = reading.fields({k: v for k, v in row.items() if k in readers}, readers, required=required)
    except Invalid as mistake:
        raise Invalid([*unknown, *mistake.errors]) from mistake
    if unknown:
        raise Invalid(unknown)
    return values
