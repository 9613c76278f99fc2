"""Places, units and categories from files: checked row by row, written or mended by their codes, never doubled.

A row known already and the same stays untouched, so a file may come as often as it likes. What a file looks like is not
known here (casework/exchange); a row comes as plain values.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select

from casework.core import texts
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid
from casework.core.ids import new_id
from casework.registry.pinyin import read_place
from casework.registry.tables import Category, Org, Region

Outcome = Literal["created", "updated", "unchanged"]
LEVELS: Mapping[int, str] = {2: "province", 4: "city", 6: "county", 9: "town", 12: "village"}
ORG_KINDS = ("office", "committee", "department", "township", "village", "enterprise")
NAME_LENGTH = 100
_DIGITS = re.compile("[0-9]+")
_COUNTY, _LABEL_LETTERS, _HASH_LETTERS = 6, 32, 6


@dataclass(frozen=True, slots=True)
class Place:
    """One checked row of a file of places."""

    code: str
    name: str
    parent: str | None
    level: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One checked row of a file of units."""

    code: str
    name: str
    kind: str
    region_code: str


def check_place(row: Mapping[str, Any], *, known: Collection[str]) -> Place:
    """Check a row of places (domain.md §4.3); `known` are the codes of the whole file and of the registry.

    Raises:
        Invalid: every mistake, by the keys code, name, parent, level.
    """
    faults: list[FieldError] = []
    code = row["code"]
    if not _DIGITS.fullmatch(code) or len(code) not in LEVELS:
        raise Invalid([FieldError("code", "region_code_form")])
    name = _name(row["name"], faults)
    shorter = [length for length in LEVELS if length < len(code)]
    natural = code[: shorter[-1]] if shorter else None
    parent = row.get("parent") or natural
    if parent != natural:
        faults.append(FieldError("parent", "region_parent_differs", {"child": code, "parent": natural or ""}))
    elif natural is not None and len(code) > _COUNTY and natural not in known:
        faults.append(FieldError("parent", "region_parent_missing", {"parent": natural}))
    level = row.get("level") or LEVELS[len(code)]
    if level != LEVELS[len(code)]:
        faults.append(FieldError("level", "region_level_differs", {"level": LEVELS[len(code)]}))
    if faults:
        raise Invalid(faults)
    return Place(code, name, parent, level)


def check_unit(row: Mapping[str, Any], *, county: str, regions: Collection[str]) -> Unit:
    """Check a row of units; one without a place belongs to `county`.

    Raises:
        Invalid: every mistake, by the keys code, name, kind, region_code.
    """
    faults: list[FieldError] = []
    code = ""
    try:
        code = texts.parse_code(row["code"], field="code")
    except Invalid as mistake:
        faults += mistake.errors
    name = _name(row["name"], faults)
    if row["kind"] not in ORG_KINDS:
        faults.append(FieldError("kind", "not_a_choice", {"choices": ", ".join(ORG_KINDS)}))
    region = row.get("region_code") or county
    if region not in regions:
        faults.append(FieldError("region_code", "no_such_region", {"value": region}))
    if faults:
        raise Invalid(faults)
    return Unit(code, name, row["kind"], region)


def load_places(session: Session, places: Sequence[Place], *, at: datetime) -> list[Outcome]:
    """Write places that are new or differ; one outcome a row."""
    codes = [place.code for place in places]
    known = {row.code: row for row in session.scalars(select(Region).where(Region.code.in_(codes)))}
    outcomes: list[Outcome] = []
    for place in places:
        row = known.get(place.code)
        if row is None:
            row = known[place.code] = Region(code=place.code, valid_to=None, successor_code=None, version=0)
            row.created_at = at
            session.put(row)
            outcomes.append("created")
        elif (row.name, row.parent_code, row.level) == (place.name, place.parent, place.level):
            outcomes.append("unchanged")
            continue
        else:
            outcomes.append("updated")
        reading = read_place(place.name)
        row.name, row.parent_code, row.level = place.name, place.parent, place.level
        row.pinyin, row.initials = reading.pinyin, reading.initials
        row.version += 1
        row.updated_at = at
    session.flush()
    return outcomes


def load_units(session: Session, units: Sequence[Unit], *, at: datetime) -> list[Outcome]:
    """Write units that are new or differ; one outcome a row."""
    codes = [unit.code for unit in units]
    known = {row.code: row for row in session.scalars(select(Org).where(Org.code.in_(codes)))}
    outcomes: list[Outcome] = []
    for unit in units:
        row = known.get(unit.code)
        if row is None:
            row = known[unit.code] = Org(id=new_id(), code=unit.code, signs_results=False, valid_to=None, version=0)
            row.created_at = at
            session.put(row)
            outcomes.append("created")
        elif (row.name, row.kind, row.region_code) == (unit.name, unit.kind, unit.region_code):
            outcomes.append("unchanged")
            continue
        else:
            outcomes.append("updated")
        reading = read_place(unit.name)
        row.name, row.kind, row.region_code = unit.name, unit.kind, unit.region_code
        row.pinyin, row.initials = reading.pinyin, reading.initials
        row.version += 1
        row.updated_at = at
    session.flush()
    return outcomes


