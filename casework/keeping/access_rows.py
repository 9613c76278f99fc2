"""What lets somebody in against what the audit tells: passwords, second factors, tokens, who stands in for whom."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import or_, select

from casework.keeping.registry_rows import entries_of
from casework.keeping.view import View
from casework.registry import accounts, grants, passwords, second_factor, tokens
from casework.registry.audit import mark_of
from casework.registry.tables import Deputy, Person, Token

_PASSWORD = (accounts.CREATED, passwords.CHANGED, passwords.RESET, passwords.STRENGTHENED)


def doors(view: View) -> Iterator[str]:
    """Nobody was given a password, a token or somebody's place past the product, nor freed of the second factor.

    The audit tells a mark of a password and of a token, which says nothing of either. Entries from before it did hold
    what they hold.
    """
    yield from _accounts(view)
    yield from _tokens(view)
    yield from _deputies(view)


def _accounts(view: View) -> Iterator[str]:
    marks: dict[str, str | None] = {}
    unmarked: set[str] = set()
    guarded: dict[str, bool] = {}
    for _, event, _, _, facts in entries_of(view, *_PASSWORD, second_factor.ON, second_factor.OFF):
        person = str(facts.get("person"))
        if event not in _PASSWORD:
            guarded[person] = event == second_factor.ON
        else:
            marks[person] = facts.get("mark")
            (unmarked.discard if "mark" in facts else unmarked.add)(person)
    for person_id, name, stored, secret, disabled_at in view.stream(
        select(Person.id, Person.user_name, Person.password_hash, Person.totp_secret, Person.disabled_at).order_by(
            Person.id
        )
    ):
        key = str(person_id)
        if key not in unmarked and marks.get(key) != mark_of(stored):
            yield f"{person_id} {name}: password"
        # Of a stopped account it is forgotten in time.
        if guarded.get(key) and secret is None and disabled_at is None:
            yield f"{person_id} {name}: second_factor"


def _tokens(view: View) -> Iterator[str]:
    made: dict[str, Mapping[str, Any]] = {}
    revoked: set[str] = set()
    for _, event, _, _, facts in entries_of(view, tokens.CREATED, tokens.REVOKED):
        name = str(facts.get("token"))
        if event == tokens.CREATED:
            made.setdefault(name, facts)
        else:
            revoked.add(name)
    living = or_(Token.ended_at.is_(None), Token.ended_at > view.at)
    for row in view.session.scalars(select(Token).where(living).order_by(Token.id)):
        now = {"person": str(row.person_id), "kind": row.kind, "mark": mark_of(row.digest)}
        wrong = ["revoked"] if str(row.id) in revoked else _otherwise(now, made.get(str(row.id)))
        if wrong:
            yield f"{row.id} token: {', '.join(wrong)}"


def _deputies(view: View) -> Iterator[str]:
    entries = [facts for *_, facts in entries_of(view, grants.APPOINTED)]
    appointed = {str(facts["appointment"]): facts for facts in entries if "appointment" in facts}
    named = {(facts.get("person"), facts.get("deputy")) for facts in entries if "appointment" not in facts}
    today = view.at.astimezone(view.session.info["zone"]).date()
    for row in view.session.scalars(select(Deputy).where(Deputy.valid_to >= today).order_by(Deputy.id)):
        now = grants.appointment_facts(row)
        wrong = [] if (now["person"], now["deputy"]) in named else _otherwise(now, appointed.get(str(row.id)))
        if wrong:
            yield f"{row.id} deputy: {', '.join(wrong)}"


def _otherwise(now: Mapping[str, str | None], facts: Mapping[str, Any] | None) -> list[str]:
    """Return what is otherwise than it was told."""
    if facts is None:
        return ["not_given"]
    return [name for name, value in now.items() if name in facts and facts[name] != value]
