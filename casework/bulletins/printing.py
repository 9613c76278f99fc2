"""The bulletin of a quarter in one of the formats: the one in force, or, while there is none, a draft of now."""

from datetime import datetime
from pathlib import Path

from casework.bulletins import actions, cells, document, drafting, pictures, queries
from casework.bulletins.document import Standing
from casework.bulletins.drafting import Content
from casework.bulletins.drawing import Drawing
from casework.bulletins.tables import Bulletin
from casework.campaign.definition import Campaign
from casework.campaign.outline import Outline
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants
from casework.core.database import Session
from casework.documents import render
from casework.documents.model import Official


def standing_of(session: Session, bulletin: Bulletin) -> Standing:
    """Return how a bulletin stands."""
    corrected = session.get(Bulletin, bulletin.corrects_id) if bulletin.corrects_id is not None else None
    return Standing(
        bulletin.title,
        bulletin.sections,
        bulletin.document_no or "",
        bulletin.signed_on,
        "" if corrected is None else corrected.document_no or "",
        bulletin.id,
    )


def of_bulletin(session: Session, bulletin: Bulletin, *, attachments: Path, at: datetime) -> Official:
    """Return a bulletin as a document, a draft with the numbers of `at`; its pictures lie in `attachments`."""
    outline = actions.outline_of(actions.campaign_of(bulletin))
    content, load = content_of(session, bulletin, at=at), pictures.from_folder(attachments)
    return document.official(outline, standing_of(session, bulletin), content, load)


def content_of(session: Session, bulletin: Bulletin, *, at: datetime) -> Content:
    """Return the numbers of a bulletin with what each of its tables counts, also where it was frozen without."""
    content = actions.content(session, bulletin, at=at)
    return cells.with_sources(content, lambda: actions.anew(session, bulletin, at=at))


def of_quarter(
    session: Session,
    campaign: Campaign,
    quarter: Quarter,
    *,
    attachments: Path,
    at: datetime,
    is_press: bool = False,
) -> Official:
    """Return the document of a quarter: of its bulletin, or drawn at `at` from the outline where there is none yet.

    Raises:
        Refused: the campaign has no outline of a bulletin.
    """
    outline = actions.outline_of(campaign)
    found = queries.in_force(session, campaign.code, str(quarter))
    if found is None:
        drawing = Drawing.of(Instants(campaign, quarter.last), at=at)
        content = drafting.draw(session, drawing, quarter, zone=session.info["zone"])
        return document.press(outline, content, is_signed=False) if is_press else _fresh(outline, content, attachments)
    if is_press:
        return press(session, found, at=at)
    return of_bulletin(session, found, attachments=attachments, at=at)


def _fresh(outline: Outline, content: Content, attachments: Path) -> Official:
    sections = [
        {"key": each.key, "heading": each.heading, "paragraphs": each.paragraphs, "parts": each.parts}
        for each in outline.sections
    ]
    return document.official(outline, Standing(outline.title, sections), content, pictures.from_folder(attachments))


def press(session: Session, bulletin: Bulletin, *, at: datetime) -> Official:
    """Return the one-page press draft from the same numbers."""
    outline = actions.outline_of(actions.campaign_of(bulletin))
    return document.press(
        outline, actions.content(session, bulletin, at=at), is_signed=bulletin.document_no is not None
    )


def write(made: Official, format: str, *, home: Path, base_url: str = "") -> bytes:
    """Write a document; the office's own fonts lie in the folder `fonts` of its home."""
    return render.render(made, format, base_url=base_url, fonts=home / "fonts")


FORMATS = render.FORMATS
