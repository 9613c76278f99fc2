"""Which account somebody has here whom the provider of single sign-on vouches for.

An administrator ties an account to a subject: the identifier, never used again, that one provider has for one person.
Where the office trusts a claim of its provider as it trusts its own list (`CASEWORK_OIDC_CLAIM`), an account that is
tied to nothing is also found by a user name that is the same to the letter. Nobody becomes an account by coming in.
"""

from datetime import datetime

from sqlalchemy import delete, select

from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import invalid
from casework.core.ids import new_id
from casework.registry import audit, second_factor, sessions
from casework.registry.logins import MOST_TRIES, Attempt
from casework.registry.tables import Person, SignOn

SUBJECT_LENGTH = 255


def tied_to(session: Session, person: Person, *, issuer: str) -> str | None:
    """Return the subject an account is tied to at a provider; None: to nobody."""
    return session.scalar(select(SignOn.subject).where(SignOn.issuer == issuer, SignOn.person_id == person.id))


def tie(session: Session, person: Person, subject: object, *, issuer: str, actor: Actor, at: datetime) -> None:
    """Tie an account to a subject of a provider, or with an empty one to nobody; log-ins opened by the former end.

    Raises:
        Invalid: the subject is none, or another account's.
    """
    text = ""
    if subject is not None and not texts.is_blank(str(subject)):
        text = texts.clean_text(subject, field="subject", max_length=SUBJECT_LENGTH).strip()
    held = session.scalar(select(SignOn.person_id).where(SignOn.issuer == issuer, SignOn.subject == text))
    if held is not None and held != person.id:
        raise invalid("subject", "subject_taken")
    if (before := tied_to(session, person, issuer=issuer)) == (text or None):
        return
    session.execute(delete(SignOn).where(SignOn.issuer == issuer, SignOn.person_id == person.id))
    if text:
        row = SignOn(id=new_id(), person_id=person.id, issuer=issuer, subject=text, created_at=at)
        session.add(row)
    sessions.end_all(session, person.id, at=at, came_by=sessions.OIDC)
    # The subject itself is a name of that person elsewhere: the audit says only that it changed.
    facts = {"person": str(person.id), "tied": bool(text), "was_tied": before is not None}
    audit.record(session, event="account.sign_on_tied", actor=actor, at=at, facts=facts)
    session.flush()


def vouched(session: Session, *, issuer: str, subject: str, user_name: str | None, address: str) -> Attempt | None:
    """Return the try of whom the provider vouches for, uncounted; None: no account that is in use.

    `user_name` is what the provider calls them in the claim that the office trusts; None where it trusts none.
    """
    if texts.names_nothing(subject) or texts.names_nothing(user_name or ""):
        return None
    tied = select(Person).join(SignOn, SignOn.person_id == Person.id)
    person = session.scalars(tied.where(SignOn.issuer == issuer, SignOn.subject == subject)).one_or_none()
    if person is None and user_name is not None:
        person = _named(session, user_name)
        if person is not None and tied_to(session, person, issuer=issuer) is not None:
            # Of another subject: a name given anew at the provider opens nobody else's account.
            return None
    if person is None or person.user_name is None or person.disabled_at is not None:
        return None
    # Nothing was counted, so there is nothing to take back.
    second = second_factor.is_on(session, person)
    return Attempt(new_id(), person.user_name, address, MOST_TRIES, person.id, None, second)


def _named(session: Session, user_name: str) -> Person | None:
    # To the letter: of the many signs that look or fold alike, the provider may have given one to somebody else.
    name = user_name.lower() if user_name.isascii() else user_name
    return session.scalars(select(Person).where(Person.user_name == name)).one_or_none()