class Tree:
    """The tree of categories in memory, by parent and label; asks the database once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._codes: dict[tuple[str | None, str], str] = {}
        self._labels: dict[str, str] = {}
        self._sort = 0
        for row in session.scalars(select(Category).order_by(Category.sort)):
            self._codes[row.parent_code, row.label_zh] = row.code
            self._labels[row.code] = row.label_zh
            self._sort = max(self._sort, row.sort)

    def load(self, labels: Sequence[str], *, at: datetime) -> Outcome:
        """Make what is missing of one path from the first level down."""
        outcome: Outcome = "unchanged"
        parent: str | None = None
        for depth in range(len(labels)):
            code = self._codes.get((parent, labels[depth]))
            if code is None:
                code = self._make(parent, labels[: depth + 1], at=at)
                outcome = "created"
            parent = code
        return outcome

    def _make(self, parent: str | None, path: Sequence[str], *, at: datetime) -> str:
        code = self._code(path)
        self._sort += 1
        self._codes[parent, path[-1]] = code
        self._labels[code] = path[-1]
        row = Category(
            code=code,
            label_zh=path[-1],
            label_en=path[-1],
            parent_code=parent,
            sort=self._sort,
            active=True,
            keywords=[],
            version=1,
            created_at=at,
            updated_at=at,
        )
        self._session.add(row)
        return code

    def _code(self, path: Sequence[str]) -> str:
        """Return a code that the same path always gets; labels that are read alike are told apart by a hash."""
        slug = "t-" + read_place(path[-1]).pinyin[:_LABEL_LETTERS]
        if len(path) == 1 and self._labels.get(slug, path[-1]) == path[-1]:
            return slug
        return f"{slug}-{hashlib.sha256('/'.join(path).encode()).hexdigest()[:_HASH_LETTERS]}"


def check_path(row: Mapping[str, Any]) -> list[str]:
    """Return the labels of one row of the tree, first level first.

    Raises:
        Invalid: a level is missing above another, or a label is too long.
    """
    faults: list[FieldError] = []
    levels = [(key, row.get(key)) for key in ("first", "second", "third")]
    last = max(index for index, (_, label) in enumerate(levels) if label)
    for key, label in levels[: last + 1]:
        if not label:
            faults.append(FieldError(key, "cell_empty"))
        else:
            _name(label, faults, field=key)
    if faults:
        raise Invalid(faults)
    return [label for _, label in levels if label]


def category_codes(session: Session) -> Mapping[str, str]:
    """Return label → code of the categories in use; of a label that occurs twice the one nearest the root."""
    rows = session.execute(
        select(Category.label_zh, Category.code, Category.parent_code).where(Category.active).order_by(Category.sort)
    ).all()
    codes: dict[str, str] = {}
    for top_only in (True, False):
        for label, code, parent in rows:
            if (parent is None) == top_only:
                codes.setdefault(label, code)
    return codes


def category_labels(session: Session) -> Mapping[str, str]:
    """Return code → label of the categories in use."""
    return {row.code: row.label_zh for row in session.scalars(select(Category).where(Category.active))}


def region_codes(session: Session) -> set[str]:
    """Return the codes of every place in force."""
    return set(session.scalars(select(Region.code).where(Region.valid_to.is_(None))))


def all_places(session: Session) -> Iterable[Region]:
    """Return every place in force, the larger ones first."""
    return sorted(
        session.scalars(select(Region).where(Region.valid_to.is_(None))), key=lambda row: (len(row.code), row.code)
    )


def all_units(session: Session) -> Iterable[Org]:
    """Return every unit in force, by code."""
    return session.scalars(select(Org).where(Org.valid_to.is_(None)).order_by(Org.code)).all()


def category_paths(session: Session) -> Iterable[Sequence[str]]:
    """Return the path of labels of every category that has none below it, in the order of the tree."""
    rows = session.scalars(select(Category).where(Category.active).order_by(Category.sort)).all()
    by_code = {row.code: row for row in rows}
    inner = {row.parent_code for row in rows}
    for row in rows:
        if row.code in inner:
            continue
        path = [row.label_zh]
        above = by_code.get(row.parent_code or "")
        while above is not None:
            path.insert(0, above.label_zh)
            above = by_code.get(above.parent_code or "")
        yield path


def _name(value: str, faults: list[FieldError], *, field: str = "name") -> str:
    try:
        return texts.clean_text(value, field=field, max_length=NAME_LENGTH, name=True)
    except Invalid as mistake:
        faults += mistake.errors
        return ""
