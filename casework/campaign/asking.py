"""What is asked of a campaign: which, of which day, as it was known when. One way of reading it for every door."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from casework.campaign.definition import Campaign
from casework.campaign.loader import campaigns
from casework.campaign.quarters import quarter_of
from casework.campaign.sources import Instants
from casework.core import texts
from casework.core.errors import FieldError, Invalid, invalid


def read_campaign(value: object) -> Campaign:
    """Return the campaign of a code.

    Raises:
        Invalid: there is none of this code.
    """
    found = campaigns().get(value) if isinstance(value, str) else None
    if found is None:
        raise invalid("campaign", "no_such_campaign", campaigns=", ".join(campaigns()))
    return found


def read_instants(*, campaign: object, as_of: object, known_at: object, at: datetime, zone: ZoneInfo) -> Instants:
    """Return what is asked of a campaign; without `as_of` it is today, without `known_at` all that is known now.

    Raises:
        Invalid: every mistake.
    """
    errors: list[FieldError] = []
    values: list[object] = []
    for read in (
        lambda: read_campaign(campaign),
        lambda: _day(as_of, today=at.astimezone(zone).date()),
        lambda: None if known_at is None else texts.parse_local_instant(known_at, field="known_at", zone=zone),
    ):
        try:
            values.append(read())
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    found, day, known = values
    if not isinstance(found, Campaign) or not isinstance(day, date):
        raise TypeError(values)
    return Instants(found, day, known if isinstance(known, datetime) else None)


def _day(value: object, *, today: date) -> date:
    """Return the day that is asked about.

    Raises:
        Invalid: it is none, or lies in a quarter still to come; a draft bulletin stands on the last day of its own.
    """
    if value is None:
        return today
    found = texts.parse_date(value, field="as_of")
    if found > quarter_of(today).last:
        raise invalid("as_of", "date_ahead", today=today.isoformat())
    return found
