"""Handing over (换届、交接): who leaves, what they hold, to whom it passes; one step, taken back in one for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import handover, link_entries, visibility
from casework.campaign.handover import Plan
from casework.campaign.link_list import LinkFile
from casework.cases import queries as cases
from casework.core import personal, texts
from casework.core.errors import FieldError, Invalid, NotFound, Refused
from casework.core.ids import parse_id
from casework.registry import queries as registry
from web import errors, frames, identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import link_options, link_parts, once, options
from web.pages.link_parts import Form
from web.views import link_words, reference, wording

blueprint = Blueprint("handovers", __name__)

WRITE = "link.write"


@dataclass(frozen=True, slots=True)
class _Leaver:
    """Who leaves: a member or a unit, with the account of the member, if there is one."""

    id: UUID
    name: str
    person_id: UUID | None
    org_code: str | None

    @property
    def is_unit(self) -> bool:
        """Say whether it is a unit."""
        return self.org_code is not None


@blueprint.get("/handovers/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Ask who leaves; then show what they hold, and ask to whom it passes."""
    if not any(request.args.get(name) for name in ("member", "member_text", "org", "org_text")):
        return _who_form()
    try:
        return _form(_leaver())
    except Invalid as mistake:
        return _who_form(mistakes=mistake.errors, status=422)


