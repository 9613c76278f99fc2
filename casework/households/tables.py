"""What is stored of households that members are linked to: the head, who lives there, and what they were when.

Personal data is kept twice, sealed and masked, as on a case. What a household counts as (脱贫户, 示范户) and whether it
is watched are dated rows with their source: the county committee never decides either (domain.md §3e).
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Big, Day, Hundredths, Id
from casework.core.database import Base
from casework.core.editions import Edition, Withdrawable, newest_only


class Household(Edition, Base):
    """A household by its head (户主)."""

    __tablename__ = "households"
    __table_args__ = (
        newest_only("households"),
        Index(None, "region_code"),
        Index(None, "head_id_index"),
        Index(None, "head_name_index"),
        STRICT,
    )

    # The village it lives in; the town where the village is not known.
    region_code: Mapped[str] = mapped_column(Text)
    group_no: Mapped[str] = mapped_column(Text, default="")
    head_name: Mapped[str] = mapped_column(Text)
    head_name_cipher: Mapped[str] = mapped_column(Text, info={"pii": "cipher"})
    # Heads are looked for by their names: whole names only, by a keyed digest.
    head_name_index: Mapped[str] = mapped_column(Text, info={"pii": "index"})
    head_id_number: Mapped[str | None] = mapped_column(Text)
    head_id_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    head_id_index: Mapped[str | None] = mapped_column(Text, info={"pii": "index"})
    phone: Mapped[str | None] = mapped_column(Text)
    phone_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    people: Mapped[int | None] = mapped_column(Integer)
    # What the handbook says (casework/households/handbook.py): why times are hard, land in mu, the house in square
    # metres and its danger grade, water, insurance.
    hardship: Mapped[str] = mapped_column(Text, default="")
    farmland: Mapped[Decimal | None] = mapped_column(Hundredths)
    forest: Mapped[Decimal | None] = mapped_column(Hundredths)
    floor_area: Mapped[Decimal | None] = mapped_column(Hundredths)
    housing_grade: Mapped[str] = mapped_column(Text, default="")
    water: Mapped[str] = mapped_column(Text, default="")
    insurance: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")


class HouseholdMember(Edition, Base):
    """Somebody who lives in a household. Only what a visit needs is shown to the member who makes it."""

    __tablename__ = "household_members"
    __table_args__ = (newest_only("household_members"), Index(None, "household_id"), STRICT)

    household_id: Mapped[UUID] = mapped_column(Id)
    name: Mapped[str] = mapped_column(Text)
    name_cipher: Mapped[str] = mapped_column(Text, info={"pii": "cipher"})
    relation: Mapped[str] = mapped_column(Text, default="")
    sex: Mapped[str] = mapped_column(Text, default="")
    birth_year: Mapped[int | None] = mapped_column(Integer)
    health: Mapped[str] = mapped_column(Text, default="")
    labour: Mapped[str] = mapped_column(Text, default="")
    education: Mapped[str] = mapped_column(Text, default="")
    school: Mapped[str] = mapped_column(Text, default="")
    # Where somebody works who works away or for others.
    workplace: Mapped[str] = mapped_column(Text, default="")
    left_on: Mapped[date | None] = mapped_column(Day)


class HouseholdStatus(Edition, Base):
    """What a household counted as, or was watched for, from a day to a day, and who says so.

    `part`: `category` (`poverty_alleviated`, `demonstration`, …) or `watch` (`unstable`, `marginal`, …).
    """

    __tablename__ = "household_statuses"
    __table_args__ = (newest_only("household_statuses"), Index(None, "household_id", "part"), STRICT)

    household_id: Mapped[UUID] = mapped_column(Id)
    part: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)


class IncomeEstimate(Edition, Withdrawable, Base):
    """What a household may have earned in a year, as somebody reckoned it on a day: an estimate (测算), never official.

    `method` names how and over which twelve months it was reckoned (casework/households/incomes.py); money is in fen.
    """

    __tablename__ = "income_estimates"
    __table_args__ = (
        newest_only("income_estimates"),
        CheckConstraint("people > 0", name="people"),
        CheckConstraint("business_gross_fen >= 0 AND business_cost_fen >= 0", name="business"),
        CheckConstraint("wage_fen >= 0 AND property_fen >= 0 AND transfer_fen >= 0", name="sums"),
        Index(None, "household_id", "year"),
        STRICT,
    )

    household_id: Mapped[UUID] = mapped_column(Id)
    on_date: Mapped[date] = mapped_column(Day)
    year: Mapped[int] = mapped_column(Integer)
    method: Mapped[str] = mapped_column(Text)
    people: Mapped[int] = mapped_column(Integer)
    wage_fen: Mapped[int] = mapped_column(Big, default=0)
    business_gross_fen: Mapped[int] = mapped_column(Big, default=0)
    business_cost_fen: Mapped[int] = mapped_column(Big, default=0)
    property_fen: Mapped[int] = mapped_column(Big, default=0)
    transfer_fen: Mapped[int] = mapped_column(Big, default=0)
    remark: Mapped[str] = mapped_column(Text, default="")
