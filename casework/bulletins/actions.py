"""What changes in a bulletin beside its state: its prose, its answers, its frozen numbers, its number.

Keyword-only, with the session and `at` handed in; nothing here commits and nothing assigns `state`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from casework.bulletins import drafting
from casework.bulletins.annexes import words
from casework.bulletins.document import LED
from casework.bulletins.drafting import Content
from casework.bulletins.drawing import Drawing
from casework.bulletins.tables import Bulletin
from casework.campaign.definition import Campaign
from casework.campaign.loader import campaigns
from casework.campaign.outline import FACTS, WORDS, Outline, tokens
from casework.campaign.quarters import Quarter, read_quarter
from casework.campaign.sources import Instants
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, refused
from casework.core.ids import new_id
from casework.matters import numbering
from casework.registry import places

NUMBER_KIND = "TB"
TITLE_LENGTH, HEADING_LENGTH, PARAGRAPH_LENGTH, ANSWER_LENGTH = 100, 60, 5000, 1000
MOST_SECTIONS, MOST_PARAGRAPHS = 30, 60


def campaign_of(bulletin: Bulletin) -> Campaign:
    """Return the campaign a bulletin belongs to."""
    return campaigns()[bulletin.campaign]


def outline_of(campaign: Campaign) -> Outline:
    """Return the outline of a campaign's bulletin.

    Raises:
        Refused: the campaign has none.
    """
    if campaign.outline is None:
        raise refused("campaign_without_bulletin", campaign=campaign.code)
    return campaign.outline


def require_begun(campaign: Campaign, quarter: Quarter, *, today: date) -> None:
    """Refuse a quarter that has not begun, or that was over before the campaign began.

    Raises:
        Refused: quarter_not_yet.
    """
    if quarter.first > today or quarter.last < campaign.begins:
        raise refused("quarter_not_yet", quarter=str(quarter))


def make(
    session: Session, campaign: Campaign, quarter: Quarter, *, corrects: Bulletin | None, actor: Actor
) -> Bulletin:
    """Make the row of a bulletin with the prose of its campaign's outline; the engine starts it.

    A correction begins as what it corrects: its prose, its day.

    Raises:
        Refused: the campaign has no outline.
    """
    outline = outline_of(campaign)
    title, as_of = outline.title, quarter.last
    sections = [
        {"key": each.key, "heading": each.heading, "paragraphs": list(each.paragraphs), "parts": list(each.parts)}
        for each in outline.sections
    ]
    if corrects is not None:
        title, sections = corrects.title, [dict(each) for each in corrects.sections]
        # Of the same day, or every figure would differ besides what was wrong.
        as_of = corrects.as_of
    prefix = places.number_prefix(session, campaign.region_code[:6])
    return Bulletin(
        id=new_id(),
        number=numbering.next_number(session, prefix=prefix, kind=NUMBER_KIND, year=quarter.year),
        workflow="bulletin",
        region_code=campaign.region_code,
        campaign=campaign.code,
        quarter=str(quarter),
        title=title,
        sections=sections,
        answers={},
        as_of=as_of,
        drafted_by=actor.person_id,
        corrects_id=None if corrects is None else corrects.id,
    )


def instants_of(bulletin: Bulletin) -> Instants:
    """Return of which day, and as known when, a bulletin speaks."""
    return Instants(campaign_of(bulletin), bulletin.as_of, bulletin.known_at)


def content(session: Session, bulletin: Bulletin, *, at: datetime) -> Content:
    """Return the numbers of a bulletin: the frozen ones, or of a draft those of `at`, which is now."""
    return anew(session, bulletin, at=at) if bulletin.frozen is None else Content(bulletin.frozen)


def anew(session: Session, bulletin: Bulletin, *, at: datetime) -> Content:
    """Return the numbers of a bulletin drawn again of its day, as it was known when it was frozen."""
    return _drawn(session, bulletin, Drawing.of(instants_of(bulletin), at=at))


def since(session: Session, bulletin: Bulletin, *, at: datetime) -> Sequence[tuple[str, Any, Any]]:
    """Return the frozen figures that records entered since would make different: key, frozen, now."""
    if bulletin.frozen is None:
        return ()
    now = _drawn(session, bulletin, Drawing.of(replace(instants_of(bulletin), known_at=None), at=at))
    return drafting.differences(Content(bulletin.frozen), now)


def _drawn(session: Session, bulletin: Bulletin, instants: Drawing) -> Content:
    return drafting.draw(session, instants, read_quarter(bulletin.quarter), zone=session.info["zone"])


def freeze(session: Session, bulletin: Bulletin, *, at: datetime) -> None:
    """Freeze every number as it is known at `at`."""
    bulletin.known_at = at
    drawn = anew(session, bulletin, at=at)
    bulletin.frozen = dict(drawn.data)
    bulletin.frozen_sha256 = drawn.sha256


def thaw(bulletin: Bulletin) -> None:
    """Let the numbers follow the records again, before it was signed."""
    bulletin.known_at = bulletin.frozen = bulletin.frozen_sha256 = bulletin.reviewed_by = None


def sign(session: Session, bulletin: Bulletin, *, actor: Actor, on: date) -> None:
    """Number a bulletin: without gaps in the year, at the instant of signing."""
    outline = outline_of(campaign_of(bulletin))
    scope = f"bulletin-{bulletin.campaign}-{on.year}"
    bulletin.issue_no = numbering.take(session, scope=scope, count=1)
    bulletin.document_no = outline.number.format(year=on.year, n=bulletin.issue_no)
    bulletin.signed_by, bulletin.signed_on = actor.person_id, on


def unanswered(bulletin: Bulletin) -> Sequence[str]:
    """Return the notes of figures that do not agree and that nobody has answered."""
    notes = (bulletin.frozen or {}).get("notes", [])
    return [note["text"] for note in notes if not bulletin.answers.get(note["text"])]


def read_changes(bulletin: Bulletin, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Read what may be changed in a draft: `title`, `sections` (prose), `answers`, `as_of`.

    Raises:
        Invalid: every mistake; braces name no figure of the campaign.
    """
    readers: Mapping[str, Callable[[Any], Any]] = {
        "title": lambda value: texts.clean_text(value, field="title", max_length=TITLE_LENGTH, multiline=False),
        "sections": lambda value: _sections(bulletin, value),
        "answers": _answers,
        "as_of": lambda value: texts.parse_date(value, field="as_of"),
    }
    errors = [FieldError(name, "unknown_field") for name in raw if name not in readers]
    values: dict[str, Any] = {}
    for name, read in readers.items():
        if name in raw:
            try:
                values[name] = read(raw[name])
            except Invalid as mistake:
                errors += mistake.errors
    if "title" in values:
        errors += _strange(bulletin, values["title"], "title")
    if errors:
        raise Invalid(errors)
    return values


