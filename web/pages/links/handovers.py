"""Handing over (换届、交接): who leaves, what they hold, to whom it passes; one step, taken back in one for a while."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import handover
from casework.campaign.handover_tables import Handover, HandoverItem
from casework.campaign.links.link_list import LinkFile
from casework.core import personal, texts
from casework.core.errors import FieldError, Invalid, Refused
from web import errors, frames, identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import link_options, link_parts, once, options
from web.pages.link_parts import Form
from web.views import link_words, reference, wording
from workflows.campaign import handover_entries, handovers
from workflows.campaign.handovers import Party, Step

blueprint = Blueprint("handovers", __name__)

WRITE = "link.write"


@blueprint.get("/handovers/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Ask who leaves; then show what they hold, and ask to whom it passes."""
    if not any(request.args.get(name) for sort in handover_entries.SORTS for name in (sort, f"{sort}_text")):
        return _who_form()
    try:
        return _form(*_leaver())
    except Invalid as mistake:
        return _who_form(mistakes=mistake.errors, status=422)


@blueprint.post("/handovers/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def make() -> Response:
    """Hand over everything that is ticked."""
    try:
        sort, leaver = _leaver()
    except Invalid as mistake:
        return _who_form(mistakes=mistake.errors, status=422)

    def write() -> Response:
        session, actor, at, today = unit.session(), identity.actor(), unit.at(), unit.today()
        made = handovers.make(session, _step(sort, leaver), actor=actor, at=at, today=today)
        moved = sum(not item.stays for item in handover.items(session, made))
        frames.say(words("handover.done", n=moved))
        return link_parts.led_to(url_for("handovers.show", handover_id=made.id))

    return link_parts.try_it(write, lambda **why: _form(sort, leaver, **why))


@blueprint.post("/handovers/preview")
@needs(WRITE, anywhere=True)
def look() -> Response:
    """Show what would move and what would stay, and why; nothing is done."""
    try:
        sort, leaver = _leaver()
    except Invalid as mistake:
        return _who_form(mistakes=mistake.errors, status=422)

    def foretell() -> Response:
        session, actor, at, today = unit.session(), identity.actor(), unit.at(), unit.today()
        with handovers.foretold(session, _step(sort, leaver), actor=actor, at=at, today=today) as made:
            sections = _sections(made)
        told = [
            {**each, "title": words(f"handover.will.{each['code']}"), "rows": [_beside(row) for row in each["rows"]]}
            for each in sections
        ]
        return _form(sort, leaver, foretold=told)

    return link_parts.try_it(foretell, lambda **why: _form(sort, leaver, **why))


@blueprint.get("/handovers/<uuid:handover_id>")
@needs(WRITE, anywhere=True)
def show(handover_id: UUID) -> Response:
    """Show what was handed over, with the way back while there is one."""
    session, at = unit.session(), unit.at()
    row = handovers.take(session, identity.actor(), handover_id, at=at, on=unit.today())
    undone = row.undone_at is not None
    until = wording.clock_time(row.done_at + handover.UNDO_WITHIN)
    undo = {
        "url": url_for("handovers.undo", handover_id=row.id),
        "text": words("links.do.undo"),
        "until": words("handover.undo_until", time=until),
    }
    name = handovers.name_of(session, row)
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
        sections=_sections(row),
    )


@blueprint.post("/handovers/<uuid:handover_id>/undo")
@needs(WRITE, anywhere=True)
def undo(handover_id: UUID) -> Response:
    """Take a handover back as a whole."""
    session, actor, at, today = unit.session(), identity.actor(), unit.at(), unit.today()
    row = handovers.take(session, actor, handover_id, at=at, on=today, lock=True)
    try:
        handovers.undo(session, row, reason=words("handover.undo_reason"), actor=actor, at=at, today=today)
    except Refused as refused:
        # Nothing of it is kept: the page tells why, and shows everything as it stands.
        unit.end(keep=False)
        frames.say(errors.sentences(refused.refusals))
    else:
        frames.say(words("handover.undone"))
    return link_parts.led_to(url_for("handovers.show", handover_id=handover_id))


