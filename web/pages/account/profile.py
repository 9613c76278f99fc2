"""My settings: language and how pages look, password, log-ins elsewhere, tokens, who stands in for me."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core import texts
from casework.core.errors import FieldError, Invalid, NotFound, invalid
from casework.permissions import Subject, permits
from casework.registry import accounts, choices, grants, second_factor, sessions, tokens, upkeep
from casework.registry import queries as registry
from casework.registry.account_rules import password_age_limit
from casework.registry.identities import Identity
from casework.registry.tables import Person, Token
from web import frames, identity, locales, proofs, unit
from web.access import needs
from web.api.account.calendar_feeds import make as make_feed
from web.forms import field, with_mistakes
from web.locales import local, words
from web.pages import options
from web.pages.account import calendar_feeds, reached
from web.views import fields as form_fields
from web.views.counting import framed

blueprint = Blueprint("profile", __name__)

# The first that is found names the system, the browser; the longer tale of a User-Agent is nobody's business here.
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")
_BROWSERS = (
    ("Edg/", "Edge"),
    ("MicroMessenger", "WeChat"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


@blueprint.get("/profile")
@needs("profile.change")
def show() -> Response:
    """Show my settings."""
    return _page()


@blueprint.post("/preferences")
@needs("profile.change")
def keep_preferences() -> Response:
    """Keep language, density, large type, shortcut keys and the first room; one of them or all."""
    given: dict[str, Any] = {}
    whole_form = "lang" in request.form
    for name in ("keys", "large"):
        # A box that is not ticked is not sent; a script that changes one setting sends it alone.
        if whole_form or name in request.form:
            given[name] = request.form.get(name, "") in ("1", "on", "true")
    for name in ("density", "start", "mail", "sms"):
        if request.form.get(name):
            given[name] = request.form[name]
    if whole_form:
        given["locale"] = request.form["lang"]
    person = _me(lock=True)
    if mistakes := reached.keep(person):
        return _page(reached_mistakes=mistakes, status=422)
    accounts.prefer(person, given, at=unit.at())
    if "locale" in given:
        locales.choose(given["locale"])
    if "HX-Request" in request.headers or not whole_form:
        return make_response("", 204)
    frames.say(words("profile.kept"))
    return _back()


@blueprint.post("/profile/sessions/<uuid:session_id>/end")
@needs("profile.change")
def end_session(session_id: UUID) -> Response:
    """End one of my log-ins."""
    sessions.end(unit.session(), identity.person_id(), session_id=session_id, at=unit.at())
    frames.say(words("profile.session_ended"))
    return _back()


@blueprint.post("/profile/tokens")
@needs("profile.change")
def create_token() -> Response:
    """Make a token and show it, this once."""
    # A token is never asked for a proof, so who makes one gives it beforehand.
    proofs.require()
    try:
        until = _end_of_day(request.form.get("until"))
        _, plain = tokens.create(
            unit.session(),
            _me(),
            actor=identity.actor(),
            at=unit.at(),
            label=request.form.get("label", ""),
            until=until,
        )
    except Invalid as mistake:
        return _page(token_mistakes=mistake.errors, status=422)
    unit.session().flush()
    return _page(fresh_token=plain)


@blueprint.post("/profile/tokens/<uuid:token_id>/revoke")
@needs("profile.change")
def revoke_token(token_id: UUID) -> Response:
    """End one of my tokens."""
    tokens.revoke(unit.session(), identity.person_id(), token_id=token_id, actor=identity.actor(), at=unit.at())
    frames.say(words("profile.token_revoked"))
    return _back()


@blueprint.post("/profile/calendar-feeds")
@needs("profile.change")
def create_feed() -> Response:
    """Make an address of my calendar and show it, this once."""
    try:
        _, fresh = make_feed(_me(), request.form.get("label", ""))
    except Invalid as mistake:
        return _page(feed_mistakes=mistake.errors, status=422)
    unit.session().flush()
    return _page(fresh_feed=fresh)


@blueprint.post("/profile/calendar-feeds/<uuid:token_id>/revoke")
@needs("profile.change")
def revoke_feed(token_id: UUID) -> Response:
    """End one of the addresses of my calendar."""
    tokens.revoke(unit.session(), identity.person_id(), token_id=token_id, actor=identity.actor(), at=unit.at())
    frames.say(words("profile.feed_revoked"))
    return _back()


@blueprint.post("/profile/deputy")
@needs("profile.change")
def appoint_deputy() -> Response:
    """Let somebody stand in for me."""
    session, at = unit.session(), unit.at()
    try:
        chosen = options.colleague_typed("deputy")
        if chosen is None:
            raise invalid("deputy", "no_such_colleague" if _typed_deputy() else "required")
        deputy = accounts.get_account(session, chosen)
        first = texts.parse_date(request.form.get("valid_from"), field="valid_from")
        last = texts.parse_date(request.form.get("valid_to"), field="valid_to")
        grants.appoint_deputy(session, _me(), deputy, valid_from=first, valid_to=last, actor=identity.actor(), at=at)
    except Invalid as mistake:
        return _page(deputy_mistakes=mistake.errors, status=422)
    frames.say(words("profile.deputy_kept"))
    return _back()


@blueprint.post("/profile/units/<path:code>")
@needs("unit.switch", anywhere=True)
def switch_unit(code: str) -> Response:
    """Let the head of a unit sign its results, or let whoever handles a case answer themselves."""
    session, actor = unit.session(), identity.actor()
    org = registry.orgs_by_code(session, [code]).get(code)
    if org is None or not permits(actor, "unit.switch", Subject(org.region_code, lead_org_id=org.id)):
        raise NotFound
    signs = request.form.get("signs_results") == "1"
    upkeep.mend(session, org, {"signs_results": signs}, actor=actor, at=unit.at(), expected_version=None)
    frames.say(words("profile.unit_signs" if signs else "profile.unit_answers", org=org.name))
    return _back()


def _units() -> list[dict[str, Any]]:
    """Return the units whose head the caller is, each with how it signs its results."""
    mine = registry.orgs_by_id(unit.session(), identity.actor().org_ids(frozenset({"unit_head"})))
    return [
        {
            "name": org.name,
            "url": url_for("profile.switch_unit", code=org.code),
            "fields": [
                field(
                    "signs_results", "profile.signs_results", kind="bool", value=org.signs_results,
                    hint="profile.signs_results_hint",
                )
            ],
        }
        for org in sorted(mine.values(), key=lambda each: each.code)
    ]  # fmt: skip


def _page(
    *,
    fresh_token: str | None = None,
    fresh_feed: str | None = None,
    token_mistakes: Sequence[FieldError] = (),
    deputy_mistakes: Sequence[FieldError] = (),
    reached_mistakes: Sequence[FieldError] = (),
    feed_mistakes: Sequence[FieldError] = (),
    status: int = 200,
) -> Response:
    known, person = identity.identity(), _me()
    page = render_template(
        "profile.html",
        frame=framed(None),
        person={"name": person.name, "account": person.user_name, "roles": _roles(), "org": ""},
        prefs=frames.preferences(
            known,
            url=url_for("profile.keep_preferences"),
            lang=locales.locale(),
            start=_start(known),
            **reached.fields(known, person, reached_mistakes),
        ),
        tokens=_tokens(person, fresh_token, token_mistakes),
        sessions=_sessions(person),
        feed=calendar_feeds.shown(person, fresh=fresh_feed, mistakes=feed_mistakes),
        password={"change_url": url_for("password.show"), "text": _password_text(person)},
        second=_second(person),
        deputy=_deputy(person, deputy_mistakes),
        units=_units(),
    )
    return make_response(page, status)


def _start(known: Identity) -> dict[str, Any] | None:
    """Return the choice of the first room, where there is one to choose."""
    choices = accounts.PREFERENCES["start"]
    rooms = [(code, words(f"room.{code}")) for code, _path in frames.rooms_of(known) if code in choices]
    if not rooms:
        return None
    return field("start", "profile.start", kind="select", value=frames.home_room(known), options=rooms)


def _roles() -> list[str]:
    own = [grant for grant in identity.actor().grants if grant.of is None]
    orgs = registry.orgs_by_id(unit.session(), [grant.org_id for grant in own if grant.org_id is not None])
    names = registry.region_names(unit.session(), [grant.region for grant in own if grant.region])
    told = []
    for grant in own:
        role = words(f"role.{grant.role}")
        org = orgs.get(grant.org_id) if grant.org_id is not None else None
        place = org.name if org is not None else "".join(names.get(grant.region or "", ()))
        told.append(words("role.over", role=role, place=place) if place else role)
    return told


def _tokens(person: Person, fresh: str | None, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    fields, summary = with_mistakes(
        [
            field("label", "profile.token_label", value=request.form.get("label") if mistakes else None),
            field("until", "profile.token_end", kind="date", required=False),
        ],
        mistakes,
    )
    return {
        "rows": [_token_row(row) for row in _programs(person)],
        "form": {"url": url_for("profile.create_token"), "fields": fields, "errors": summary},
        "fresh": {"value": fresh} if fresh else None,
    }


def _programs(person: Person) -> Sequence[Token]:
    kinds = (tokens.API, tokens.OPEN311)
    return tokens.list_living(unit.session(), person.id, at=unit.at(), kinds=kinds)


def _token_row(row: Token) -> dict[str, str]:
    last = local(row.ended_at).date() if row.ended_at is not None else None
    return {
        "name": row.label or words("profile.token_unnamed"),
        "scope_text": words("profile.token_until", day=frames.told(last)) if last else words("profile.token_all"),
        "made": words("profile.token_made", day=frames.told(local(row.created_at).date())),
        "used": words("profile.token_used", when=frames.told_instant(row.used_at))
        if row.used_at is not None
        else words("profile.token_unused"),
        "revoke_url": url_for("profile.revoke_token", token_id=row.id),
    }


def _sessions(person: Person) -> list[dict[str, Any]]:
    known = identity.identity()
    profile = unit.office().settings.account_profile
    return [
        {
            "text": device(row.agent),
            "where": row.address,
            "seen": words("profile.ago.now") if row.id == known.session_id else frames.told_instant(row.seen_at),
            "current": row.id == known.session_id,
            "end_url": url_for("profile.end_session", session_id=row.id),
        }
        for row in sessions.list_open(unit.session(), person.id, roles=known.own_roles, at=unit.at(), profile=profile)
    ]


def _password_text(person: Person) -> str:
    given, limit = person.password_set_at, password_age_limit(profile=unit.office().settings.account_profile)
    if given is None:
        return ""
    if limit is None:
        return words("profile.password_since", day=frames.told(local(given).date()))
    return words("profile.password_lasts", days=max((given + limit - unit.at()).days, 0))


def _second(person: Person) -> dict[str, Any]:
    on = second_factor.is_on(unit.session(), person)
    spares = second_factor.spares_left(unit.session(), person)
    text = words("second.on", spares=spares) if on else words("second.off")
    return {"on": on, "text": text, "url": url_for("second_factor.show")}


def _deputy(person: Person, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    given = request.form if mistakes else {}
    rows = choices.colleagues(unit.session(), identity.actor(), words="", on=unit.today(), limit=None)
    colleagues = [
        (str(each.id), words("profile.deputy_option", name=each.name, role=words(f"role.{role}")))
        for each, role in rows
    ]
    fields, summary = with_mistakes(
        [
            field(
                "deputy",
                "profile.deputy_who",
                kind="pick",
                value=given.get("deputy"),
                typed=given.get("deputy_text"),
                options=colleagues,
                data_url=form_fields.COLLEAGUES,
                hint="profile.deputy_hint",
                wide=True,
            ),
            field("valid_from", "profile.deputy_from", kind="date", value=given.get("valid_from")),
            field("valid_to", "profile.deputy_to", kind="date", value=given.get("valid_to")),
        ],
        mistakes,
    )
    now = [
        words("profile.deputy_now", name=name, first=frames.told(row.valid_from), last=frames.told(row.valid_to))
        for row, name in grants.deputies_of(unit.session(), person.id, day=unit.today())
    ]
    form = {"url": url_for("profile.appoint_deputy"), "fields": fields, "errors": summary}
    return {"text": "".join(now) + words("profile.deputy_text"), "form": form}


def _typed_deputy() -> str:
    return request.form.get("deputy", "").strip() or request.form.get("deputy_text", "").strip()


def device(agent: str) -> str:
    """Say what a `User-Agent` is, roughly: Windows・Chrome."""
    system = next((name for name in _SYSTEMS if name in agent), None)
    browser = next((name for mark, name in _BROWSERS if mark in agent), None)
    if system is None or browser is None:
        return words("profile.session_unknown")
    version = re.search(r"(?:Edg|Firefox|Chrome)/([0-9]{1,4})", agent)
    return words("profile.session_here", system=system, browser=f"{browser} {version[1]}" if version else browser)


def _end_of_day(typed: str | None) -> datetime | None:
    if not typed:
        return None
    day = texts.parse_date(typed, field="until")
    if day < unit.today():
        raise invalid("until", "date_past")
    zone = unit.office().settings.zone
    return datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone)


def _me(*, lock: bool = False) -> Person:
    return accounts.get_account(unit.session(), identity.person_id(), lock=lock)


def _back() -> Response:
    return make_response(redirect(url_for("profile.show"), 303))
