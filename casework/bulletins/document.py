"""A bulletin as an official document, and the one-page press draft from the same numbers (casework/documents)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from casework.bulletins import cells, pictures
from casework.bulletins.annexes import is_number, words
from casework.bulletins.drafting import Content, check_line, commitment_line, day_in_words
from casework.bulletins.people import NUMBERS
from casework.bulletins.pictures import Load
from casework.campaign.outline import TOKEN, Outline
from casework.documents.model import (
    Align,
    AnnexFigure,
    Block,
    FigureRun,
    Heading,
    Official,
    Paragraph,
    Run,
    Table,
)

_SECTION, _LISTED = 1, 2
PAGE = "/figures"
# The page of what a number of a table counts.
CELL = "/bulletins/counted"
# Parts that a sentence leads to, which is prose.
LED = ("praise", "reminders", "consultations", "supervision")
# Shares of the columns of who is mentioned: name, numbers, ground.
_NAME, _NUMBER, _GROUND = 5.0, 5.5, 15.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bulletin stands: its title and prose, its number and day once it is signed, what it corrects."""

    title: str
    sections: Sequence[Mapping[str, Any]]
    document_no: str = ""
    signed_on: date | None = None
    corrects: str = ""
    # Of one that is kept: frozen, its tables may name their records themselves.
    id: UUID | None = None


def official(outline: Outline, standing: Standing, content: Content, load: Load) -> Official:
    """Return a bulletin as a document; without a number it is marked as a draft. `load` reads the bytes of pictures."""
    blocks: list[Block] = []
    if standing.corrects:
        blocks.append(Paragraph((words()["list"]["corrects"].format(number=standing.corrects),)))
    for section in standing.sections:
        blocks += _section(section, replace(content, bulletin_id=standing.id), load)
    return Official(
        title=_filled(standing.title, content),
        blocks=tuple(blocks),
        issuer=outline.issuer,
        number=standing.document_no,
        is_draft=not standing.document_no,
        addressee=outline.addressee,
        signed_by=outline.signed_by,
        signed_on=standing.signed_on,
        copies_to=outline.copies_to,
        printed_by=outline.printed_by,
        printed_on=standing.signed_on,
        footer_lines=tuple(_footer(content)),
        figures=tuple(_annex(figure, content) for figure in content.data["figures"]),
    )


def _section(section: Mapping[str, Any], content: Content, load: Load) -> list[Block]:
    """Return a section; one that is drawn from records alone is left out when there are none."""
    blocks: list[Block] = [Paragraph(runs(text, content)) for text in section["paragraphs"]]
    for part in section["parts"]:
        blocks += _part(part, content, lead_of(section, part), load)
    is_empty = not blocks and bool(section["parts"])
    return [] if is_empty else [Heading(_SECTION, _filled(section["heading"], content)), *blocks]


def press(outline: Outline, content: Content, *, is_signed: bool) -> Official:
    """Return the press draft: one page without head and number; marked while its numbers are not signed."""
    return Official(
        title=_filled(outline.press_title, content),
        blocks=tuple(Paragraph(runs(text, content)) for text in outline.press),
        is_draft=not is_signed,
    )


def runs(text: str, content: Content) -> tuple[Run, ...]:
    """Return a text of the prose as runs: what stands in braces becomes the wording of a figure, with its records."""
    found: list[Run] = []
    last = 0
    for match in TOKEN.finditer(text):
        found.append(text[last : match.start()])
        token = match[1]
        word = content.word(token)
        if token in content.figures:
            found.append(FigureRun(word, token, path_of(token, content)))
        elif path := _fact_path(token, content):
            found.append(FigureRun(word, token, path, cells.label_of_fact(token)))
        else:
            found.append(word)
        last = match.end()
    found.append(text[last:])
    return tuple(run for run in found if run)


def path_of(key: str, content: Content, **part: str) -> str:
    """Return the page that lists what a figure counts, or a part of it, at the instants of this bulletin."""
    return f"{PAGE}/{key}?{urlencode({**_instants(content), **part})}"


def _instants(content: Content) -> dict[str, str]:
    names = ("campaign", "as_of", "known_at")
    return {name: content.data[name] for name in names if content.data[name] is not None}


def _filled(text: str, content: Content) -> str:
    return TOKEN.sub(lambda match: content.word(match[1]), text)


def lead_of(section: Mapping[str, Any], part: str) -> str:
    """Return the sentence before such a part: as somebody wrote it, or the usual one; empty for
    other parts.
    """
    return str(section.get("leads", {}).get(part) or words()["list"][part]) if part in LED else ""


def _part(part: str, content: Content, lead: str, load: Load) -> Iterator[Block]:
    if part in NUMBERS:
        yield from _mentions(part, content, lead)
    elif part == "experiences":
        for each in content.data["experiences"]:
            yield Heading(_LISTED, each["title"])
            yield Paragraph((each["text"],))
            # One frozen before experiences named anything says nothing of it.
            if each.get("named"):
                yield Paragraph((each["named"],))
    elif part == "pictures":
        # A bulletin frozen before visits had pictures has none.
        made = (pictures.block(each, load) for each in content.data.get("pictures", ()))
        yield from (each for each in made if each is not None)
    elif part == "open":
        if content.data["open"]["count"]:
            yield Paragraph(tuple(_under_way(content)))
    else:
        for table in content.data["tables"]:
            if table["key"] == part:
                if lead:
                    yield Paragraph(runs(lead, content))
                yield _table(table, content)


