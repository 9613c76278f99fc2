"""In whose name a file comes in or goes out: a person named by user name, or the office's own console."""

from dataclasses import replace
from datetime import datetime

from casework.core.actors import Actor, Grant
from casework.core.database import Session
from casework.core.errors import refused
from casework.core.office import Office
from casework.registry import accounts
from casework.registry.queries import grants_of

# A county's code, with which those of its places begin.
_COUNTY = 6


def acting(session: Session, office: Office, *, user_name: str | None, at: datetime) -> Actor:
    """Return the actor of a command; without a user name it is the console, which stands over the whole office.

    Raises:
        Refused: import_no_such_user.
    """
    if user_name is None:
        return Actor(None, "console", (Grant("head", region=office.settings.region),))
    person = accounts.by_user_name(session, user_name)
    if person is None or person.disabled_at is not None:
        raise refused("import_no_such_user", name=user_name)
    grants = grants_of(session, person.id, on=at.astimezone(office.settings.zone).date())
    return Actor(person.id, person.name, grants, locale=person.locale)


def at_home(office: Office, actor: Actor) -> Office:
    """Return the office as that of the county somebody works for, where an installation serves several.

    Who works for the county of the settings, for none alone or for several does so for that of the settings.
    """
    counties = {grant.region[:_COUNTY] for grant in actor.grants if grant.region and len(grant.region) >= _COUNTY}
    if len(counties) != 1 or office.settings.region in counties:
        return office
    return replace(office, settings=replace(office.settings, region=counties.pop()))
