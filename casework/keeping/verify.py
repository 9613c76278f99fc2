"""Every invariant of reliability.md §3 that applies to what is kept so far, over one consistent view, in one list.

Nothing is changed. I27 is the tests': what clients were told against what is there (tests/faults/recorder.py).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import casework.tables  # noqa: F401 - every table is looked at, whatever else a program has loaded
from casework.core.database import Database
from casework.keeping import (
    access_rows,
    announcement_rows,
    assessment_rows,
    campaign_rows,
    case_rows,
    case_units,
    case_words,
    consultation_rows,
    files,
    frozen_rows,
    import_rows,
    messages,
    money,
    references,
    registry_rows,
    sealed,
    search_rows,
    supervision_rows,
)
from casework.keeping.findings import Finding
from casework.keeping.lifecycles import Lifecycles
from casework.keeping.view import View, view_of
from casework.keeping.walk import NAMES, walk
from casework.matters import anchors

Check = Callable[[View], Iterator[str]]
# Each invariant with what looks for rows against it; the walk over the histories adds its own.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("I8", messages.unfired),
    ("I10", messages.outbox),
    ("I11", messages.notices),
    ("I12", messages.fates),
    ("I13", money.amounts),
    ("I14", money.stages),
    ("I15", money.reversals),
    ("I16", money.documents),
    ("I17", frozen_rows.bulletins),
    ("I19", references.orphans),
    ("I20", messages.answers),
    ("I21", case_rows.deciders),
    ("I22", case_rows.extensions),
    ("I23", case_rows.merges),
    ("I24", sealed.unopened),
    ("I24", sealed.plain_numbers),
    ("I25", messages.leases),
    ("I26", import_rows.counts),
    ("I28", campaign_rows.editions),
    ("I29", campaign_rows.overlaps),
    ("I30", frozen_rows.solutions),
    ("I31", frozen_rows.goals),
    ("I32", assessment_rows.frozen_sheets),
    ("I33", assessment_rows.samples),
    ("I34", announcement_rows.receipts),
    ("I36", supervision_rows.slips),
    ("I37", supervision_rows.strike_offs),
    ("bookings", consultation_rows.bookings),
    ("agreements", consultation_rows.agreements),
    ("counters", case_rows.counters),
    ("units", case_units.units),
    ("led", case_units.led),
    ("search", search_rows.cases),
    ("search", search_rows.supervisions),
    ("outcomes", case_rows.outcomes),
    ("words", case_words.as_told),
    ("audit", registry_rows.chained),
    ("grants", registry_rows.granted),
    ("access", access_rows.doors),
    ("calendar", registry_rows.days),
    ("tallies", case_rows.tallied),
)
WALKED = frozenset(NAMES)
_APART = ("I6", "I18")  # these need more than the view
WARNINGS: tuple[tuple[str, Check], ...] = (("typed_numbers", sealed.typed_numbers),)


def verify(
    db: Database,
    *,
    at: datetime,
    attachments: Path,
    lifecycles: Lifecycles,
    healed: bool = False,
    known_anchors: Mapping[date, str] | None = None,
    only: Collection[str] = (),
    on_progress: Callable[[int], None] | None = None,
) -> list[Finding]:
    """Look for rows against every invariant and return one finding each, those that hold too.

    `attachments` is the folder of their contents, `lifecycles` what the workflows say (workflows/lifecycles.py).
    `healed`: the service has been running, so that what it puts right by itself counts as well. `known_anchors` are
    roots by day that were kept outside. `only` names the invariants to look at, none: all. `on_progress` is told how
    many more matters were walked.
    """
    checks = (
        *CHECKS,
        *WARNINGS,
        (_APART[0], lambda view: _broken_anchors(view, known_anchors)),
        (_APART[1], lambda view: files.stored(view, attachments)),
    )
    warnings = {name for name, _ in WARNINGS}
    found: dict[str, Finding] = {}
    with view_of(db, at=at, healed=healed) as view:
        if not only or not WALKED.isdisjoint(only):
            found = {each.name: each for each in walk(view, lifecycles, on_progress=on_progress)}
        for name, check in checks:
            if not only or name in only:
                found.setdefault(name, Finding(name, warning=name in warnings)).add_all(check(view))
    return sorted((each for each in found.values() if not only or each.name in only), key=_place)


def every_name() -> list[str]:
    """Return the names of all invariants, in the order of `verify`."""
    names = {*NAMES, *_APART, *(name for name, _ in (*CHECKS, *WARNINGS))}
    return [each.name for each in sorted(map(Finding, names), key=_place)]


def _broken_anchors(view: View, known: Mapping[date, str] | None) -> Iterator[str]:
    return (f"{each.day} {each.code}" for each in anchors.check(view.session, known=known))


def _place(finding: Finding) -> tuple[int, str]:
    number = finding.name.removeprefix("I")
    return (int(number) if number.isascii() and number.isdigit() else 99, finding.name)
