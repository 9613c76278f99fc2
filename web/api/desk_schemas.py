"""What the API gives beside the case itself: own work, batches, proposals, figures, lifted masks."""

from datetime import date
from uuid import UUID

from web.api.schemas import CaseLine, CaseRef, ListOut, Model, Record, UnitRef


class RevealOut(Model):
    """One plain value, and how many more may be shown today."""

    field: str
    value: str | None
    left_today: int


class ToApprove(Record):
    """A request for more time that waits for the caller."""

    case: CaseLine
    until: date
    reason: str
    asked_by: str


class ToAnswer(Model):
    """A question that waits for a unit of the caller."""

    id: UUID
    case: CaseLine
    question: str
    due_on: date


class DraftOut(Record):
    """Something begun and not yet sent; `about` is what it belongs to."""

    form: str
    about: UUID


class WorkTotals(Model):
    """How many wait in each list, beyond those shown too."""

    to_sign: int
    due: int
    to_approve: int
    follow_up: int
    drafts: int
    questions: int


class WorkOut(Model):
    """What waits for the caller: the first fifty of each list, and how many there are."""

    to_sign: list[CaseLine]
    due: list[CaseLine]
    to_approve: list[ToApprove]
    follow_up: list[CaseLine]
    drafts: list[DraftOut]
    questions: list[ToAnswer]
    totals: WorkTotals


class WorkList(ListOut):
    """A page of one list of what waits for the caller."""

    items: list[CaseLine] | list[ToApprove] | list[DraftOut] | list[ToAnswer]


class BatchResult(Model):
    """What became of one case."""

    id: UUID
    done: bool
    reason: str | None
    code: str | None


class BatchOut(Model):
    """What became of a batch; in a dry run `done` says what would be done, and nothing is kept."""

    results: list[BatchResult]
    done: int
    refused: int
    dry_run: bool


class ProposalOut(Model):
    """A proposal with its grounds."""

    code: str | None | None
    label: str
    confidence: float
    words: list[str]
    ground: str | None
    facts: dict[str, str | int]


class SimilarOut(CaseRef):
    """A case that looks like it."""

    title: str
    score: float
    state: str
    same_person: bool
    same_place: bool
    words: list[str]


class SuggestionsOut(Model):
    """Proposals for one report."""

    category: list[ProposalOut]
    org: list[ProposalOut]
    urgency: list[ProposalOut]
    similar: list[SimilarOut]
    model: str


class CaseFigure(Model):
    """A number, what it is out of, and the paths that list the records of both."""

    key: str
    n: int
    records: str
    of: int | None
    of_records: str | None


class CellOut(Model):
    """How many cases share these codes; null stands for no unit."""

    codes: list[str | None]
    count: int
    records: str


class ColumnOut(Model):
    """A column of an exported table and what it means."""

    name: str
    type: str
    meaning: str


class DictionaryOut(Model):
    """What stands in the exported counts; those below `least` are hidden."""

    columns: list[ColumnOut]
    least: int
    notes: list[str]


class UnitRatesOut(Model):
    """The rates of a unit, and beside them whom they leave out."""

    unit: UnitRef
    figures: list[CaseFigure]


class UnitRatesList(ListOut):
    """The rates of every unit that leads or led any case, by code: all of them, `next` is null."""

    items: list[UnitRatesOut]


class StatisticsOut(Model):
    """Figures of cases."""

    figures: list[CaseFigure]
    cells: list[CellOut]
