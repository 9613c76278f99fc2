"""One walk over all matters with their histories, clocks and firings side by side: I1 to I5, I7, I9, I21, numbers.

Every table is read once, in the order of the matters' ids, so that memory does not grow with the number of matters.
"""

from collections.abc import Callable
from heapq import merge
from operator import itemgetter

from casework.core.database import Base
from casework.keeping.clocks import ClockRow, FiringRow, check_firings, check_leading
from casework.keeping.findings import Finding
from casework.keeping.histories import Entry, Histories, MatterRow
from casework.keeping.lifecycles import Lifecycles
from casework.keeping.view import Side, View
from casework.matters.tables import Tracked

NAMES = ("I1", "I2", "I3", "I4", "I5", "I7", "I9", "I21", "numbers")


def tracked_tables() -> list[str]:
    """Return the tables whose rows are matters."""
    found = (mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, Tracked))
    return sorted(str(mapper.local_table.description) for mapper in found)


def walk(view: View, lifecycles: Lifecycles, *, on_progress: Callable[[int], None] | None = None) -> list[Finding]:
    """Walk all matters; `on_progress` is told after each how many more are done."""
    findings = {name: Finding(name) for name in NAMES}

    def report(name: str, label: str) -> None:
        findings[name].add(label)

    histories = Histories(lifecycles, report)
    entries = Side(view.raw("history", *Entry._fields, order=("matter_id", "seq")))
    clocks = Side(view.raw("deadlines", *ClockRow._fields, order=("matter_id",)))
    firings = Side(view.raw("firings", *FiringRow._fields, order=("matter_id",)))
    told = Side(view.raw("outbox", "matter_id", "seq", order=("matter_id",), given="matter_id"))
    streams = [view.raw(name, *MatterRow._fields, order=("id",)) for name in tracked_tables()]
    highest: dict[str, tuple[int, str]] = {}
    for row in merge(*streams, key=itemgetter(0)):
        matter = MatterRow._make(row)
        own = [Entry._make(each) for each in entries.take(matter.id)]
        histories.check(matter, own, frozenset(seq for _, seq in told.take(matter.id)))
        own_clocks = [ClockRow._make(each) for each in clocks.take(matter.id)]
        own_firings = [FiringRow._make(each) for each in firings.take(matter.id)]
        lifecycle = histories.lifecycle(matter.workflow, matter.workflow_version)
        if lifecycle is not None:
            rungs = [entry for entry in own if entry.trigger in lifecycle.rungs]
            check_firings(lifecycle, own_clocks, own_firings, rungs, report=report)
            check_leading(lifecycle, matter, own_clocks, report=report)
        scope, _, digits = matter.number.rpartition("-")
        if digits.isascii() and digits.isdigit():
            highest[scope] = max(highest.get(scope, (0, "")), (int(digits), matter.number))
        if on_progress is not None:
            on_progress(1)
    given = {row[0]: row[1] for row in view.raw("sequences", "scope", "last")}
    findings["numbers"].add_all(number for scope, (n, number) in highest.items() if n > given.get(scope, 0))
    return list(findings.values())
