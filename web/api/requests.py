"""What the API takes, as models: the document is drawn from them.

They describe and do not judge. A body is read by the room that knows its rules, which tells every mistake at once and
in the reader's language; a test holds the names and lengths here and there together.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from casework.assessment.spot_check import OUTCOMES
from casework.cases import codes
from casework.funds.actions import STAGES
from casework.funds.kinds import KINDS
from workflows.cases.batches import actions
from workflows.registry import registry

# Forms as the readers know them (casework/core/texts.py, personal.py); laxer than the rules, never stricter.
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
NO_DAY = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"
MONEY = r"^[0-9]{1,30}(\.[0-9]{1,2})?$"
UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


def text(longest: int, *, default: object = ...) -> Any:
    """Describe a text of up to so many characters."""
    return Field(default, min_length=1, max_length=longest)


def one_of(choices: tuple[str, ...], *, default: object = ...) -> Any:
    """Describe one of a list of codes."""
    return Field(default, json_schema_extra={"enum": list(choices)})


def coded(*, default: object = ...) -> Any:
    """Describe a code of something known; an empty one is taken as left out where that is its default."""
    return Field(default, min_length=0 if default == "" else 1, max_length=64)


def day(*, default: object = ...) -> Any:
    """Describe a day in the form 2026-01-11."""
    return Field(default, pattern=DAY)


def uuid(*, default: object = ...) -> Any:
    """Describe an id."""
    return Field(default, pattern=UUID)


class Request(BaseModel):
    """A body; whatever it does not name is refused."""

    # Built when first used: few offices ask for most of these shapes, and all of them are a part of every start.
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class ReporterIn(Request):
    """Who reports; kept sealed, shown masked."""

    name: str = text(30)
    phone: Annotated[str, StringConstraints(max_length=64)] | None = None
    id_number: Annotated[str, StringConstraints(max_length=64)] | None = None


class CaseIn(Request):
    """A difficulty to report."""

    id: str | None = uuid(default=None)
    title: str = text(120)
    description: str = text(20_000)
    category: str = coded()
    kind: str = one_of(codes.KINDS)
    urgency: str = one_of(codes.URGENCIES)
    region_code: str = coded()
    channel: str = one_of(codes.CHANNELS)
    reporter: ReporterIn
    household_id: str | None = uuid(default=None)
    occurred_on: str | None = Field(None, pattern=NO_DAY)
    answers: dict[str, Any] | None = None


class CasePatch(Request):
    """What triage puts right; only what is named is changed."""

    title: str = text(120, default="")
    description: str = text(20_000, default="")
    category: str = coded(default="")
    kind: str = one_of(codes.KINDS, default="")
    urgency: str = one_of(codes.URGENCIES, default="")
    region_code: str = coded(default="")
    reporter: ReporterIn | None = Field(default=None, json_schema_extra={"type": "object"})
    public_summary: Annotated[str, StringConstraints(max_length=2000)] | None = None
    answers: dict[str, Any] | None = Field(default=None, json_schema_extra={"type": "object"})


class TransitionIn(Request):
    """A move; which `fields` it takes stands in the workflow."""

    trigger: str = one_of(tuple(registry().latest("case").workflow.by_trigger))
    comment: Annotated[str, StringConstraints(max_length=4000)] | None = None
    fields: dict[str, Any] | None = None


class CommentIn(Request):
    """A note; @name tells that person."""

    text: str = text(4000)


class UrgeIn(Request):
    """A reminder to the handling unit."""

    text: Annotated[str, StringConstraints(max_length=2000)] | None = None


class FundIn(Request):
    """A line of the fund ledger; without `allocation` it begins a sum of its own."""

    stage: str = one_of(STAGES)
    amount: Annotated[str, StringConstraints(pattern=MONEY)]
    source: str = text(100)
    document_no: str = text(100)
    on: str = day()
    project: Annotated[str, StringConstraints(max_length=200)] | None = None
    expected_on: str | None = day(default=None)
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None
    allocation: str | None = uuid(default=None)
    kind: str | None = Field(default=None, json_schema_extra={"enum": list(KINDS)})


class OwnFundIn(FundIn):
    """A line of a sum that no case is about; without a place it lies where the project of its name is."""

    region_code: str = coded(default="")
    unlike: Annotated[str, StringConstraints(max_length=500)] | None = None


class FundPatch(Request):
    """What might be changed in a fund line: nothing, a line is taken back and written anew."""

    stage: str | None = one_of(STAGES, default=None)
    amount: Annotated[str, StringConstraints(pattern=MONEY)] | None = None
    source: str | None = None
    document_no: str | None = None
    on: str | None = day(default=None)
    project: str | None = None
    expected_on: str | None = day(default=None)
    note: str | None = None
    kind: str | None = Field(default=None, json_schema_extra={"enum": list(KINDS)})


class ReversalIn(Request):
    """Why a line is taken back."""

    note: str = text(2000)


class ShareIn(Request):
    """A share of a sum in percent, credited to a person, a member or a unit."""

    share: Annotated[str, StringConstraints(pattern=MONEY)]
    person: str | None = uuid(default=None)
    member: str | None = uuid(default=None)
    org: str | None = coded(default=None)
    role: str = one_of(("lead", "joint"), default="lead")


class ExtensionIn(Request):
    """More time asked for, before the clock is due."""

    until: str = day()
    reason: str = text(2000)


class DecisionIn(Request):
    """A decision on more time, by somebody else than the asker."""

    grant: bool
    reason: str = text(2000)


class CoTaskIn(Request):
    """A question to a co-handling unit."""

    org: str = coded()
    question: str = text(2000)
    due_on: str = day()


class SettlementIn(Request):
    """An answer to a question, or the reason why it is waived; one of the two."""

    answer: Annotated[str, StringConstraints(max_length=2000)] | None = None
    waive: Annotated[str, StringConstraints(max_length=2000)] | None = None


class PartIn(Request):
    """One trouble of several."""

    title: str = text(120)
    description: str = text(20_000)


class SplitIn(Request):
    """The troubles a report is split into."""

    parts: Annotated[list[PartIn], Field(min_length=1, max_length=10)]


class LinkIn(Request):
    """The case this one belongs together with, by id or number."""

    to: str = text(64)


class RevealIn(Request):
    """One masked value to be shown, and why; logged."""

    field: str = one_of(("name", "phone", "id_number"))
    reason: str = text(200)


class BatchIn(Request):
    """One action on many cases: those of `ids`, or those a filter lists."""

    action: str = one_of(actions())
    ids: (
        Annotated[list[Annotated[str, StringConstraints(pattern=UUID)]], Field(min_length=1, max_length=200)] | None
    ) = None
    filter: dict[str, Any] | None = None
    fields: dict[str, Any] | None = None
    comment: Annotated[str, StringConstraints(max_length=4000)] | None = None
    dry_run: bool = False


class SuggestIn(Request):
    """A report not yet saved, to get proposals for."""

    title: str = text(120)
    description: str = text(20_000)
    region_code: str | None = coded(default=None)


class FileIn(Request):
    """A file: pdf, jpg, png, xlsx, docx or txt, up to 20 MiB."""

    file: Annotated[bytes, Field(json_schema_extra={"type": "string", "format": "binary"})]


class MaterialIn(FileIn):
    """A file put to an activity; a picture with a caption may be shown in the bulletin of its quarter.

    With an `id` of the sender's own, what was put by it before is shown and nothing is put twice.
    """

    caption: str = Field("", max_length=60)
    id: str | None = uuid(default=None)


class BulletinIn(Request):
    """A bulletin to begin; `corrects` is the signed one it corrects."""

    campaign: str = text(40)
    quarter: str = Field(..., pattern=r"^2[0-9]{3}Q[1-4]$")
    corrects: str | None = uuid(default=None)


class BulletinPatch(Request):
    """What may be changed in a draft; whatever is left out stays."""

    title: str = text(100, default=None)
    sections: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=30)] | None = None
    answers: dict[str, str] | None = None
    as_of: str = day(default=None)


class BulletinMove(Request):
    """A move of a bulletin; which `fields` it takes stands in the workflow."""

    trigger: str = one_of(tuple(registry().latest("bulletin").workflow.by_trigger))
    comment: Annotated[str, StringConstraints(max_length=4000)] | None = None
    fields: dict[str, Any] | None = None


class SheetIn(Request):
    """The member and the year whose sheet is to be computed."""

    campaign: str = text(40)
    year: int = Field(..., ge=2000, le=2999)
    member: str = uuid()


class SheetsIn(Request):
    """The year whose sheets are to be computed."""

    campaign: str = text(40)
    year: int = Field(..., ge=2000, le=2999)


class SheetPatch(Request):
    """What the office gives for items instead: `[{item, points, reason}]`, replacing what it gave before."""

    adjustments: Annotated[list[dict[str, Any]], Field(max_length=50)]


class SheetMove(Request):
    """A move of a sheet; which `fields` it takes stands in the workflow."""

    trigger: str = one_of(tuple(registry().latest("assessment").workflow.by_trigger))
    comment: Annotated[str, StringConstraints(max_length=4000)] | None = None
    fields: dict[str, Any] | None = None


class DispatchIn(Request):
    """A sheet to send: its receiver, and the last day told in it (today when left out)."""

    receiver: str = coded()
    as_of: str | None = day(default=None)


class SpotCheckIn(Request):
    """A seed to commit to for the visits of a quarter; its digest alone is kept, so keep it yourself."""

    campaign: str = text(40)
    quarter: str = Field(..., pattern=r"^2[0-9]{3}Q[1-4]$")
    seed: str = text(200)


class SeedIn(Request):
    """The seed that was committed to."""

    seed: str = text(200)


class SpotFindingPatch(Request):
    """What came out of one visit; `words` are needed where it was not confirmed."""

    outcome: str = one_of(OUTCOMES)
    words: str = text(2000, default=None)
    asked_on: str = day(default=None)
