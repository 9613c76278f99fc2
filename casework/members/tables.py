"""What is stored of the members of the county committee (委员): who they are, and their terms.

A member is not an account: most of 171 never log in. `person_id` ties the two together when one does.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Flag, Id
from casework.core.database import Base
from casework.core.editions import Edition, newest_only


class Member(Edition, Base):
    """A member (政协委员), whatever their term."""

    __tablename__ = "members"
    __table_args__ = (
        newest_only("members"),
        Index(None, "name"),
        Index(None, "person_id"),
        Index(None, "region_code"),
        STRICT,
    )

    # The county whose committee they sit on.
    region_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    pinyin: Mapped[str] = mapped_column(Text, default="")
    initials: Mapped[str] = mapped_column(Text, default="")
    # 工作单位及职务, as the ledger has it.
    post: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str | None] = mapped_column(Text)
    phone_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    person_id: Mapped[UUID | None] = mapped_column(Id)
    remark: Mapped[str] = mapped_column(Text, default="")


class MemberTerm(Edition, Base):
    """A time in office: sector (界别) and standing may differ from one term to the next."""

    __tablename__ = "member_terms"
    __table_args__ = (newest_only("member_terms"), Index(None, "member_id"), Index(None, "valid_from"), STRICT)

    member_id: Mapped[UUID] = mapped_column(Id)
    # 届, such as 十一届.
    term: Mapped[str] = mapped_column(Text, default="")
    sector: Mapped[str] = mapped_column(Text, default="")
    is_standing: Mapped[bool] = mapped_column(Flag, default=False)
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    end_reason: Mapped[str] = mapped_column(Text, default="")