def _sections(row: Handover) -> list[dict[str, Any]]:
    """Return what passes on, and what stays and why."""
    session = unit.session()
    items = handover.items(session, row)
    moved = [_pair(each.old, each.made) for each in handover.pairs(session, row)]
    return [
        {
            "code": "passed",
            "title": words("handover.passed_on"),
            "nothing": words("handover.nothing"),
            "rows": [*moved, *(_item(item) for item in items if _stands_apart(item) and not item.stays)],
        },
        {
            "code": "stays",
            "title": words("handover.stayed"),
            "nothing": words("handover.nothing_stays"),
            "rows": [_item(item) for item in items if item.stays],
        },
    ]


def _beside(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as it stands beside the form; what is to follow is not there yet, so there is no page of it."""
    return {**row, "url": None, "sub": row["sub"] or " ".join(each["text"] for each in row["chips"])}


def _pair(old: LinkFile, made: LinkFile) -> dict[str, Any]:
    days = link_words.days_told(made.link)
    return {
        "text": old.object_name,
        "url": url_for("links.show", link_id=made.link.id),
        "chips": link_words.part_chip(made.link.part),
        "sub": words("handover.to", old=old.holder_name, made=made.holder_name, days=days),
    }


def _stands_apart(item: HandoverItem) -> bool:
    """Say whether an item is told of by itself: links are told as what they were and what follows."""
    return item.kind != handover.LINK


def _item(item: HandoverItem) -> dict[str, Any]:
    label = words(f"role.{item.label}") if item.kind == handovers.ROLE else item.label
    if item.kind == handover.GOAL:
        year, checklist, code = item.label.split(" ", 2)
        label = f"{year} {link_words.item_told(checklist, code)}"
    return {
        "text": label,
        "url": f"/cases/{item.label.partition(' ')[0]}" if item.case_id is not None else None,
        "chips": [{"tone": "outline", "text": words(f"handover.kind.{item.kind}")}],
        "sub": words(f"handover.stays.{item.stays}") if item.stays else None,
    }


def _leaver() -> tuple[str, Party]:
    """Return of which sort it is who leaves, and who, as the address or the form names them.

    Raises:
        Invalid: nobody, or nobody the caller may know of.
    """
    values = request.values
    told = {
        "member": link_options.member_typed("member"),
        "org": options.org_code(values.get("org", "").strip() or values.get("org_text", "").strip()),
        "leader": values.get("leader", "").strip(),
        "person": options.person_typed("person", org=""),
    }
    if told["org"] and texts.names_nothing(told["org"]):
        raise Invalid([FieldError("org", "no_such_org", {"value": told["org"]})])
    return handover_entries.read_leaver(unit.session(), told, actor=identity.actor(), today=unit.today())


def _step(sort: str, leaver: Party) -> Step:
    """Return what the form asks for.

    Raises:
        Invalid: every mistake: no successor, one that is not there, no day.
    """
    picked = set(request.form.getlist("links"))
    asked = [file.link.id for file in _held(leaver) if str(file.link.id) in picked]
    raw = {
        sort: str(leaver.holder_id),
        "successor": _typed(sort, "successor"),
        "links": [{"id": str(link_id), "successor": _typed(sort, f"successor_{link_id}")} for link_id in asked],
        "day": request.form.get("day"),
        "reason": request.form.get("reason", ""),
    }
    return handover_entries.read(
        unit.session(),
        raw,
        actor=identity.actor(),
        today=unit.today(),
        named=lambda place: f"successor_{asked[place]}",
    )


def _typed(sort: str, name: str) -> str:
    if sort == "person":
        return options.person_typed(name, org="")
    if sort == "leader":
        return request.form.get(name, "").strip()
    return options.org_typed(name) if sort == "org" else link_options.member_typed(name)


def _held(leaver: Party) -> Sequence[LinkFile]:
    return handover.open_links(unit.session(), identity.actor(), leaver.holder_id, on=unit.today())


def _who_form(**why: Any) -> Response:
    back = (words("links.tab.members"), url_for("members.show_list"))
    typed = request.values.get("org", "")
    fields = [
        link_options.member_field("member", "handover.member", required=False, hint="links.hint.member"),
        field(
            "org", "handover.org", kind="org", required=False, value=typed, data_url=url_for("options.offer_orgs"),
            label_value=request.values.get("org_text") or typed,
        ),
        field(
            "leader", "handover.leader", kind="select", required=False, value=request.values.get("leader", ""),
            options=[("", words("links.none")), *link_options.leaders()],
        ),
        field(
            "person", "handover.person", kind="person", required=False, value=request.values.get("person", ""),
            data_url=url_for("options.offer_people"), label_value=request.values.get("person_text", ""),
        ),
    ]  # fmt: skip
    form = Form(
        words("links.do.hand_over"), url_for("handovers.ask_new"), back, fields, words("links.do.choose"), method="get"
    )
    return link_parts.form_page(form, **why)


def _form(sort: str, leaver: Party, *, foretold: Sequence[Mapping[str, Any]] | None = None, **why: Any) -> Response:
    """Show the form: first it leads to what would move, then it is done."""
    held, sent = _held(leaver), request.form
    picked = sent.getlist("links") if sent else [str(file.link.id) for file in held]
    labels = [(str(file.link.id), _told(file)) for file in held]
    boxes = [field("links", "handover.links", kind="checks", options=labels, picked=picked)] if held else []
    fields = [
        _successor(sort, "successor", words("handover.successor"), hint="handover.successor_hint"),
        field("day", "handover.day", kind="date", value=sent.get("day", unit.today().isoformat()),
              hint="handover.day_hint"),
        field("reason", "linked.reason", value=sent.get("reason"), wide=True, max=handover.REASON_LENGTH),
        *({**each, "wide": True} for each in boxes),
        *(
            _successor(sort, f"successor_{file.link.id}", words("handover.one_to", object=file.object_name))
            for file in held
        ),
        field(sort, "handover.member", kind="hidden", value=leaver.holder_id),
    ]  # fmt: skip
    back = (
        (words("links.tab.links"), url_for("links.show_list"))
        if sort != "member"
        else (leaver.name, url_for("members.show", member_id=leaver.holder_id))
    )
    title = words("handover.title", name=leaver.name)
    look_at, do = url_for("handovers.look"), url_for("handovers.make")
    if foretold is None:
        note = {"tone": "grey", "strong": words("handover.nothing"), "text": None, "link": None} if not held else None
        form = Form(title, look_at, back, fields, words("handover.look"), note=note, beside=[_cases(leaver)])
    else:
        moved = sum(len(each["rows"]) for each in foretold if each["code"] == "passed")
        said = {"strong": words("handover.foretold", n=moved), "text": words("handover.not_done")}
        form = Form(
            title, do, back, fields, words("links.do.hand_over"), note={"tone": "blue", "link": None, **said},
            beside=foretold, other={"url": look_at, "text": words("handover.look_again")},
        )  # fmt: skip
    return link_parts.form_page(form, **why)


def _successor(sort: str, name: str, label: str, *, hint: str | None = None) -> dict[str, Any]:
    if sort == "leader":
        rows = link_options.leaders()
        made = field(
            name, "handover.successor", kind="select", required=False, value=request.form.get(name, ""), hint=hint,
            options=[("", words("links.none")), *rows],
        )  # fmt: skip
        return {**made, "label": label}
    if sort == "member":
        return {**link_options.member_field(name, "handover.successor", required=False, hint=hint), "label": label}
    typed = request.form.get(name, "")
    made = field(
        name, "handover.successor", kind=sort, required=False, value=typed, hint=hint,
        label_value=request.form.get(f"{name}_text") or typed,
        data_url=url_for("options.offer_orgs" if sort == "org" else "options.offer_people"),
    )  # fmt: skip
    return {**made, "label": label}


def _told(file: LinkFile) -> str:
    part = link_words.code_told(file.link.part) if file.link.part else ""
    place = reference.place_told(file.link.region_code) if file.link.object_id is not None else ""
    return words("handover.link", object=" ".join(filter(None, (file.object_name, place))), part=part).strip()


def _cases(leaver: Party) -> dict[str, Any]:
    rows = [
        {
            "text": words(
                "links.case", number=wording.short_number(each.case.number), title=personal.scrub(each.case.title)
            ),
            "url": f"/cases/{each.case.number}",
            "sub": words(f"handover.kind.{each.kind}"),
        }
        for each in handovers.in_hand(unit.session(), leaver, actor=identity.actor(), at=unit.at())
    ]
    note = [{"text": words("handover.cases_note"), "url": None, "sub": None}] if rows else []
    return {"title": words("handover.cases"), "nothing": words("handover.no_cases"), "rows": [*rows, *note]}
