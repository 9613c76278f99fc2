"""Accounts and roles, for the three officers: the administrator makes accounts, the security administrator grants.

Every step opens its form on top of the same list, so nothing happens by one wrong tap. The rules that keep the
officers apart are casework/registry/grants.py; here they are only asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core import texts
from casework.core.actors import ROLES
from casework.core.errors import FieldError, Invalid
from casework.permissions import may_anywhere
from casework.registry import accounts, grants, logins, passwords, second_factor
from casework.registry import queries as registry
from casework.registry.accounts import Account
from casework.registry.tables import Org, Person, RoleGrant
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import local, words
from web.views import reference
from web.views.counting import framed

blueprint = Blueprint("accounts", __name__)

_CREATE, _GRANT, _READ = "accounts.create", "accounts.grant", "accounts.read"
_PAGE = 50
_TABS = ("in_use", "new", "off")


@blueprint.get("/admin/accounts")
@needs(_READ, anywhere=True)
def show() -> Response:
    """List the accounts."""
    return page()


@blueprint.get("/admin/accounts/<uuid:person_id>")
@needs(_READ, anywhere=True)
def show_one(person_id: UUID) -> Response:
    """Show one account."""
    return page(only=account(person_id))


@blueprint.get("/admin/accounts/new")
@needs(_CREATE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new account."""
    return page(form=_new_form())


@blueprint.post("/admin/accounts/new")
@needs(_CREATE, anywhere=True)
def create() -> Response:
    """Make an account with a random password, shown this once."""
    plain, hashed = passwords.draw()
    try:
        person = accounts.create_account(
            unit.session(),
            user_name=request.form.get("user_name", ""),
            name=request.form.get("name", ""),
            hashed=hashed,
            actor=identity.actor(),
            at=unit.at(),
        )
    except Invalid as mistake:
        return page(form=_new_form(mistake.errors), status=422)
    return page(only=person, secret=_secret(person, plain))


@blueprint.get("/admin/accounts/<uuid:person_id>/grant")
@needs(_GRANT, anywhere=True)
def ask_grant(person_id: UUID) -> Response:
    """Show the form of a new role."""
    person = account(person_id)
    return page(only=person, form=_grant_form(person))


@blueprint.post("/admin/accounts/<uuid:person_id>/grant")
@needs(_GRANT, anywhere=True)
def grant(person_id: UUID) -> Response:
    """Give a role."""
    person, session = account(person_id, lock=True), unit.session()
    sent = request.form
    try:
        last = texts.parse_date(sent["valid_to"], field="valid_to") if sent.get("valid_to") else None
        scope = grants.read_scope(
            session,
            role=sent.get("role", ""),
            region=sent.get("region", "").strip() or None,
            org=sent.get("org", "").strip() or None,
            county=unit.office().settings.region,
        )
        grants.add_grant(session, person, scope, actor=identity.actor(), at=unit.at(), valid_to=last)
    except Invalid as mistake:
        return page(only=person, form=_grant_form(person, mistake.errors), status=422)
    return done(person)


@blueprint.get("/admin/grants/<uuid:grant_id>/end")
@needs(_GRANT, anywhere=True)
def ask_end(grant_id: UUID) -> Response:
    """Show the form that ends a role."""
    row = grants.get_grant(unit.session(), grant_id, at=unit.at())
    person = account(row.person_id)
    return page(only=person, form=_end_form(person, row))


