"""What the API takes and gives of places, units and categories."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from casework.registry.upkeep import NAME_LENGTH, ORG_KINDS
from web.api.requests import Request, coded, day, one_of, text
from web.api.schemas import ListOut, Model, Named, Record

__all__ = ["Named"]

_Letters = Annotated[str, StringConstraints(max_length=200)]
_Place = Annotated[str, StringConstraints(pattern="^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$")]
_Sort = Annotated[int, Field(ge=0, le=10_000)]
_Keywords = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=30)]], Field(max_length=100)]


class RegionIn(Request):
    """A place to enter; its parent and level follow from the code."""

    code: _Place
    name: str = text(NAME_LENGTH)
    pinyin: _Letters = ""
    initials: _Letters = ""


class RegionPatch(Request):
    """What changes in a place."""

    name: str = text(NAME_LENGTH, default="")
    pinyin: _Letters = ""
    initials: _Letters = ""
    valid_to: str | None = day(default=None)
    successor_code: str | None = coded(default=None)


class RegionOut(Record):
    """A place."""

    code: str
    name: str
    parent_code: str | None
    level: str
    pinyin: str
    initials: str
    valid_to: date | None
    successor_code: str | None


class RegionList(ListOut):
    """A page of places."""

    items: list[RegionOut]


class OrgIn(Request):
    """A unit to enter."""

    code: str = coded()
    name: str = text(NAME_LENGTH)
    kind: str = one_of(ORG_KINDS)
    region_code: str = coded()
    pinyin: _Letters = ""
    initials: _Letters = ""
    signs_results: bool = False


class OrgPatch(Request):
    """What changes in a unit."""

    name: str = text(NAME_LENGTH, default="")
    kind: str = one_of(ORG_KINDS, default="")
    region_code: str = coded(default="")
    pinyin: _Letters = ""
    initials: _Letters = ""
    signs_results: bool = False
    valid_to: str | None = day(default=None)


class OrgOut(Record):
    """A unit."""

    code: str
    name: str
    kind: str
    region_code: str
    pinyin: str
    initials: str
    signs_results: bool
    valid_to: date | None


class OrgList(ListOut):
    """A page of units."""

    items: list[OrgOut]


class CategoryIn(Request):
    """A category to enter."""

    code: str = coded()
    label_zh: str = text(NAME_LENGTH)
    label_en: str = text(NAME_LENGTH)
    parent_code: str | None = coded(default=None)
    sort: _Sort = 0
    keywords: _Keywords = Field(default_factory=list)


class CategoryPatch(Request):
    """What changes in a category."""

    label_zh: str = text(NAME_LENGTH, default="")
    label_en: str = text(NAME_LENGTH, default="")
    parent_code: str | None = coded(default=None)
    sort: _Sort = 0
    keywords: _Keywords = Field(default_factory=list)
    active: bool = True


class CategoryOut(Record):
    """A category."""

    code: str
    label_zh: str
    label_en: str
    parent_code: str | None
    sort: int
    active: bool
    keywords: list[str]


class CategoryList(ListOut):
    """A page of categories."""

    items: list[CategoryOut]


class ChangeOut(Model):
    """One change of a record: what was and what is."""

    seq: int
    at: datetime
    actor: Named
    trigger: str
    fields: dict[str, Any]


class ChangeList(ListOut):
    """What was changed in a record, oldest first."""

    items: list[ChangeOut]
