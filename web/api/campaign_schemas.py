"""What the API gives of a campaign as a whole: its figures, and the records each of them counts."""

from datetime import date, datetime

from web.api.schemas import Model


class FigurePart(Model):
    """A part of a figure, such as the cases of one category."""

    code: str
    label: str
    exact: int


class CampaignFigure(Model):
    """One figure: `exact` is the number of its records, for money what they add up to, in yuan."""

    key: str
    label: str
    exact: int | str
    text: str
    wording: str
    unit: str
    scope: str
    stage: str | None
    period_from: date
    as_of: date
    counts: str
    leaves_out: str
    parts: list[FigurePart]
    records: str


class FigureNote(Model):
    """Figures that belong together and do not agree."""

    text: str
    figures: list[str]


class CampaignFigures(Model):
    """All figures of a campaign."""

    campaign: str
    as_of: date
    known_at: datetime | None
    figures: list[CampaignFigure]
    notes: list[FigureNote]


class CountedRecord(Model):
    """One record that a figure counts; `amount` stands for money alone, in yuan."""

    id: str
    kind: str
    title: str
    region_code: str | None
    on: date | None
    amount: str | None
    note: str


class CountedList(Model):
    """The records a figure counts."""

    items: list[CountedRecord]
    next: str | None
    total: int | None = None
