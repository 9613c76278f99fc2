"""A long file taken in chunk by chunk, a long ledger taken out: the page that asked says how far it is and stops it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from casework.core.errors import NotFound, Refused
from casework.core.i18n import say
from casework.core.ids import parse_id
from casework.exchange import uploads
from tasks.asking import asker
from tasks.run import Run
from workflows.ledgers import exporting, uploaded


def ledger_import(run: Run) -> Mapping[str, Any]:
    """Try or land a file in the name of who asked; killed and done again it goes on where it was.

    Raises:
        LeaseLost: whoever asked has stopped it; what landed are whole chunks.
    """
    home, payload = run.office.settings.home, run.payload
    person, locale = parse_id(str(payload["person"])), str(payload["locale"])
    assert person is not None
    try:
        kept = uploads.get(home, str(payload["token"]), person_id=person)
    except NotFound:
        # Its day is over.
        return {}
    if kept.landed is not None:
        return {}
    with run.office.db.reading() as session:
        actor = asker(session, run, at=run.at)

    def tell(done: int, whole: int) -> None:
        run.progress({"done": done, "whole": whole})

    try:
        uploaded.run(
            run.office,
            kept,
            dry_run=bool(payload["dry_run"]),
            actor=actor,
            at=run.at,
            locale=locale,
            on_progress=tell,
        )
    except Refused as refused:
        # No other try would change it: it is told on the page of the columns.
        told = "; ".join(say(f"refusal.{each.code}", locale=locale, **each.params) for each in refused.refusals)
        uploads.put(home, replace(kept, told=told))
    return {}


def ledger_export(run: Run) -> Mapping[str, Any]:
    """Write a ledger in the name of who asked; the file is there when it is whole, and not before.

    Raises:
        NotAllowed: whoever asked may not any more.
        LeaseLost: whoever asked has stopped it.
    """
    home, payload = run.office.settings.home, run.payload
    person = parse_id(str(payload["person"]))
    assert person is not None
    try:
        kept = uploads.get(home, str(payload["token"]), person_id=person)
    except NotFound:
        return {}
    with run.office.db.reading() as session:
        actor = asker(session, run, at=run.at)
    rows = exporting.run(
        run.office,
        kept.kind,
        uploads.place_of(home, kept),
        actor=actor,
        at=run.at,
        locale=str(payload["locale"]),
        on_progress=lambda done: run.progress({"done": done, "whole": max(done, int(payload["rows"]))}),
    )
    return {"rows": rows}
