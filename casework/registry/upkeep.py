"""Places, units and categories put right by staff: read, checked, written, and noted who changed what.

Nothing is deleted: a place or a unit ends by `valid_to`, a category is no longer active. What was before stays in the
audit trail. Who may do this is asked by the caller.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import select

from casework.core import reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Refusal, Refused, Stale, invalid
from casework.core.ids import new_id
from casework.core.reading import Reader
from casework.registry import audit
from casework.registry.ledgers import Row, id_of, kind_of
from casework.registry.tables import Category, Org, Region

NAME_LENGTH = 60
ORG_KINDS = ("office", "committee", "department", "township", "village", "enterprise")
LEVELS: Mapping[int, str] = {2: "province", 4: "city", 6: "county", 9: "town", 12: "village"}
MOST_KEYWORDS = 100

Made = TypeVar("Made", Region, Org, Category)


def make_region(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Region:
    """Enter a place (`code, name`, and `pinyin?, initials?`); its parent follows from the code.

    Raises:
        Invalid: every mistake.
        Refused: the code is taken.
    """
    values = reading.fields(raw, _REGION_READERS, required=("code", "name"))
    parent = _parent_of(values["code"])
    if parent is not None and session.get(Region, parent) is None and len(values["code"]) > 6:
        raise invalid("code", "no_such_region", value=parent)
    row = Region(**values, parent_code=parent, level=LEVELS[len(values["code"])], **_born(at))
    return _enter(session, row, actor=actor, at=at)


def make_org(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Org:
    """Enter a unit (`code, name, kind, region_code`, and `pinyin?, initials?, signs_results?`).

    Raises:
        Invalid: every mistake.
        Refused: the code is taken.
    """
    values = reading.fields(raw, _org_readers(session), required=("code", "name", "kind", "region_code"))
    return _enter(session, Org(id=new_id(), **values, **_born(at)), actor=actor, at=at)


def make_category(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Category:
    """Enter a category (`code, label_zh, label_en`, and `parent_code?, sort?, keywords?`).

    Raises:
        Invalid: every mistake.
        Refused: the code is taken.
    """
    values = reading.fields(raw, _category_readers(session), required=("code", "label_zh", "label_en"))
    return _enter(session, Category(**values, **_born(at)), actor=actor, at=at)


def mend(
    session: Session, row: Row, raw: Mapping[str, Any], *, actor: Actor, at: datetime, expected_version: int | None
) -> None:
    """Change what is named in `raw`; the code stays as it is.

    Raises:
        Stale: somebody else changed it since.
        Invalid: every mistake.
    """
    if expected_version is not None and row.version != expected_version:
        raise Stale(expected=expected_version, actual=row.version)
    readers = dict(_readers_of(session, row))
    readers.pop("code")
    values = reading.fields(raw, readers)
    if isinstance(row, Category) and "parent_code" in values:
        _refuse_circle(session, row.code, values["parent_code"])
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return
    facts = {name: {"from": _told(getattr(row, name)), "to": _told(value)} for name, value in changed.items()}
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = at
    audit.record(session, event=f"{kind_of(row)}.mended", actor=actor, at=at, matter_id=id_of(row), facts=facts)
    session.flush()


def _enter(session: Session, row: Made, *, actor: Actor, at: datetime) -> Made:
    table = type(row)
    if session.scalar(select(table.code).where(table.code == row.code)) is not None:
        raise Refused([Refusal("code_taken", {"taken": row.code})])
    session.add(row)
    facts = {"code": row.code, "name": getattr(row, "name", None) or getattr(row, "label_zh", "")}
    audit.record(session, event=f"{kind_of(row)}.made", actor=actor, at=at, matter_id=id_of(row), facts=facts)
    session.flush()
    return row


def _born(at: datetime) -> dict[str, Any]:
    return {"version": 1, "created_at": at, "updated_at": at}


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _parent_of(code: str) -> str | None:
    return next((code[:length] for length in (9, 6, 4, 2) if len(code) > length), None)


def _readers_of(session: Session, row: Row) -> Mapping[str, Reader]:
    if isinstance(row, Region):
        return {
            **_REGION_READERS,
            "valid_to": reading.day("valid_to", required=False),
            "successor_code": _successor(session),
        }
    if isinstance(row, Org):
        return {**_org_readers(session), "valid_to": reading.day("valid_to", required=False)}
    return {**_category_readers(session), "active": reading.flag("active")}


def _name(field: str, *, required: bool = True) -> Reader:
    def read(value: Any) -> str:
        return texts.clean_text(value, field=field, max_length=NAME_LENGTH, name=True, required=required)

    return read


def _letters(field: str) -> Reader:
    def read(value: Any) -> str:
        return texts.search_key(texts.clean_text(value, field=field, max_length=200, name=True, required=False))

    return read


def _region_code(value: Any) -> str:
    code = texts.parse_code(value, field="code")
    if not (code.isascii() and code.isdigit() and len(code) in LEVELS):
        raise invalid("code", "region_form")
    return code


def _successor(session: Session) -> Reader:
    def read(value: Any) -> str | None:
        if value is None:
            return None
        code = texts.parse_code(value, field="successor_code")
        if session.get(Region, code) is None:
            raise invalid("successor_code", "no_such_region", value=code)
        return code

    return read


_REGION_READERS: Mapping[str, Reader] = {
    "code": _region_code,
    "name": _name("name"),
    "pinyin": _letters("pinyin"),
    "initials": _letters("initials"),
}


def _org_readers(session: Session) -> Mapping[str, Reader]:
    def kind(value: Any) -> str:
        if not isinstance(value, str) or value not in ORG_KINDS:
            raise invalid("kind", "required" if value is None else "not_a_choice", choices=", ".join(ORG_KINDS))
        return value

    def place(value: Any) -> str:
        code = texts.parse_code(value, field="region_code")
        if session.get(Region, code) is None:
            raise invalid("region_code", "no_such_region", value=code)
        return code

    return {
        "code": lambda value: texts.parse_code(value, field="code"),
        "name": _name("name"),
        "kind": kind,
        "region_code": place,
        "pinyin": _letters("pinyin"),
        "initials": _letters("initials"),
        "signs_results": reading.flag("signs_results"),
    }


def _category_readers(session: Session) -> Mapping[str, Reader]:
    def parent(value: Any) -> str | None:
        if value is None:
            return None
        code = texts.parse_code(value, field="parent_code")
        if session.get(Category, code) is None:
            raise invalid("parent_code", "no_such_category", value=code)
        return code

    def keywords(value: Any) -> list[str]:
        if not isinstance(value, list) or len(value) > MOST_KEYWORDS:
            raise invalid("keywords", "not_a_list", most=MOST_KEYWORDS)
        return [texts.clean_text(each, field="keywords", max_length=30, name=True) for each in value]

    return {
        "code": lambda value: texts.parse_code(value, field="code"),
        "label_zh": _name("label_zh"),
        "label_en": _name("label_en"),
        "parent_code": parent,
        "sort": lambda value: texts.parse_int(value, field="sort", minimum=0, maximum=10_000),
        "keywords": keywords,
    }


def _refuse_circle(session: Session, code: str, parent: str | None) -> None:
    seen = {code}
    while parent is not None:
        if parent in seen:
            raise invalid("parent_code", "category_circle")
        seen.add(parent)
        row = session.get(Category, parent)
        parent = None if row is None else row.parent_code
