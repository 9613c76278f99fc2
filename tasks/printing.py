"""A stack of papers, made a few at a time so that the page which asked for it can say how far it is."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from casework.core.errors import Refused
from casework.core.ids import parse_id
from casework.templates import kinds, queries
from casework.templates.kinds import Kind
from tasks.asking import asker
from tasks.run import Run
from workflows.papers import papers
from workflows.papers.paper_desk import Desk, Values

# So many are read in one look at the database, so that nobody who writes waits long for it.
AT_ONCE = 10


def papers_print(run: Run) -> Mapping[str, Any]:
    """Make a stack in the name of who asked, of what they may see when it is made; done again it makes it anew."""
    print_id = parse_id(str(run.payload["print"]))
    assert print_id is not None
    with run.office.db.reading() as session:
        asked = queries.print_by_id(session, print_id)
        if asked is None:
            return {"made": 0}
        kind, format, matters = kinds.kind_of(asked.kind), asked.format, list(asked.matters)
        template = papers.content_of(session, kind, asked.template_id)
    values: list[Values] = []
    for start in range(0, len(matters), AT_ONCE):
        values += _gathered(run, kind, matters[start : start + AT_ONCE])
        run.progress({"done": min(start + AT_ONCE, len(matters)), "whole": len(matters)})
    content, refusal = _made(run, kind, values, format, template)
    _settle(run, print_id, content, refusal)
    return {"made": len(values) if content else 0, "left_out": len(matters) - len(values)}


def _gathered(run: Run, kind: Kind, matters: Sequence[str]) -> Sequence[Values]:
    base_url = str(run.payload["base_url"])
    with run.office.db.reading() as session:
        desk = Desk(session, asker(session, run, at=run.at), run.at, run.office.settings.region, base_url)
        return papers.gathered(desk, kind, matters)[0]


def _made(run: Run, kind: Kind, values: Sequence[Values], format: str, template: bytes) -> tuple[bytes, str]:
    """Return the stack, or nothing and the code of why it cannot be made, which no other try would change."""
    if not values:
        return b"", "papers_none"
    settings = run.office.settings
    try:
        day = run.at.astimezone(settings.zone).date()
        return papers.make(kind, values, format, content=template, on=day, home=settings.home), ""
    except Refused as refused:
        return b"", refused.refusals[0].code


def _settle(run: Run, print_id: UUID, content: bytes, refusal: str) -> None:
    with run.office.db.transaction() as session:
        row = queries.print_by_id(session, print_id, lock=True)
        # Whoever asked may have stopped it meanwhile.
        if row is not None and row.status == queries.ASKED:
            queries.settle(session, row, content, refusal=refusal)
