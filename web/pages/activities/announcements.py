"""Announcements (通知) as pages: the list, one with its text and the receipts, the form that sends it.

Whoever gets one answers it by one press; the office sees who has not answered, reminds those alone, and enters what it
heard by telephone. Nobody is ranked: the lists stand in the order of names.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.announcements.tables import Announcement, Receipt
from casework.campaign import announcements, forms, receipts, record_rights
from casework.campaign.announcements import ANNOUNCEMENT
from casework.campaign.coverage import Share
from casework.campaign.loader import campaigns
from casework.campaign.receipts import RECEIPT
from casework.campaign.record_visibility import find
from casework.core.errors import FieldError, Invalid, Refused
from casework.permissions import may_anywhere
from web import errors, frames, identity, unit
from web.access import needs
from web.forms import field
from web.locales import locale, words
from web.pages import desks, link_options, link_parts, once, record_pages
from web.pages.activities import announcement_forms
from web.pages.activities.announcement_forms import PLAIN, SENT
from web.pages.link_parts import ANNOUNCED, Form, Listed
from web.pages.record_pages import Found
from web.views import announcement_views, counting, reference, wording
from web.views.link_words import act

blueprint = Blueprint("announcements", __name__)

READ, ANSWER, WRITE = "announcement.read", "announcement.answer", "announcement.write"
_NAME, _MOST_RECEIPTS = "announcements", 2_000


@blueprint.get("/announcements")
@needs(READ, anywhere=True)
@record_pages.listing(_NAME)
def show_list(found: Found) -> Listed:
    """List the announcements the caller sent or got, the latest first."""
    own = receipts.own(unit.session(), identity.actor(), announcement_ids=[each["id"] for each in found.rows])
    is_office = may_anywhere(identity.actor(), WRITE)
    return Listed(
        code=_NAME,
        head=("title", "on", "answer_by", "answered"),
        rows=[announcement_views.row_of(each, own.get(each["id"], ())) for each in found.rows],
        more=found.more,
        total=found.total,
        menus=[("campaign", link_options.campaigns_told())],
        told=lambda _name, value: campaigns()[value].label[locale()] if value in campaigns() else value,
        find="q",
        buttons=[act("told.do.send", url_for("announcements.ask_new"))] if is_office else [],
        room=ANNOUNCED,
    )


@blueprint.get("/announcements/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new announcement."""
    return _new_form()


