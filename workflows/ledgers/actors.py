"""In whose name a file comes in or goes out: a person named by user name, or the office's own console."""

from datetime import datetime

from casework.core.actors import Actor, Grant
from casework.core.database import Session
from casework.core.errors import refused
from casework.core.office import Office
from casework.registry import accounts
from casework.registry.queries import grants_of


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
