"""What imports left behind them: of every row that was read it is known what became of it (I26)."""

from collections.abc import Iterator

from sqlalchemy import select

from casework.keeping.view import View
from casework.registry.tables import AuditEvent

_FATES = ("created", "updated", "unchanged", "refused")


def counts(view: View) -> Iterator[str]:
    """I26: of a file that was read to its end every row landed, stood there already, or was refused."""
    asked = select(AuditEvent.id, AuditEvent.facts).where(AuditEvent.event == "ledger.imported")
    for id, facts in view.session.execute(asked):
        if "read" in facts and facts["read"] != sum(facts[name] for name in _FATES):
            yield str(id)