def _sections(bulletin: Bulletin, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_SECTIONS:
        raise Invalid([FieldError("sections", "not_a_list", {"most": MOST_SECTIONS})])
    parts, usual = {each["key"]: each["parts"] for each in bulletin.sections}, words()["list"]
    errors: list[FieldError] = []
    found = []
    for index, each in enumerate(value):
        path = f"sections[{index}]"
        told = each if isinstance(each, Mapping) else {}
        paragraphs = told.get("paragraphs")
        if not isinstance(paragraphs, list) or len(paragraphs) > MOST_PARAGRAPHS:
            errors.append(FieldError(f"{path}.paragraphs", "not_a_list", {"most": MOST_PARAGRAPHS}))
            continue
        try:
            heading = texts.clean_text(
                told.get("heading"), field=f"{path}.heading", max_length=HEADING_LENGTH, multiline=False
            )
            read = [
                texts.clean_text(text, field=f"{path}.paragraphs", max_length=PARAGRAPH_LENGTH, required=False)
                for text in paragraphs
            ]
            leads = _leads(told.get("leads"), path)
        except Invalid as mistake:
            errors += mistake.errors
            continue
        given = told.get("key")
        key = given if isinstance(given, str) and given in parts else f"own_{index}"
        # Which tables stand where is the outline's; what is typed is prose alone.
        section: dict[str, Any] = {"key": key, "heading": heading, "paragraphs": [text for text in read if text]}
        section["parts"] = parts.get(key, [])
        for text in (heading, *read, *leads.values()):
            errors += _strange(bulletin, text, path)
        written = {part: text for part, text in leads.items() if part in section["parts"] and text != usual[part]}
        if written := {part: text for part, text in written.items() if text}:
            section["leads"] = written
        found.append(section)
    if errors:
        raise Invalid(errors)
    return found


def _leads(value: Any, path: str) -> dict[str, str]:
    """Read the sentences before parts that take one; one left empty is the usual one again."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not set(value) <= set(LED):
        raise Invalid([FieldError(f"{path}.leads", "not_an_object")])
    limits: Any = {"field": f"{path}.leads", "max_length": PARAGRAPH_LENGTH, "required": False, "multiline": False}
    return {part: texts.clean_text(text, **limits) for part, text in value.items()}


def _strange(bulletin: Bulletin, text: str, path: str) -> list[FieldError]:
    known = {*WORDS, *FACTS, *campaign_of(bulletin).figures}
    strange = [token for token in tokens(text) if token not in known]
    return [FieldError(path, "no_such_token", {"token": token[:40]}) for token in strange]


def _answers(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise Invalid([FieldError("answers", "not_an_object")])
    return {
        str(note): texts.clean_text(answer, field="answers", max_length=ANSWER_LENGTH, required=False)
        for note, answer in value.items()
    }