def _under_way(content: Content) -> Iterator[Run]:
    """Yield the sentence on what is under way; its number leads to the cases a bulletin names or a draft counts."""
    told, quarter = content.data["open"], content.data["quarter"]
    asked = {**_instants(content), "quarter": quarter}
    if content.is_frozen:
        asked["bulletin"] = str(content.bulletin_id or "")
    is_lost = content.is_frozen and not ("ids" in told and asked["bulletin"])
    path = "" if is_lost else f"{CELL}/{cells.OPEN}/1/{quarter}?{urlencode(asked)}"
    before, _, after = words()["list"]["open"].partition("{count}")
    yield before
    yield FigureRun(str(told["count"]), cells.OPEN, path, words()["annex"][cells.OPEN]["headings"][1])
    yield after


def _mentions(part: str, content: Content, lead: str) -> Iterator[Block]:
    people = content.data[part]
    if not people:
        return
    yield Paragraph(runs(lead, content))
    told, counts = words()["annex"][part], NUMBERS[part]
    if not all("numbers" in each for each in people):
        # Frozen when the numbers stood in the words of the ground.
        rows = tuple((each["name"], each["grounds"]) for each in people)
        yield Table("", tuple(words()["list"]["columns"]), rows, widths=(1, 4), name=told["title"])
        return
    right: Align = "right"
    yield Table(
        "",
        tuple(told["headings"]),
        tuple((each["name"], *(each["numbers"][count] for count in counts), each["grounds"]) for each in people),
        widths=(_NAME, *(_NUMBER for _ in counts), _GROUND),
        align=("left", *[right] * len(counts), "left"),
        links=tuple(("", *_mention_paths(part, each["id"], content), "") for each in people),
        name=told["title"],
    )


def _mention_paths(part: str, member: str, content: Content) -> Iterator[str]:
    for column, _ in enumerate(NUMBERS[part], start=1):
        yield _cell_path({"table": part, "column": str(column), "row": member}, content)


def _table(table: Mapping[str, Any], content: Content) -> Table:
    # One frozen before its cells knew what they count leads nowhere.
    links = tuple(tuple(_cell_path(each, content) for each in row) for row in table.get("sources", ()))
    rows = tuple(tuple(row) for row in table["rows"])
    texts = {index for row in rows for index, cell in enumerate(row) if isinstance(cell, str) and not is_number(cell)}
    align: list[Align] = ["left" if index in texts else "right" for index, _ in enumerate(table["headings"])]
    return Table(table["title"], tuple(table["headings"]), rows, align=tuple(align), links=links)


def _cell_path(source: Mapping[str, str] | None, content: Content) -> str:
    """Return where what a cell counts is listed; empty where nothing lists it."""
    if source is None:
        return ""
    if "figure" in source:
        part = {name: value for name, value in source.items() if name != "figure"}
        return path_of(source["figure"], content, **part)
    if "stage" in source:
        # One frozen when money led to the ledger, which lists what stands there now.
        table, (column, row) = "money", cells.stage_of(source)
    else:
        table, column, row = source["table"], int(source["column"]), source["row"]
    asked = {**_instants(content), "quarter": content.data["quarter"]}
    if "ids" in source and content.bulletin_id is not None:
        asked["bulletin"] = str(content.bulletin_id)
    return f"{CELL}/{table}/{column}/{quote(row)}?{urlencode(asked)}"


def _fact_path(token: str, content: Content) -> str:
    """Return where what a number of the quarter counts is listed; empty for a word, and where nothing lists it."""
    column = cells.fact_column(content, token)
    if column is None:
        return ""
    asked = {**_instants(content), "quarter": content.data["quarter"]}
    if content.is_frozen and cells.kept_of_fact(content, token) is not None:
        if content.bulletin_id is None:
            return ""
        asked["bulletin"] = str(content.bulletin_id)
    return f"{CELL}/{cells.FACT}/{column}/{asked['quarter']}?{urlencode(asked)}"


def _footer(content: Content) -> Iterator[str]:
    anchor = content.data["anchor"]
    if anchor is not None:
        day = day_in_words(date.fromisoformat(anchor["day"]))
        yield words()["list"]["anchor"].format(day=day, root=anchor["root"])
    # A bulletin frozen before there were spot checks has none.
    yield from map(commitment_line, content.data.get("commitments", ()))
    yield from map(check_line, content.data.get("checks", ()))


def _annex(figure: Mapping[str, Any], content: Content) -> AnnexFigure:
    exact = figure["exact"]
    return AnnexFigure(
        key=figure["key"],
        label=figure["label"],
        exact=Decimal(exact) if isinstance(exact, str) else exact,
        text=figure["text"],
        unit=figure["unit"],
        scope=words()["scopes"][figure["scope"]],
        as_of=date.fromisoformat(figure["as_of"]),
        counts=figure["counts"],
        leaves_out=figure["leaves_out"],
        href=path_of(figure["key"], content),
    )
