"""What the import page shows, in the shapes of web/templates/exchange/import.html."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from flask import url_for

from casework.core import personal
from casework.exchange import remapping
from casework.exchange.column_sets import ColumnSet
from casework.exchange.habits import plain
from casework.exchange.remapping import Guess
from casework.exchange.sheets import Book
from casework.exchange.uploads import Upload
from casework.matters.tables import Job
from web import frames
from web.locales import words
from workflows.ledgers import importing
from workflows.ledgers.writing.kinds import LEDGERS

_ROWS_SHOWN, _COLUMNS_SHOWN = 40, 6
_SECONDS = 2
_LISTS: Mapping[str, str] = {
    "cases": "/cases",
    "petitions": "/cases",
    "categories": "/admin/categories",
    "funds": "/funds",
    "members": "/members",
    "households": "/households",
    "links": "/links",
    "visits": "/activities?kind=visit",
    "suggestions": "/suggestions",
    "assessments": "/assessments",
    "supervisions": "/supervision",
    "consultations": "/consultations",
    "goals": "/targets",
}


def columns_of(kept: Upload, columns: ColumnSet, guesses: Sequence[Guess]) -> dict[str, Any]:
    """Return the columns of the file with what each seems to be; those named alike are folded away."""
    options = [
        {"value": "", "label": words("exchange.leave_out")},
        *({"value": each.key, "label": each.heading} for each in columns.columns),
    ]
    numbers = {heading: number for number, heading in enumerate(kept.mapping)}

    def row(guess: Guess) -> dict[str, Any]:
        return {
            "source": guess.heading,
            "sample": personal.scrub(guess.sample),
            "name": f"c{numbers[guess.heading]}",
            "options": options,
            "value": guess.key or "",
            "guessed": guess.key is not None and not guess.sure,
            "split": False,
            "skipped": guess.key is None,
        }

    shown = [row(each) for each in guesses if each.heading in numbers and not each.sure]
    same = [row(each) for each in guesses if each.heading in numbers and each.sure]
    matched = sum(each.key is not None for each in guesses)
    return {
        "url": url_for("exchange.try_out", token=kept.token),
        "summary": words("exchange.matched", count=len(guesses), matched=matched),
        "rows": shown or same,
        "more_rows": same if shown else [],
        "more_text": words("exchange.same_named", count=len(same)),
        "remember": True,
    }


def sheet_of(kept: Upload, book: Book, columns: ColumnSet) -> dict[str, Any]:
    """Return only the rows with faults, their cells in the file's own order, the faulty ones framed."""
    faults = list((kept.trial or {})["faults"])
    reading = remapping.read_headings(book, columns, said=kept.mapping)
    # A mistake stands under our heading when the column was named by hand, else under the file's.
    ours = {column.key: plain(column.heading) for column in columns.columns}
    names = [{plain(g.heading), ours.get(g.key or "", "")} for g in reading.guesses]
    told = {plain(fault["column"]) for fault in faults}
    order = sorted(range(len(names)), key=lambda n: (not names[n] & told, n))
    picked = sorted(order[:_COLUMNS_SHOWN])
    by_row: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for fault in faults:
        by_row.setdefault((fault["sheet"], fault["row"]), []).append(fault)
    sheets = {sheet.name: sheet for sheet in book.sheets}
    # Rows of two sheets have the same numbers: then each names its sheet.
    several = len({fault["sheet"] for fault in faults}) > 1
    rows = []
    for (sheet_name, number), mine in islice(by_row.items(), _ROWS_SHOWN):
        sheet = sheets.get(sheet_name) or book.sheets[0]
        found = next((row for row in sheet.rows if row.number == number), None)
        marks = {plain(fault["column"]): fault["mark"] for fault in mine}
        cells = []
        for n in picked:
            mark = next((marks[name] for name in names[n] if name in marks), None)
            text = found.cell(reading.guesses[n].position) if found is not None else ""
            cells.append({"text": text if mark else personal.scrub(text), "mark": mark})
        rows.append({"n": f"{sheet_name} {number}" if several else number, "cells": cells, "plain": False})
    trial = kept.trial or {}
    return {
        "title": words("exchange.sheet", refused=trial["refused"], warnings=trial["warnings"])
        if faults
        else words("exchange.no_faults"),
        "head": [reading.guesses[n].heading for n in picked],
        "rows": rows,
        "marked_url": marked_url(kept, trial),
        "faults": [
            {
                "where": (f"{f['sheet']} " if several else "")
                + words("exchange.where", row=f["row"], column=f["column"]),
                "text": f["reason"],
                "act": None,
            }
            for f in faults[:_ROWS_SHOWN]
        ],
    }


def progress_of(kept: Upload, job: Job) -> dict[str, Any]:
    """Return how far the work on a long file is."""
    done, whole = int(job.progress.get("done", 0)), int(job.progress.get("whole", 0))
    is_trial = bool(job.payload["dry_run"])
    return {
        "trial": is_trial,
        "text": words("exchange.running_trial" if is_trial else "exchange.running", rows=importing.CHUNK),
        "n": f"{done:,}",
        "total": f"{whole:,}" if whole else None,
        "share": 100 * done // whole if whole else 0,
        "stop_url": url_for("exchange.stop", token=kept.token),
        "poll_url": url_for("exchange.show_progress", token=kept.token),
        "seconds": _SECONDS,
    }


def landing_of(kept: Upload) -> dict[str, Any]:
    """Return the button that lands, with its numbers."""
    trial = kept.trial or {}
    count = trial["created"] + trial["updated"]
    label = words("exchange.land", count=count, created=trial["created"], updated=trial["updated"])
    return {
        "url": url_for("exchange.land", token=kept.token),
        "label": label,
        "short": words("exchange.land_short", count=count),
        "token_fields": {},
        "note": words("exchange.land_note"),
        "again_url": url_for("exchange.show"),
        "blocked": None if count else words("exchange.nothing_to_land"),
    }


def kinds_of(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return kinds of ledgers with their titles."""
    return [(code, title_of(code)) for code in codes]


def title_of(kind: str) -> str:
    """Return the title of a kind."""
    return words(f"exchange.kind.{kind}") if kind in LEDGERS else kind


def list_url(kind: str) -> str:
    """Return where the records of a kind are seen."""
    path = _LISTS.get(kind, "")
    return path if path and frames.has_page(path.partition("?")[0]) else url_for("exchange.show")


def marked_url(kept: Upload, told: Mapping[str, Any]) -> str | None:
    """Return where the file with the errors marked is handed out, if there are any."""
    return url_for("exchange.marked", token=kept.token) if told["refused"] or told["warnings"] else None
