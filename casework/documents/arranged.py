"""A document with everything settled that is the same in all formats: clean text, fixed words, numbers, indents."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casework.core.neutral import printable
from casework.core.texts import mark_hidden
from casework.documents import geometry
from casework.documents.model import Block, Heading, Official, Picture, Table
from casework.documents.words import Words, words

_BREAKS = re.compile(r"\s*\n\s*")
_ONE_LINE = ("issuer", "number", "addressee", "signed_by", "note", "copies_to", "printed_by")


def is_told_before(block: Block | None) -> bool:
    """Say whether the paragraph before such a block leads to it, so that no page may end between the two."""
    return isinstance(block, Picture) or (isinstance(block, Table) and not block.landscape)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One line of the list of attachments: `lead` stands before the name, at `indent` ems, as wide as `width` ems."""

    lead: str
    name: str
    indent: float
    width: float


@dataclass(frozen=True, slots=True)
class Arranged:
    """What is to be written, from top to bottom; what is empty is left out. Indents in ems, sizes in pt.

    `name` is the title in one line. `blocks` are those of the model with the numbers of headings before their texts.
    """

    language: str
    name: str
    draft: str
    issuer: str
    issuer_size: float
    number: str
    title: tuple[str, ...]
    addressee: str
    blocks: tuple[Block, ...]
    attachments: tuple[Attachment, ...]
    signed_by: str
    signed_by_indent: float
    day: str
    day_indent: float
    note: str
    footer_lines: tuple[str, ...]
    copies_lead: str
    copies: str
    printed_by: str
    printed: str
    page: str


def arranged(document: Official) -> Arranged:
    """Settle what the formats have in common; the texts of `document` have been cleaned."""
    say = words(document.language)
    day = say.day_text(document.signed_on) if document.signed_on else ""
    signed_by_indent, day_indent = geometry.signature_indents(document.signed_by, day)
    pending = say.number_pending if document.is_draft and document.issuer else ""
    return Arranged(
        language=document.language,
        name=say.between_lines.join(document.title.split("\n")),
        draft=say.draft if document.is_draft else "",
        issuer=document.issuer,
        issuer_size=geometry.head_size(document.issuer),
        number=document.number or pending,
        title=geometry.title_lines(document.title, not_first=say.not_first, unbroken=say.unbroken),
        addressee=_ending(document.addressee, say.colon, also=":"),
        blocks=tuple(_numbered(document.blocks, say)),
        attachments=tuple(_attachments(document.attachments_note, say)),
        signed_by=document.signed_by,
        signed_by_indent=signed_by_indent,
        day=day,
        day_indent=day_indent if document.signed_by else 2.0,
        note=say.note.format(note=document.note) if document.note else "",
        footer_lines=document.footer_lines,
        copies_lead=say.copies if document.copies_to else "",
        copies=_ending(document.copies_to, say.stop),
        printed_by=document.printed_by,
        printed=say.printed.format(day=say.day_text(document.printed_on)) if document.printed_on else "",
        page=say.page,
    )


def cleaned(document: Official) -> Official:
    """Return the document with every text as all formats can hold it.

    What no file can hold, and what is not seen and could deceive, becomes a visible mark (reliability.md §5.1).
    """
    clean: Official = _clean(document)
    lines: dict[str, Any] = {name: _one_line(getattr(clean, name)) for name in _ONE_LINE}
    return dataclasses.replace(
        clean,
        attachments_note=tuple(map(_one_line, clean.attachments_note)),
        footer_lines=tuple(map(_one_line, clean.footer_lines)),
        **lines,
    )


def _clean(value: Any) -> Any:
    match value:
        case str():
            return mark_hidden(printable(value))
        case tuple():
            return tuple(map(_clean, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields: Mapping[str, Any] = {f.name: _clean(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **fields)
    return value


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()


def _ending(text: str, end: str, *, also: str = "") -> str:
    return text + end if text and not text.endswith((end, also or end)) else text


def _numbered(blocks: Sequence[Block], say: Words) -> Sequence[Block]:
    """Count the headings of each level anew below every higher one."""
    counts = [0, 0, 0, 0]
    made: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading):
            counts[block.level - 1] += 1
            counts[block.level :] = [0] * (len(counts) - block.level)
            number = say.heading_number(block.level, counts[block.level - 1])
            block = Heading(block.level, number + _one_line(block.text))
        made.append(block)
    return made


def _attachments(names: Sequence[str], say: Words) -> Sequence[Attachment]:
    """Number several attachments and let the names stand under each other (GB/T 9704-2012 §7.3.4)."""
    first = geometry.ems(say.attachment)
    if len(names) == 1:
        return [Attachment(say.attachment, names[0], 2.0, first)]
    made = []
    for number, name in enumerate(names, start=1):
        lead, indent = (say.attachment, 2.0) if number == 1 else ("", 2.0 + first)
        lead += f"{number}. "
        made.append(Attachment(lead, name, indent, geometry.ems(lead)))
    return made