@blueprint.post("/admin/grants/<uuid:grant_id>/end")
@needs(_GRANT, anywhere=True)
def end(grant_id: UUID) -> Response:
    """End a role at once."""
    row = grants.get_grant(unit.session(), grant_id, at=unit.at())
    person = account(row.person_id)
    reason = request.form.get("reason", "")
    try:
        grants.end_grant(unit.session(), grant_id, reason=reason, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return page(only=person, form=_end_form(person, row, mistake.errors), status=422)
    return done(person)


@blueprint.get("/admin/accounts/<uuid:person_id>/disable")
@needs(_CREATE, anywhere=True)
def ask_disable(person_id: UUID) -> Response:
    """Show the form that stops an account."""
    person = account(person_id)
    return page(only=person, form=_disable_form(person))


@blueprint.post("/admin/accounts/<uuid:person_id>/disable")
@needs(_CREATE, anywhere=True)
def disable(person_id: UUID) -> Response:
    """Stop an account: its log-ins and tokens end."""
    person = account(person_id, lock=True)
    reason = request.form.get("reason", "")
    try:
        accounts.disable(unit.session(), person, reason=reason, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return page(only=person, form=_disable_form(person, mistake.errors), status=422)
    return done(person)


@blueprint.get("/admin/accounts/<uuid:person_id>/<any(enable,reset,unlock,second_off):step>")
@needs(_READ, anywhere=True)
def ask_step(person_id: UUID, step: str) -> Response:
    """Show the button that takes one of the small steps."""
    person = account(person_id)
    title = words("role.over", role=words(f"accounts.act_{step}"), place=person.name)
    return page(only=person, form=form_of(f"accounts.{step}", person, title, []))


@blueprint.post("/admin/accounts/<uuid:person_id>/enable")
@needs(_CREATE, anywhere=True)
def enable(person_id: UUID) -> Response:
    """Let a stopped account be used again."""
    person = account(person_id, lock=True)
    accounts.enable(unit.session(), person, actor=identity.actor(), at=unit.at())
    return done(person)


@blueprint.post("/admin/accounts/<uuid:person_id>/reset")
@needs(_CREATE, anywhere=True)
def reset(person_id: UUID) -> Response:
    """Give a random password, shown this once; the administrator never chooses it."""
    plain, hashed = passwords.draw()
    person = account(person_id, lock=True)
    passwords.reset(unit.session(), person, hashed=hashed, actor=identity.actor(), at=unit.at())
    return page(only=person, secret=_secret(person, plain))


@blueprint.post("/admin/accounts/<uuid:person_id>/unlock")
@needs(_GRANT, anywhere=True)
def unlock(person_id: UUID) -> Response:
    """Forget the failed log-ins of an account."""
    person = account(person_id, lock=True)
    logins.unlock(unit.session(), person, actor=identity.actor(), at=unit.at())
    return done(person)


@blueprint.post("/admin/accounts/<uuid:person_id>/second_off")
@needs(_GRANT, anywhere=True)
def second_off(person_id: UUID) -> Response:
    """Take the second factor away, for a lost phone."""
    person = account(person_id, lock=True)
    second_factor.turn_off(unit.session(), person, actor=identity.actor(), at=unit.at())
    return done(person)


def account(person_id: UUID, *, lock: bool = False) -> Person:
    """Return the account that a step is about."""
    return accounts.get_account(unit.session(), person_id, lock=lock)


def done(person: Person) -> Response:
    """Say that it is kept and show the account."""
    frames.say(words("accounts.changed"))
    return make_response(redirect(url_for("accounts.show_one", person_id=person.id), 303))


def page(
    *,
    only: Person | None = None,
    form: dict[str, Any] | None = None,
    secret: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Show the list or one account, with a form or a secret on top."""
    session, at = unit.session(), unit.at()
    session.flush()
    kind = request.args.get("which", _TABS[0])
    kind = kind if kind in _TABS else _TABS[0]
    typed = request.args.get("q", "")[:64]
    if only is not None:
        found: Sequence[Account] = [accounts.account_of(session, only, at=at)]
    else:
        after = request.args.get("after")
        found = accounts.list_accounts(session, at=at, which=kind, words=typed, after=after, limit=_PAGE + 1)
    counts = accounts.count_accounts(session)
    orgs = registry.orgs_by_id(session, [row.org_id for each in found for row in each.grants if row.org_id])
    made = render_template(
        "admin/accounts.html",
        frame=framed("accounts"),
        tabs=[_tab(each, counts[each], current=each == kind and only is None) for each in _TABS],
        find={"url": url_for("accounts.show"), "value": typed},
        new_url=url_for("accounts.ask_new") if _may(_CREATE) else None,
        rows=[_row(each, orgs) for each in found[:_PAGE]],
        waiting=[] if only is not None else _waiting(),
        note={"strong": words("accounts.separated"), "text": words("accounts.separated_text")},
        pager_data=None if only is not None else _pager(found, counts[kind], kind, typed),
        form=form,
        secret=secret,
    )
    return make_response(made, status)


def _tab(kind: str, count: int, *, current: bool) -> dict[str, Any]:
    url = url_for("accounts.show", which=kind)
    return {"label": words(f"accounts.tab_{kind}"), "n": count, "url": url, "current": current}


def _pager(found: Sequence[Account], count: int, kind: str, typed: str) -> dict[str, Any]:
    following = None
    if len(found) > _PAGE:
        last = found[_PAGE - 1].person.user_name
        following = url_for("accounts.show", which=kind, q=typed or None, after=last)
    return {"text": words("accounts.page", count=count), "prev_url": None, "next_url": following}


def _row(account: Account, orgs: Mapping[UUID, Org]) -> dict[str, Any]:
    person = account.person
    units = [orgs[row.org_id].name for row in account.grants if row.org_id is not None]
    return {
        "name": person.name,
        "account": person.user_name,
        "url": url_for("accounts.show_one", person_id=person.id),
        "org": units[0] if units else None,
        "grants": [_chip(row, orgs) for row in account.grants],
        "seen": frames.told_instant(account.last_seen_at) if account.last_seen_at else None,
        "state": _state(account),
        "acts": [act for act, wanted in _acts(account) if wanted],
    }


def _chip(row: RoleGrant, orgs: Mapping[UUID, Org]) -> dict[str, Any]:
    org = orgs.get(row.org_id) if row.org_id is not None else None
    place = org.name if org is not None else row.region and reference.place_told(row.region)
    role = words(f"role.{row.role}")
    until = words("accounts.until", day=frames.told(row.valid_to)) if row.valid_to else None
    return {"text": words("role.over", role=role, place=place) if place else role, "until": until, "pending": False}


def _state(account: Account) -> dict[str, str]:
    if account.person.disabled_at is not None:
        return {"label": words("accounts.state_off"), "tone": "outline"}
    if account.locked_until is not None:
        return {"label": words("accounts.state_locked", time=f"{local(account.locked_until):%H:%M}"), "tone": "red"}
    if account.is_dormant:
        return {"label": words("accounts.state_dormant"), "tone": "amber"}
    if account.last_seen_at is None:
        return {"label": words("accounts.state_new"), "tone": "grey"}
    return {"label": words("accounts.state_in_use"), "tone": "green"}


def _acts(account: Account) -> list[tuple[dict[str, Any], bool]]:
    """Return the steps that this caller may take with an account, each with whether it makes sense now."""
    person, off = account.person, account.person.disabled_at is not None

    def act(step: str, endpoint: str) -> dict[str, Any]:
        return {"label": words(f"accounts.act_{step}"), "url": url_for(endpoint, person_id=person.id), "method": "get"}

    def small(step: str) -> dict[str, Any]:
        url = url_for("accounts.ask_step", person_id=person.id, step=step)
        return {"label": words(f"accounts.act_{step}"), "url": url, "method": "get"}

    steps: list[tuple[dict[str, Any], bool]] = []
    if _may(_CREATE):
        steps += [(small("reset"), not off), (act("disable", "accounts.ask_disable"), not off), (small("enable"), off)]
        if unit.office().settings.oidc is not None:
            steps.append((act("sign_on", "sign_ons.ask"), not off))
    if _may(_GRANT):
        steps += [
            (act("grant", "accounts.ask_grant"), not off),
            (small("unlock"), account.locked_until is not None),
            (small("second_off"), person.totp_secret is not None),
            *((_end_act(row), True) for row in account.grants),
        ]
    return steps


def _end_act(row: RoleGrant) -> dict[str, Any]:
    label = words("accounts.act_end", role=words(f"role.{row.role}"))
    return {"label": label, "url": url_for("accounts.ask_end", grant_id=row.id), "method": "get"}


def _waiting() -> list[dict[str, Any]]:
    """Return who has no role yet; the security administrator gets the way to give one."""
    may_grant = _may(_GRANT)
    return [
        {
            "text": words("accounts.waiting", name=person.name, account=person.user_name),
            "url": url_for("accounts.show_one", person_id=person.id),
            "act": _grant_act(person) if may_grant else None,
            "reason": None if may_grant else words("accounts.waiting_reason"),
        }
        for person in accounts.list_without_grants(unit.session(), at=unit.at())
    ]


def _grant_act(person: Person) -> dict[str, Any]:
    url = url_for("accounts.ask_grant", person_id=person.id)
    return {"label": words("accounts.act_grant"), "url": url, "method": "get"}


def _may(permission: str) -> bool:
    return may_anywhere(identity.actor(), permission)


def _secret(person: Person, plain: str) -> dict[str, str]:
    return {
        "strong": words("accounts.secret", name=person.name),
        "text": words("accounts.secret_hint", hours=passwords.INITIAL_HOURS),
        "value": plain,
    }


def _new_form(mistakes: Sequence[FieldError] = ()) -> dict[str, Any]:
    sent = request.form
    fields = [
        field("name", "accounts.name", value=sent.get("name")),
        field("user_name", "accounts.user_name", value=sent.get("user_name"), hint="accounts.user_name_hint"),
    ]
    return form_of("accounts.create", None, words("accounts.new_title"), fields, mistakes)


def _grant_form(person: Person, mistakes: Sequence[FieldError] = ()) -> dict[str, Any]:
    sent = request.form
    roles = [(role, words(f"role.{role}")) for role in ROLES]
    fields = [
        field("role", "accounts.role", kind="select", value=sent.get("role"), options=roles),
        field("region", "accounts.region", required=False, value=sent.get("region"), hint="accounts.region_hint"),
        field("org", "accounts.org", required=False, value=sent.get("org"), hint="accounts.org_hint"),
        field("valid_to", "accounts.valid_to", kind="date", required=False, value=sent.get("valid_to")),
    ]
    return form_of("accounts.grant", person, words("accounts.grant_title", name=person.name), fields, mistakes)


def _end_form(person: Person, row: RoleGrant, mistakes: Sequence[FieldError] = ()) -> dict[str, Any]:
    title = words("accounts.end_title", name=person.name, role=words(f"role.{row.role}"))
    fields, summary = with_mistakes([field("reason", "accounts.reason", wide=True)], mistakes)
    return {"url": url_for("accounts.end", grant_id=row.id), "title": title, "fields": fields, "errors": summary}


def _disable_form(person: Person, mistakes: Sequence[FieldError] = ()) -> dict[str, Any]:
    title = words("accounts.disable_title", name=person.name)
    return form_of("accounts.disable", person, title, [field("reason", "accounts.reason", wide=True)], mistakes)


def form_of(
    endpoint: str,
    person: Person | None,
    title: str,
    asked: Sequence[dict[str, Any]],
    mistakes: Sequence[FieldError] = (),
) -> dict[str, Any]:
    """Return the form of a step."""
    fields, summary = with_mistakes(asked, mistakes)
    url = url_for(endpoint) if person is None else url_for(endpoint, person_id=person.id)
    return {"url": url, "title": title, "fields": fields, "errors": summary}
