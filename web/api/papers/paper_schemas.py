"""Papers and their templates as the API takes and gives them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from web.api.requests import Request, text
from web.api.schemas import ListOut, Model
from workflows.papers import papers


class TemplateIn(Request):
    """A template made in Word, and what was changed in it."""

    file: Annotated[bytes, Field(json_schema_extra={"type": "string", "format": "binary"})]
    note: str = text(papers.NOTE_LENGTH, default=None)


class TemplateFile(Request):
    """A template to be judged, without keeping it."""

    file: Annotated[bytes, Field(json_schema_extra={"type": "string", "format": "binary"})]


class UseIn(Request):
    """Which version is to be in force; null: the built-in form."""

    version: UUID | None


class TagOut(Model):
    """What a template may carry; `items` are the names in a row where it is a list."""

    name: str
    meaning: dict[str, str]
    example: str
    items: list[str]


class VersionOut(Model):
    """A version of a template an office sent."""

    id: UUID
    number: int
    file: str
    size: int
    sha256: str
    note: str
    sent_by: str
    sent_at: datetime
    in_force: bool


class KindOut(Model):
    """A kind of paper; `of`: what it is about; `outside`: it leaves the house, with the public summary, masked."""

    code: str
    label: dict[str, str]
    of: str
    outside: bool
    in_force: UUID | None


class KindList(ListOut):
    """Every kind of paper."""

    items: list[KindOut]


class PaperOut(KindOut):
    """A kind with its versions, the newest first, and its tags."""

    versions: list[VersionOut]
    tags: list[TagOut]


class Judged(Model):
    """A template that is sound; one that is not is refused, and why is told."""

    sound: bool
    tags: list[str]
