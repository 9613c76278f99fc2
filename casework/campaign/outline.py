"""The outline of a campaign's bulletin and of its press draft: whose it is, and the prose its numbers are put into.

In the prose `{members}` stands for the wording of that figure, and `{quarter}`, `{year}`, `{as_of}` for words of the
quarter; nothing else may stand in braces.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casework.core.definitions import Reader, Wrong

TOKEN = re.compile(r"\{([a-z0-9_]*)\}")
# Words of the quarter; beside them every figure of the campaign and every fact of the quarter is a token.
WORDS = ("year", "quarter", "as_of")
FACTS = (
    "quarter_households",
    "quarter_visited",
    "quarter_missed",
    "quarter_phone",
    "quarter_surveys",
    "quarter_solved",
    "quarter_consultations",
    "quarter_agreed",
    "quarter_converted",
    "quarter_realised",
    "quarter_supervised",
    "quarter_listed",
    "quarter_urged",
    "quarter_struck_off",
)
# Parts that are drawn from records and stand under the heading of their section.
PARTS = (
    *("", "villages", "offices", "households", "money", "kinds", "consultations", "supervision"),
    *("praise", "reminders", "experiences", "open", "pictures"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its heading, its prose, and the tables or lists drawn from records under it."""

    key: str
    heading: str
    paragraphs: tuple[str, ...]
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """What a bulletin is made of. `number` has `{year}` and `{n}` for the number allotted at signing."""

    title: str
    issuer: str
    number: str
    addressee: str
    signed_by: str
    copies_to: str
    printed_by: str
    sections: tuple[Section, ...]
    press_title: str
    press: tuple[str, ...]


def tokens(text: str) -> list[str]:
    """Return what stands in braces in a text, in order."""
    return TOKEN.findall(text)


def read_outline(reader: Reader, data: Mapping[str, Any], figures: Collection[str]) -> Outline | None:
    """Take the outline of a campaign's file; a campaign without one has no bulletin."""
    if "bulletin" not in data:
        return None
    table, path = reader.table(data["bulletin"], "bulletin"), "bulletin"
    names = ("title", "issuer", "number", "addressee", "signed_by", "copies_to", "printed_by")
    reader.known(table, path, (*names, "section", "press"))
    press = reader.table(table.get("press", {}), "bulletin.press")
    reader.known(press, "bulletin.press", ("title", "paragraphs"))
    sections = [
        _section(reader, each, f"bulletin.section[{index}]")
        for index, each in enumerate(reader.tables(table.get("section", []), "bulletin.section"))
    ]
    outline = Outline(
        **{name: reader.get(table, path, name, str) for name in names},
        sections=tuple(sections),
        press_title=reader.get(press, "bulletin.press", "title", str, ""),
        press=reader.words(press, "bulletin.press", "paragraphs", []),
    )
    known = {*WORDS, *FACTS, *figures}
    for text in (outline.title, outline.press_title, *outline.press, *_texts(sections)):
        reader.among(tokens(text), known, path, Wrong("a_token"))
    return outline


def _section(reader: Reader, table: Mapping[str, Any], path: str) -> Section:
    reader.known(table, path, ("key", "heading", "paragraphs", "parts"))
    section = Section(
        key=reader.get(table, path, "key", str),
        heading=reader.get(table, path, "heading", str),
        paragraphs=reader.words(table, path, "paragraphs", []),
        parts=reader.words(table, path, "parts", []),
    )
    reader.among(section.parts, PARTS, path, Wrong("a_bulletin_part"))
    return section


def _texts(sections: Sequence[Section]) -> list[str]:
    return [text for section in sections for text in (section.heading, *section.paragraphs)]
