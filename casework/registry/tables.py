"""What is stored of places, organisations, categories and people, and of what people did outside any matter.

Nothing here is ever deleted: a grant ends by `valid_to`, a place by `valid_to` and the code of its successor.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Flag, Id, Instant, Json
from casework.core.database import Base


class Region(Base):
    """A division by its statistical code (2, 4, 6, 9 or 12 digits; domain.md §4.3)."""

    __tablename__ = "regions"
    __table_args__ = STRICT

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text, index=True)
    level: Mapped[str] = mapped_column(Text)
    pinyin: Mapped[str] = mapped_column(Text, default="")
    initials: Mapped[str] = mapped_column(Text, default="")
    valid_to: Mapped[date | None] = mapped_column(Day)
    successor_code: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Org(Base):
    """A unit: office, committee, department, township, village or enterprise."""

    __tablename__ = "orgs"
    __table_args__ = (UniqueConstraint("code"), Index(None, "region_code"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    region_code: Mapped[str] = mapped_column(Text)
    pinyin: Mapped[str] = mapped_column(Text, default="")
    initials: Mapped[str] = mapped_column(Text, default="")
    # The unit's own switch: results are drafted by a handler and signed by the unit's head.
    signs_results: Mapped[bool] = mapped_column(Flag, default=False)
    valid_to: Mapped[date | None] = mapped_column(Day)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Category(Base):
    """A kind of difficulty; a tree by `parent_code`, the first level is what statistics group by."""

    __tablename__ = "categories"
    __table_args__ = STRICT

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    label_zh: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text, index=True)
    sort: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(Flag, default=True)
    keywords: Mapped[list[str]] = mapped_column(Json, default=list)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Person(Base):
    """Somebody who works with the software; with `user_name` also an account."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("user_name"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    pinyin: Mapped[str] = mapped_column(Text, default="")
    initials: Mapped[str] = mapped_column(Text, default="")
    user_name: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    password_set_at: Mapped[datetime | None] = mapped_column(Instant)
    former_hashes: Mapped[list[str]] = mapped_column(Json, default=list)
    must_change: Mapped[bool] = mapped_column(Flag, default=False)
    totp_secret: Mapped[str | None] = mapped_column(Text, info={"pii": "secret"})
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    locale: Mapped[str] = mapped_column(Text, default="zh")
    preferences: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    mail: Mapped[str | None] = mapped_column(Text, info={"pii": "mail"})
    # For text messages, typed by the person and shown to nobody else.
    phone_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    created_by: Mapped[UUID | None] = mapped_column(Id)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class RoleGrant(Base):
    """A role held over a region prefix and/or in an organisation, from a day to a day."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("region IS NOT NULL OR org_id IS NOT NULL OR role IN ('admin','security')", name="scope"),
        Index(None, "person_id"),
        Index(None, "org_id", "role"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Id, ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    org_id: Mapped[UUID | None] = mapped_column(Id, ForeignKey("orgs.id"))
    valid_from: Mapped[date | None] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    reason: Mapped[str] = mapped_column(Text, default="")
    granted_by: Mapped[UUID | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Token(Base):
    """A bearer token, stored as its SHA-256 only."""

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("digest"), Index(None, "person_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Id, ForeignKey("people.id"))
    digest: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, default="api")
    # What its owner calls it, such as the program that uses it.
    label: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    # Noted at most once an hour.
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    # When it was revoked, or ahead: until when it holds.
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class LoginSession(Base):
    """A log-in in a browser: an opaque token kept as SHA-256, ended by hand, by idleness or by age."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("digest"), Index(None, "person_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Id, ForeignKey("people.id"))
    digest: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text, default="")
    agent: Mapped[str] = mapped_column(Text, default="")
    # How its owner came in: by `password`, or vouched for by the provider of single sign-on (`oidc`).
    came_by: Mapped[str] = mapped_column(Text, default="password")
    created_at: Mapped[datetime] = mapped_column(Instant)
    # When its owner last proved who they are: by coming in, or since then.
    proven_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SignOn(Base):
    """Whom the provider of single sign-on means by a subject here; tied by an administrator."""

    __tablename__ = "sign_ons"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("person_id", "issuer"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Id, ForeignKey("people.id"))
    issuer: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class LoginFailure(Base):
    """A failed log-in, for the limits by account and by address (reliability.md §4.4)."""

    __tablename__ = "login_failures"
    __table_args__ = (Index(None, "user_name", "at"), Index(None, "address", "at"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    user_name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


class Deputy(Base):
    """Who stands in for whom, from a day to a day."""

    __tablename__ = "deputies"
    __table_args__ = (Index(None, "deputy_id"), Index(None, "person_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Id, ForeignKey("people.id"))
    deputy_id: Mapped[UUID] = mapped_column(Id, ForeignKey("people.id"))
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date] = mapped_column(Day)
    created_at: Mapped[datetime] = mapped_column(Instant)


class CalendarEntry(Base):
    """A day that differs from Monday-to-Friday: a holiday, a make-up day, a local closure (domain.md §7)."""

    __tablename__ = "calendar_days"
    __table_args__ = STRICT

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    is_workday: Mapped[bool] = mapped_column(Flag)
    name: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[datetime] = mapped_column(Instant)


class CalendarYear(Base):
    """A year whose holiday plan is known; all others are provisional. `version` counts changes of its days."""

    __tablename__ = "calendar_years"
    __table_args__ = STRICT

    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    confirmed: Mapped[bool] = mapped_column(Flag)
    version: Mapped[int] = mapped_column(Integer, default=1)


class OfficeSetting(Base):
    """A switch the office turns itself, such as the public page or the closing hour."""

    __tablename__ = "office_settings"
    __table_args__ = STRICT

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    updated_by: Mapped[UUID | None] = mapped_column(Id)


class AuditEvent(Base):
    """What is no step of a matter but must be answerable: log-ins, revealed values, exports, grants, settings."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "person_id", "event", "at"), Index(None, "at"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    event: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID | None] = mapped_column(Id)
    matter_id: Mapped[UUID | None] = mapped_column(Id)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)


class AuditLink(Base):
    """The link of the audit's one chain that a row of it hangs on; without one the product has not written the row."""

    __tablename__ = "audit_links"
    __table_args__ = STRICT

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    audit_id: Mapped[UUID] = mapped_column(Id, unique=True)
    hash: Mapped[str] = mapped_column(Text)
