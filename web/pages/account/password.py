"""Changing one's password, of one's own accord or because it was given by somebody else or is too old."""

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core.errors import FieldError, Invalid
from casework.core.hashing import FREE_FORM_FROM, Busy, length_rule
from casework.registry import logins, passwords
from casework.registry.account_rules import is_officer
from casework.registry.accounts import get_account
from casework.registry.tables import Person
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.pages.account.login import counted_try, safe_next

blueprint = Blueprint("password", __name__)

_FIELDS = ("current", "fresh", "again")


@blueprint.get("/password")
@needs("profile.change", at_the_door=True)
def show() -> Response:
    """Show the form."""
    return _page()


@blueprint.post("/password")
@needs("profile.change", at_the_door=True)
def change() -> Response:
    """Change the password; whoever guesses the present one is counted like at the log-in."""
    known, db, at = identity.identity(), unit.office().db, unit.at()
    current, fresh, again = (request.form.get(name, "") for name in _FIELDS)
    attempt = counted_try()
    with db.reading() as session:
        facts = passwords.facts_of(session, identity.person_id(), at=at)
    profile = unit.office().settings.account_profile
    try:
        hashed = passwords.judge(facts, current=current, fresh=fresh, again=again, profile=profile)
    except Busy:
        with db.transaction() as session:
            logins.withdraw(session, attempt)
        raise
    except Invalid as mistake:
        if not any(each.field == "current" for each in mistake.errors):
            with db.transaction() as session:
                logins.withdraw(session, attempt)
        return _page(mistakes=mistake.errors, status=422)
    logins.withdraw(unit.session(), attempt)
    passwords.keep(unit.session(), facts, hashed=hashed, actor=known.actor, at=at, session_id=known.session_id)
    frames.say(words("password.changed"))
    return make_response(redirect(safe_next(request.args.get("next")), 303))


def _page(*, mistakes: Sequence[FieldError] = (), status: int = 200) -> Response:
    known = identity.identity()
    fields, summary = with_mistakes(
        [
            field("current", "password.current", kind="password", autocomplete="current-password"),
            field("fresh", "password.fresh", kind="password", autocomplete="new-password"),
            field("again", "password.again", kind="password", autocomplete="new-password"),
        ],
        mistakes,
    )
    form = {
        "url": url_for("password.change", next=safe_next(request.args.get("next"), default="") or None),
        "account": known.user_name,
        "why": _why(get_account(unit.session(), identity.person_id())),
        "fields": fields,
        "errors": summary,
    }
    page = render_template(
        "password.html", bare=frames.bare(), form=form, rules=_rules(), logout_url=url_for("login.log_out")
    )
    return make_response(page, status)


def _why(person: Person) -> str:
    if not person.must_change:
        return words("password.why_own")
    if passwords.is_worn_out(person, at=unit.at(), profile=unit.office().settings.account_profile):
        given = person.password_set_at or unit.at()
        return words("password.why_old", days=(unit.at() - given).days)
    return words("password.why_given")


def _rules() -> list[str]:
    officer = is_officer(identity.identity().own_roles)
    shortest, kinds = length_rule(profile=unit.office().settings.account_profile, admin=officer)
    length = words("password.rule_length" if kinds else "password.rule_length_free", min=shortest, free=FREE_FORM_FROM)
    return [length, words("password.rule_paste"), words("password.rule_history", count=passwords.HISTORY)]