@blueprint.post("/announcements/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def send() -> Response:
    """Send an announcement to all whom the form names."""

    def write() -> Response:
        sent = {name: request.form[name].replace("\r\n", "\n") for name in SENT if request.form.get(name, "").strip()}
        raw = {**sent, **announcement_forms.named(), "region_code": unit.office().settings.region}
        row = announcements.send(unit.session(), raw, actor=identity.actor(), at=unit.at())
        share = receipts.shares(unit.session(), [row.id])[row.id]
        frames.say(words("told.sent", n=share.whole))
        return link_parts.led_to(_url(row))

    return link_parts.try_it(write, _new_form)


@blueprint.get("/announcements/<uuid:announcement_id>")
@needs(READ)
def show(announcement_id: UUID) -> Response:
    """Show an announcement, what the caller answered, and to the office who has not."""
    return _page(record_pages.taken(_NAME, announcement_id))


@blueprint.get("/announcements/<uuid:announcement_id>/edit")
@needs(WRITE)
def ask_mend(announcement_id: UUID) -> Response:
    """Show the form that changes an announcement."""
    return _mend_form(_to_write(announcement_id))


@blueprint.post("/announcements/<uuid:announcement_id>/edit")
@needs(WRITE)
@once.sent_once
def mend(announcement_id: UUID) -> Response:
    """Change the words of an announcement, or until when it is to be answered."""
    row = _to_write(announcement_id, lock=True)

    def write() -> Response:
        raw = {name: value.replace("\r\n", "\n") for name, value in link_parts.sent(*PLAIN).items()}
        version = desks.given_version()
        forms.mend(
            unit.session(), ANNOUNCEMENT, row, raw, actor=identity.actor(), at=unit.at(), expected_version=version
        )
        return link_parts.done("links.kept", _url(row))

    return link_parts.try_it(write, lambda **why: _mend_form(row, **why))


@blueprint.get("/announcements/<uuid:announcement_id>/withdraw")
@needs(WRITE)
def ask_withdraw(announcement_id: UUID) -> Response:
    """Show the form that withdraws an announcement."""
    return _withdraw_form(_to_write(announcement_id))


@blueprint.post("/announcements/<uuid:announcement_id>/withdraw")
@needs(WRITE)
@once.sent_once
def withdraw(announcement_id: UUID) -> Response:
    """Withdraw an announcement with a reason; nobody is reminded of it, and it takes no answers."""
    row = _to_write(announcement_id, lock=True)

    def write() -> Response:
        raw = {"withdrawn": True, **link_parts.sent("reason")}
        forms.mend(unit.session(), ANNOUNCEMENT, row, raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("told.withdrawn", _url(row))

    return link_parts.try_it(write, lambda **why: _withdraw_form(row, **why))


@blueprint.get("/announcements/<uuid:announcement_id>/more")
@needs(WRITE)
def ask_more(announcement_id: UUID) -> Response:
    """Show the form that sends an announcement to more."""
    return _more_form(_to_write(announcement_id))


@blueprint.post("/announcements/<uuid:announcement_id>/more")
@needs(WRITE)
@once.sent_once
def send_to_more(announcement_id: UUID) -> Response:
    """Send an announcement to more members and units."""
    row = _to_write(announcement_id, lock=True)

    def write() -> Response:
        added = announcements.send_to_more(
            unit.session(), row, announcement_forms.named(), actor=identity.actor(), at=unit.at()
        )
        frames.say(words("told.sent_to_more", n=added))
        return link_parts.led_to(_url(row))

    return link_parts.try_it(write, lambda **why: _more_form(row, **why))


@blueprint.post("/announcements/<uuid:announcement_id>/remind")
@needs(WRITE)
def remind(announcement_id: UUID) -> Response:
    """Remind who has not answered, once a working day."""
    row = _to_write(announcement_id, lock=True)
    try:
        made = receipts.remind(unit.session(), row, actor=identity.actor(), at=unit.at())
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    frames.say(words("told.reminded", n=made.waiting))
    return link_parts.led_to(_url(row))


@blueprint.get("/announcements/<uuid:announcement_id>/answer/<uuid:record_id>")
@needs(ANSWER)
def ask_answer(announcement_id: UUID, record_id: UUID) -> Response:
    """Show the form of one receipt: what the office heard by telephone is entered here."""
    row = record_pages.taken(_NAME, announcement_id)
    return _answer_form(row, _receipt(announcement_id, record_id))


@blueprint.post("/announcements/<uuid:announcement_id>/answer/<uuid:record_id>")
@needs(ANSWER)
def answer(announcement_id: UUID, record_id: UUID) -> Response:
    """Keep an answer: the addressee's own by one press, or what the office heard from them."""
    row, receipt = record_pages.taken(_NAME, announcement_id), _receipt(announcement_id, record_id, lock=True)

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        record_rights.require_mending(session, receipt, actor=actor, at=at)
        given = request.form.get("remark", "").replace("\r\n", "\n")
        raw = {"answer": request.form.get("answer", ""), "remark": given}
        if not raw["answer"]:
            raise Invalid([FieldError("answer", "required")])
        kept = forms.mend(session, RECEIPT, receipt, raw, actor=actor, at=at)
        record_rights.require_outcome(session, kept, actor=actor, at=at)
        return link_parts.done("told.answered", _url(row))

    return link_parts.try_it(write, lambda **why: _answer_form(row, receipt, **why))


# ------------------------------------------------------------------ the page
def _page(row: Announcement, *, said: str | None = None, status: int = 200) -> Response:
    told = record_pages.shown(_NAME, row)
    is_office = record_rights.is_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    own = receipts.own(unit.session(), identity.actor(), announcement_ids=[row.id]).get(row.id, ())
    page = render_template(
        "announcements/show.html",
        frame=counting.framed(ANNOUNCED),
        title=row.title,
        crumb={"text": words("told.tab.announcements"), "url": url_for("announcements.show_list")},
        chips=announcement_views.chips_of(told, own),
        buttons=_buttons(row) if is_office and not row.withdrawn else [],
        said=said,
        content=row.content,
        facts=announcement_views.facts_of(told),
        own=[] if row.withdrawn else [_own(row, each) for each in own],
        office=_office(row) if is_office or may_anywhere(identity.actor(), "statistics.read") else None,
        history=record_pages.history(_NAME, row, plainly=True, said="told") if is_office else None,
    )
    return make_response(page, status)


def _buttons(row: Announcement) -> list[dict[str, str]]:
    url = _url(row)
    return [act(f"told.do.{name}", f"{url}/{path}") for name, path in
            (("more", "more"), ("mend", "edit"), ("withdraw", "withdraw"))]  # fmt: skip


def _own(row: Announcement, receipt: Receipt) -> dict[str, Any]:
    """Return what one receipt of the caller's asks or says, with a button for each answer."""
    org = reference.org_name(receipt.org_id)
    given = words(f"told.answer.{receipt.answer}") if receipt.answer else ""
    if given:
        title = words("told.mine_for", org=org, answer=given) if org else words("told.mine", answer=given)
    elif org:
        title = words("told.owes_for", org=org)
    elif row.answer_by is None:
        title = words("told.owes")
    else:
        title = words("told.owes_by", day=wording.long_day(row.answer_by))
    return {
        "id": str(receipt.id),
        "title": title,
        "text": words("told.change") if given else "",
        "given": bool(given),
        "url": f"{_url(row)}/answer/{receipt.id}",
        "presses": [
            {"value": each, "text": words(f"told.press.{each}"), "main": n == 0 and not given}
            for n, each in enumerate(receipts.answers_to(row.asks))
        ],
        "words": receipt.remark,
        "hint": words("told.hint.words") if row.asks == announcements.ATTENDANCE else "",
    }


def _office(row: Announcement) -> dict[str, Any]:
    session = unit.session()
    found = record_pages.of("receipts", limit=_MOST_RECEIPTS, announcement=row.id)
    rows: Sequence[Mapping[str, Any]] = sorted(found.rows, key=announcement_views.name_of)
    waiting = [each for each in rows if not each["answer"]]
    share = Share(len(rows) - len(waiting), len(rows))
    by_hand = _url(row) if not row.withdrawn and may_anywhere(identity.actor(), WRITE) else None
    silent = receipts.without_account(session, _plain_receipts(row), on=unit.today())
    last = next(iter(receipts.reminders(session, row.id)), None)
    return {
        "coverage": words("told.coverage", done=share.done, whole=share.whole, percent=share.percent),
        "percent": share.percent,
        "remind_url": f"{by_hand}/remind" if by_hand and waiting else None,
        "remind_text": words("told.do.remind", n=len(waiting)),
        "last": announcement_views.last_told(last),
        "waiting_title": words("told.waiting", n=len(waiting)),
        "waiting": [announcement_views.waiting_of(each, silent, by_hand) for each in waiting],
        "nobody_waits": words("told.all_answered"),
        "given_title": words("told.given", n=share.done),
        "given": [announcement_views.given_of(each, by_hand) for each in rows if each["answer"]],
        "none_given": words("told.none_given"),
    }


def _plain_receipts(row: Announcement) -> Sequence[Receipt]:
    return receipts.of_announcement(unit.session(), row.id)


# ------------------------------------------------------------------ what is taken
def _url(row: Announcement) -> str:
    return url_for("announcements.show", announcement_id=row.id)


def _to_write(announcement_id: UUID, *, lock: bool = False) -> Announcement:
    row: Announcement = record_pages.taken(_NAME, announcement_id, lock=lock)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _receipt(announcement_id: UUID, record_id: UUID, *, lock: bool = False) -> Receipt:
    only = (Receipt.announcement_id == announcement_id,)
    found: Receipt = find(unit.session(), identity.actor(), Receipt, record_id, on=unit.today(), only=only, lock=lock)
    return found


# ------------------------------------------------------------------ forms
def _new_form(**why: Any) -> Response:
    back = (words("told.tab.announcements"), url_for("announcements.show_list"))
    form = Form(
        words("told.do.send"),
        url_for("announcements.send"),
        back,
        announcement_forms.new_fields(),
        words("told.do.send_now"),
        room=ANNOUNCED,
    )
    return link_parts.form_page(form, **why)


def _mend_form(row: Announcement, **why: Any) -> Response:
    return _form(row, "mend", "edit", announcement_forms.mend_fields(row), **why)


def _withdraw_form(row: Announcement, **why: Any) -> Response:
    fields = [field("reason", "told.field.reason", value=request.form.get("reason"), wide=True)]
    return _form(row, "withdraw", "withdraw", fields, danger=True, **why)


def _more_form(row: Announcement, **why: Any) -> Response:
    return _form(row, "more", "more", announcement_forms.named_fields(), **why)


def _answer_form(row: Announcement, receipt: Receipt, **why: Any) -> Response:
    told = record_pages.shown("receipts", receipt)
    form = Form(
        announcement_views.name_of(told),
        f"{_url(row)}/answer/{receipt.id}",
        (row.title, _url(row)),
        announcement_forms.answer_fields(row, receipt),
        words("links.do.keep"),
        room=ANNOUNCED,
    )
    return link_parts.form_page(form, **why)


def _form(row: Announcement, what: str, path: str, fields: Any, *, danger: bool = False, **why: Any) -> Response:
    title = words(f"told.do.{what}")
    submit = title if danger else words("links.do.keep")
    back = (row.title, _url(row))
    form = Form(title, f"{_url(row)}/{path}", back, fields, submit, danger=danger, room=ANNOUNCED)
    return link_parts.form_page(form, **why)
