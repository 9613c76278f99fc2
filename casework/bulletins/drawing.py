"""Of which day a bulletin speaks, as known when, and at what instant that is said."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing(Instants):
    """The instants of a bulletin: a draft too is drawn at one, though what it knows is what is known now.

    A quarter that is under way has an end that lies ahead: what falls due until then is not late (`begun`).
    """

    drawn_at: datetime

    @classmethod
    def of(cls, instants: Instants, *, at: datetime) -> "Drawing":
        """Return what draws such a day at `at`, or as it was known when it was frozen."""
        return cls(instants.campaign, instants.as_of, instants.known_at, drawn_at=instants.known_at or at)

    def last(self, quarter: Quarter) -> date:
        """Return the last day of a quarter that counts."""
        return min(quarter.last, self.until)

    def begun(self, quarter: Quarter, zone: ZoneInfo) -> date:
        """Return the first day that was not over: what was due on the last day of a quarter that is over is late."""
        return min(self.last(quarter) + timedelta(days=1), self.drawn_at.astimezone(zone).date())
