"""What is asked of an announcement and of a receipt: fields of their forms, filled in as they were sent."""

from datetime import timedelta
from typing import Any

from flask import request, url_for

from casework.announcements.tables import Announcement, Receipt
from casework.campaign import announcements, attending, receipts
from casework.campaign.announcements import MEMBER_LIST, ORG_LIST
from casework.campaign.loader import campaigns
from web import unit
from web.forms import field
from web.locales import locale, words
from web.pages import link_options, options
from web.views import reference, wording

PLAIN = ("title", "content", "document_no", "answer_by")
SENT = (*PLAIN, "campaign", "audience", "asks", "activity_id")
_CALLED_SINCE = timedelta(days=7)


def named() -> dict[str, list[str]]:
    """Return who is named in a form: members by id, units by code."""
    typed = [value for value in request.form.getlist(MEMBER_LIST) if value.strip()]
    members = [link_options.member_named(value) for value in typed]
    return {MEMBER_LIST: members, ORG_LIST: options.orgs_typed(ORG_LIST)}


def new_fields() -> list[dict[str, Any]]:
    """Return the fields of a new announcement."""
    known = [(code, each.label[locale()]) for code, each in campaigns().items()]
    sent = request.form
    only = known[0][0] if len(known) == 1 else ""
    called = _called()
    chosen = sent.get("activity_id") or request.args.get("activity_id", "")
    title = words("told.call_to", title=called[chosen]) if chosen in called else None
    asks = "attendance" if chosen in called else "receipt"
    return [
        field("title", "told.head.title", value=sent.get("title", title), max=200, wide=True),
        field("content", "told.field.content", kind="textarea", rows=8, wide=True, value=sent.get("content")),
        field("audience", "told.field.audience", kind="radio", wide=True, value=sent.get("audience", "named"),
              options=[(each, words(f"told.audience.{each}")) for each in announcements.AUDIENCES]),
        *named_fields(),
        field("asks", "told.field.asks", kind="radio", value=sent.get("asks", asks),
              options=[(each, words(f"told.asks.{each}")) for each in announcements.ASKS]),
        field("answer_by", "told.field.answer_by", kind="date", required=False, value=sent.get("answer_by"),
              hint="told.hint.answer_by"),
        field("activity_id", "told.field.activity_id", kind="select", required=False, value=chosen,
              options=list(called.items()), hint="told.hint.activity_id"),
        field("campaign", "told.filter.campaign", kind="select", required=False, options=known,
              value=sent.get("campaign", only)),
        field("document_no", "told.field.document_no", required=False, value=sent.get("document_no"), max=60),
    ]  # fmt: skip


def _called() -> dict[str, str]:
    """Return the trainings and meetings people can be called to, by id."""
    found = attending.upcoming(unit.session(), unit.office().settings.region, since=unit.today() - _CALLED_SINCE)
    return {
        str(each.id): words("told.meeting_on", title=each.title, day=wording.short_day(each.on_date)) for each in found
    }


def named_fields() -> list[dict[str, Any]]:
    """Return the fields that name members and units one by one."""
    members = [value for value in request.form.getlist(MEMBER_LIST) if value.strip()]
    orgs = [value for value in request.form.getlist(ORG_LIST) if value.strip()]
    names = reference.org_names()
    return [
        field(MEMBER_LIST, "told.field.members", kind="orgs", required=False, value="", wide=True,
              chosen=[{"value": each, "label": link_options.member_label(each)} for each in members],
              data_url=url_for("link_options.offer_members"), hint="told.hint.members"),
        field(ORG_LIST, "told.field.orgs", kind="orgs", required=False, value="", wide=True,
              chosen=[{"value": each, "label": names.get(each, each)} for each in orgs],
              data_url=url_for("options.offer_orgs")),
    ]  # fmt: skip


def mend_fields(row: Announcement) -> list[dict[str, Any]]:
    """Return the fields of an announcement that can be changed after it was sent."""
    sent = request.form
    until = "" if row.answer_by is None else row.answer_by.isoformat()
    return [
        field("title", "told.head.title", value=sent.get("title", row.title), max=200, wide=True),
        field("content", "told.field.content", kind="textarea", rows=8, wide=True,
              value=sent.get("content", row.content)),
        field("answer_by", "told.field.answer_by", kind="date", required=False, value=sent.get("answer_by", until)),
        field("document_no", "told.field.document_no", required=False, max=60,
              value=sent.get("document_no", row.document_no)),
        field("version", "linked.kind", kind="hidden", value=row.version),
    ]  # fmt: skip


def answer_fields(row: Announcement, receipt: Receipt) -> list[dict[str, Any]]:
    """Return the fields of one receipt; where there is one answer only, it is chosen."""
    choices = [(each, words(f"told.answer.{each}")) for each in receipts.answers_to(row.asks)]
    given = receipt.answer or (choices[0][0] if len(choices) == 1 else "")
    return [
        field("answer", "told.field.answer", kind="radio", options=choices, wide=True,
              value=request.form.get("answer", given)),
        field("remark", "told.field.words", kind="textarea", rows=2, required=False, wide=True,
              value=request.form.get("remark", receipt.remark), hint="told.hint.words"),
    ]  # fmt: skip
