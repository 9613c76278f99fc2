"""What is stored of projects: what is built where, how far it is, and which households earn more by it.

The money of a project stands in the fund ledger under the project's name (casework/funds); nothing is added up here.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id
from casework.core.database import Base
from casework.core.editions import Edition, Withdrawable, newest_only


class Project(Withdrawable, Edition, Base):
    """A project; known by its name in a county."""

    __tablename__ = "projects"
    __table_args__ = (
        newest_only("projects"),
        CheckConstraint("finished_on IS NULL OR finished_on >= begun_on", name="days"),
        Index(None, "region_code", "name"),
        # A ledger asks for hundreds of names at once; by the place alone it would look through the whole county.
        Index(None, "name"),
        STRICT,
    )

    name: Mapped[str] = mapped_column(Text)
    # `agri_industry`, `infrastructure`, `livelihood` or `other`.
    kind: Mapped[str] = mapped_column(Text)
    region_code: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text, default="")
    department: Mapped[str] = mapped_column(Text, default="")
    industry_id: Mapped[UUID | None] = mapped_column(Id)
    entity_id: Mapped[UUID | None] = mapped_column(Id)
    progress: Mapped[str] = mapped_column(Text, default="")
    begun_on: Mapped[date | None] = mapped_column(Day)
    finished_on: Mapped[date | None] = mapped_column(Day)
    # What a ledger says of 受益户数. The figure counts the households named one by one; this stands beside it.
    households_told: Mapped[int | None] = mapped_column(Integer)
    remark: Mapped[str] = mapped_column(Text, default="")


class Beneficiary(Withdrawable, Edition, Base):
    """A household that earns more by a project, since a day."""

    __tablename__ = "beneficiaries"
    __table_args__ = (
        newest_only("beneficiaries"),
        # Whole enough for the figure of households that earn more: it need not go to the rows.
        Index(None, "project_id", "on_date", "household_id", "withdrawn", "superseded_at"),
        Index(None, "household_id"),
        STRICT,
    )

    project_id: Mapped[UUID] = mapped_column(Id)
    household_id: Mapped[UUID] = mapped_column(Id)
    on_date: Mapped[date] = mapped_column(Day)
    remark: Mapped[str] = mapped_column(Text, default="")