@blueprint.post("/handovers/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def make() -> Response:
    """Hand over everything that is ticked."""
    try:
        leaver = _leaver()
    except Invalid as mistake:
        return _who_form(mistakes=mistake.errors, status=422)

    def write() -> Response:
        session, actor, at, today = unit.session(), identity.actor(), unit.at(), unit.today()
        made = handover.make(session, _plan(leaver), actor=actor, at=at, today=today)
        frames.say(words("handover.done", n=len(request.form.getlist("links"))))
        return link_parts.led_to(url_for("handovers.show", handover_id=made.id))

    return link_parts.try_it(write, lambda **why: _form(leaver, **why))


@blueprint.get("/handovers/<uuid:handover_id>")
@needs(WRITE, anywhere=True)
def show(handover_id: UUID) -> Response:
    """Show what was handed over, with the way back while there is one."""
    session, at = unit.session(), unit.at()
    row = handover.take(session, identity.actor(), handover_id, on=unit.today())
    told = handover.pairs(session, row)
    undone = row.undone_at is not None
    until = wording.clock_time(row.done_at + handover.UNDO_WITHIN)
    undo = {
        "url": url_for("handovers.undo", handover_id=row.id),
        "text": words("links.do.undo"),
        "until": words("handover.undo_until", time=until),
    }
    name = told[0].old.holder_name if told else ""
    state = ("outline", "handover.undone") if undone else ("green", "handover.in_force")
    return link_parts.record_page(
        words("handover.title", name=name),
        (words("links.tab.members"), url_for("members.show_list")),
        chips=[{"tone": state[0], "text": words(state[1])}],
        undo=undo if handover.may_undo(row, at=at) else None,
        facts=[
            {"label": words("handover.day"), "text": row.day.isoformat()},
            {"label": words("linked.reason"), "text": row.reason},
        ],
        sections=[
            {
                "code": "passed",
                "title": words("handover.passed_on"),
                "nothing": words("handover.nothing"),
                "rows": [_pair(each.old, each.made) for each in told],
            }
        ],
    )


@blueprint.post("/handovers/<uuid:handover_id>/undo")
@needs(WRITE, anywhere=True)
def undo(handover_id: UUID) -> Response:
    """Take a handover back as a whole."""
    session, actor, at, today = unit.session(), identity.actor(), unit.at(), unit.today()
    row = handover.take(session, actor, handover_id, on=today, lock=True)
    try:
        handover.undo(session, row, reason=words("handover.undo_reason"), actor=actor, at=at, today=today)
    except Refused as refused:
        # Nothing of it is kept: the page tells why, and shows everything as it stands.
        unit.end(keep=False)
        frames.say(errors.sentences(refused.refusals))
    else:
        frames.say(words("handover.undone"))
    return link_parts.led_to(url_for("handovers.show", handover_id=handover_id))


def _pair(old: LinkFile, made: LinkFile) -> dict[str, Any]:
    days = link_words.days_told(made.link)
    return {
        "text": old.object_name,
        "url": url_for("links.show", link_id=made.link.id),
        "chips": link_words.part_chip(made.link.part),
        "sub": words("handover.to", old=old.holder_name, made=made.holder_name, days=days),
    }


def _leaver() -> _Leaver:
    """Return who leaves, as the address or the form names them.

    Raises:
        Invalid: nobody, or nobody the caller may know of.
    """
    typed = link_options.member_typed("member")
    session = unit.session()
    if typed:
        try:
            row = visibility.take_member(session, identity.actor(), parse_id(typed) or UUID(int=0))
        except NotFound:
            raise Invalid([FieldError("member", "no_such_member")]) from None
        return _Leaver(row.id, row.name, row.person_id, None)
    code = options.org_code(request.values.get("org", "").strip() or request.values.get("org_text", "").strip())
    if not code:
        raise Invalid([FieldError("member", "required")])
    found = {} if texts.names_nothing(code) else registry.orgs_by_code(session, [code])
    if code not in found:
        raise Invalid([FieldError("org", "no_such_org", {"value": code})])
    return _Leaver(found[code].id, found[code].name, None, code)


def _plan(leaver: _Leaver) -> Plan:
    """Return what the form asks for.

    Raises:
        Invalid: every mistake: no successor, one that is not there, no day.
    """
    mistakes: list[FieldError] = []
    picked, successors = set(request.form.getlist("links")), {}
    for file in _held(leaver):
        if str(file.link.id) not in picked:
            continue
        name = f"successor_{file.link.id}"
        own = _typed(leaver, name)
        try:
            successors[file.link.id] = link_entries.read_successor(
                unit.session(),
                file.link,
                own or _typed(leaver, "successor"),
                field=name if own else "successor",
                actor=identity.actor(),
                today=unit.today(),
            )
        except Invalid as mistake:
            mistakes += [each for each in mistake.errors if each not in mistakes]
    day = date.min
    try:
        day = texts.parse_date(request.form.get("day"), field="day")
    except Invalid as mistake:
        mistakes += mistake.errors
    if mistakes:
        raise Invalid(mistakes)
    return Plan(leaver.id, successors, day, request.form.get("reason", ""))


def _typed(leaver: _Leaver, name: str) -> str:
    return options.org_typed(name) if leaver.is_unit else link_options.member_typed(name)


def _held(leaver: _Leaver) -> Sequence[LinkFile]:
    return handover.open_links(unit.session(), identity.actor(), leaver.id, on=unit.today())


def _who_form(**why: Any) -> Response:
    back = (words("links.tab.members"), url_for("members.show_list"))
    typed = request.values.get("org", "")
    fields = [
        link_options.member_field("member", "handover.member", required=False, hint="links.hint.member"),
        field(
            "org", "handover.org", kind="org", required=False, value=typed, data_url=url_for("options.offer_orgs"),
            label_value=request.values.get("org_text") or typed,
        ),
    ]  # fmt: skip
    form = Form(
        words("links.do.hand_over"), url_for("handovers.ask_new"), back, fields, words("links.do.choose"), method="get"
    )
    return link_parts.form_page(form, **why)


def _form(leaver: _Leaver, **why: Any) -> Response:
    held, sent = _held(leaver), request.form
    picked = sent.getlist("links") if sent else [str(file.link.id) for file in held]
    labels = [(str(file.link.id), _told(file)) for file in held]
    fields = [
        _successor(leaver, "successor", words("handover.successor"), hint="handover.successor_hint"),
        field("day", "handover.day", kind="date", value=sent.get("day", unit.today().isoformat()),
              hint="handover.day_hint"),
        field("reason", "linked.reason", value=sent.get("reason"), wide=True, max=handover.REASON_LENGTH),
        {**field("links", "handover.links", kind="checks", options=labels, picked=picked), "wide": True},
        *(
            _successor(leaver, f"successor_{file.link.id}", words("handover.one_to", object=file.object_name))
            for file in held
        ),
        field(
            "org" if leaver.is_unit else "member", "handover.member", kind="hidden", value=leaver.org_code or leaver.id
        ),
    ]  # fmt: skip
    back = (
        (words("links.tab.links"), url_for("links.show_list"))
        if leaver.is_unit
        else (leaver.name, url_for("members.show", member_id=leaver.id))
    )
    title = words("handover.title", name=leaver.name)
    note = {"tone": "grey", "strong": words("handover.nothing"), "text": None, "link": None} if not held else None
    form = Form(
        title, url_for("handovers.make"), back, fields, words("links.do.hand_over"), note=note, beside=[_cases(leaver)]
    )
    return link_parts.form_page(form, **why)


def _successor(leaver: _Leaver, name: str, label: str, *, hint: str | None = None) -> dict[str, Any]:
    if not leaver.is_unit:
        return {**link_options.member_field(name, "handover.successor", required=False, hint=hint), "label": label}
    typed = request.form.get(name, "")
    made = field(
        name, "handover.successor", kind="org", required=False, value=typed, hint=hint,
        label_value=request.form.get(f"{name}_text") or typed, data_url=url_for("options.offer_orgs"),
    )  # fmt: skip
    return {**made, "label": label}


def _told(file: LinkFile) -> str:
    part = link_words.code_told(file.link.part) if file.link.part else ""
    place = reference.place_told(file.link.region_code) if file.link.object_id is not None else ""
    return words("handover.link", object=" ".join(filter(None, (file.object_name, place))), part=part).strip()


def _cases(leaver: _Leaver) -> dict[str, Any]:
    org_id = leaver.id if leaver.is_unit else None
    found = cases.open_of(unit.session(), identity.actor(), person_id=leaver.person_id, org_id=org_id, at=unit.at())
    rows = [
        {
            "text": words("links.case", number=wording.short_number(each.number), title=personal.scrub(each.title)),
            "url": f"/cases/{each.number}",
            "sub": wording.lately(each.reported_at),
        }
        for each in found
    ]
    note = [{"text": words("handover.cases_note"), "url": None, "sub": None}] if rows else []
    return {"title": words("handover.cases"), "nothing": words("handover.no_cases"), "rows": [*rows, *note]}
