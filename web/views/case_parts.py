"""The cards of a case: money by stage, co-units, files, notes."""

from collections.abc import Callable, Sequence
from typing import Any

from casework.cases.dossiers import Told
from casework.cases.ratings import exclusions
from casework.core import money
from casework.funds import actions as ledger
from casework.funds import sums as money_sums
from casework.funds.actions import STAGES
from casework.matters.attachments import LARGEST, MIB
from casework.matters.deadlines import LIVE
from casework.matters.tables import Attachment
from casework.registry import queries as registry
from web import identity, unit
from web.api.answers import seen_by
from web.locales import local, words
from web.views import chips, histories, wording
from web.views.acts import Desk, case_url
from workflows.cases import comments
from workflows.cases.attaching import PERMISSION as ATTACH

LATEST_NOTES = 5
# The stages people ask about stand on the card even before they are reached.
USUAL_STAGES = ("applied", "approved", "arrived", "disbursed")
_IMAGES = ("image/jpeg", "image/png")


def funds_of(desk: Desk, *, with_lines: bool = False) -> dict[str, Any] | None:
    """Return the money of a case by stage; None where there is none and none may be entered yet."""
    case, lines = desk.case, desk.dossier.funds
    may_add = case.plan is not None and case.state != "merged" and desk.may("case.fund")
    if not lines and not may_add:
        return None
    sums = ledger.totals(lines)
    top = max(sums.values(), default=0)
    url = f"{case_url(case)}/funds"
    stages = [stage for stage in STAGES if stage in USUAL_STAGES or sums.get(stage)]
    return {
        "stages": [
            {
                "label": words(f"fund_stage.{stage}"),
                "amount": money.wan(sums[stage]) if sums.get(stage) else None,
                "none_text": words("funds.none"),
                "url": f"{url}?stage={stage}",
                "share": round(100 * sums.get(stage, 0) / top) if top > 0 else 0,
            }
            for stage in stages
        ]
        if lines
        else [],
        "missing": _missing(desk, sums),
        "source": _source(desk),
        "lines": [_line(desk, line) for line in lines] if with_lines else [],
        "credits": _credits(desk) if with_lines else [],
        "add_url": f"{url}/new" if may_add else None,
    }


def _missing(desk: Desk, sums: dict[str, int]) -> dict[str, str] | None:
    promised = max(sums.get("approved", 0), sums.get("quota_issued", 0))
    left = promised - max(sums.get("arrived", 0), sums.get("disbursed", 0))
    if promised <= 0 or left <= 0:
        return None
    waiting = [row.extended_to for row in desk.dossier.clocks if row.kind == "funds_expected" and row.status in LIVE]
    days = sorted(day for day in waiting if day is not None)
    text = words("funds.expected", day=wording.short_day(days[0])) if days else None
    return {"strong": words("funds.missing", amount=money.wan(left)), "text": text or ""}


def _source(desk: Desk) -> str:
    standing = [line for line in desk.dossier.funds if line.reverses_id is None]
    if not standing:
        return ""
    last = standing[-1]
    source = seen_by(desk.subject)(last.source) or ""
    return words("funds.source", source=source, document=last.document_no)


def _line(desk: Desk, line: Any) -> dict[str, Any]:
    minus = line.reverses_id is not None
    taken_back = {each.reverses_id for each in desk.dossier.funds if each.reverses_id is not None}
    may_reverse = not minus and line.id not in taken_back and desk.may("case.fund")
    return {
        "text": words("funds.line", day=wording.short_day(line.on_date), stage=words(f"fund_stage.{line.stage}")),
        "doc": line.document_no,
        "amount": money.wan(-line.amount_fen if minus else line.amount_fen),
        "minus": minus,
        "url": f"{case_url(desk.case)}/funds/{line.id}/reverse" if may_reverse else None,
    }


def _credits(desk: Desk) -> list[dict[str, Any]]:
    """Return each sum that stands with who is credited with how much of it; a share is no money of its own."""
    standing = money_sums.standing(desk.dossier.funds)
    seen = seen_by(desk.subject)
    given = money_sums.shares(unit.session(), [each.allocation_id for each in standing])
    may = desk.case.state != "merged" and desk.may("case.fund")
    return [
        {
            "text": words("funds.sum", source=seen(each.last.source) or "", document=each.last.document_no),
            "shares": [
                words("funds.share", name=share.holder, share=money.yuan(share.share_bp), role=words(_role(share.role)))
                for share in given.get(each.allocation_id, ())
            ],
            "url": f"{case_url(desk.case)}/funds/{each.last.id}/share" if may else None,
        }
        for each in standing
    ]


def _role(role: str) -> str:
    return f"fund_role.{role}"


def co_tasks_of(desk: Desk) -> dict[str, Any] | None:
    """Return what co-units were asked; None where nobody was and nobody may be yet."""
    case, tasks = desk.case, desk.dossier.co_tasks
    may_ask = case.plan is not None and case.state in ("assigned", "coordinated", "suspended")
    may_ask = may_ask and desk.may("case.ask_co_unit")
    if not tasks and not may_ask:
        return None
    owing = sum(task.status == "open" for task in tasks)
    return {
        "summary": words("co_tasks.summary", n=len(tasks), open=owing) if tasks else words("co_tasks.nobody"),
        "rows": [_co_task(desk, task) for task in tasks],
        "add_url": f"{case_url(case)}/co-tasks/new" if may_ask else None,
    }


def _co_task(desk: Desk, task: Any) -> dict[str, Any]:
    seen = seen_by(desk.subject)
    answer = task.answer if task.status == "answered" else task.waive_reason
    return {
        "org": desk.dossier.name_of(task.org_id),
        "question": seen(task.question),
        "answer": seen(answer),
        "chip": _co_task_chip(task),
        "when": words("co_tasks.due", day=wording.short_day(task.due_on))
        if task.answered_at is None
        else wording.moment(task.answered_at),
        "actions": _co_task_actions(desk, task),
    }


def _co_task_chip(task: Any) -> chips.Deadline:
    if task.status == "answered":
        return chips.Deadline(words("co_tasks.answered"), "green")
    if task.status == "waived":
        return chips.Deadline(words("co_tasks.waived"), "outline")
    late = (unit.today() - task.due_on).days
    if late > 0:
        return chips.Deadline(words("co_tasks.late", days=late), "red")
    return chips.Deadline(words("co_tasks.waiting"), "amber" if late == 0 else "outline")


def _co_task_actions(desk: Desk, task: Any) -> list[dict[str, str]]:
    if task.status != "open":
        return []
    url, actor = f"{case_url(desk.case)}/co-tasks/{task.id}", identity.actor()
    made = []
    if task.org_id in actor.org_ids():
        made.append({"text": words("co_tasks.answer"), "url": f"{url}?do=answer"})
    if desk.may("case.waive_co_task"):
        made.append({"text": words("reason.waive"), "url": f"{url}?do=waive"})
    return made


def files_of(desk: Desk) -> dict[str, Any]:
    """Return pictures and papers, and where to add one."""
    case = desk.case
    may_add = case.state != "merged" and desk.may(ATTACH)
    kept = [(file.row, file.added_by) for file in desk.dossier.files]
    return files_told(kept, f"{case_url(case)}/files", may_add=may_add)


def files_told(kept: Sequence[tuple[Attachment, str]], url: str, *, may_add: bool) -> dict[str, Any]:
    """Return files with the names of who added them, for cases/_attachments.html; `url`: where they are put to."""
    rows = [
        {
            "name": row.caption or row.name,
            "url": f"{url}/{row.id}",
            "thumb_url": f"{url}/{row.id}" if row.media_type in _IMAGES else None,
            "about": words(
                "files.about",
                size=wording.file_size(row.size),
                who=added_by,
                when=wording.short_day(local(row.created_at).date()),
            ),
        }
        for row, added_by in kept
    ]
    has_pictures = any(row["thumb_url"] for row in rows)
    return {
        "rows": rows,
        "upload_url": url if may_add else None,
        "limit_text": words("files.limit", size=LARGEST // MIB),
        "note": words("files.no_position") if has_pictures else None,
    }


def comments_of(desk: Desk) -> dict[str, Any] | None:
    """Return the notes the caller may read, and where to write one; None where they may do neither."""
    case, subject = desk.case, desk.subject
    may_write = case.state != "merged" and desk.may("case.comment")
    notes = [each for each in desk.dossier.history if each.entry.trigger == comments.TRIGGER]
    readable = [each for each in notes if histories.may_read_note(each.entry, subject)][:LATEST_NOTES]
    if not may_write and not readable:
        return None
    text = desk.dossier.draft.get("text", "")
    return {
        "rows": [_note(desk, each) for each in reversed(readable)],
        "post_url": f"{case_url(case)}/comments" if may_write else None,
        "draft_url": f"/drafts/comment/{case.id}",
        "draft": text if isinstance(text, str) else "",
        "saved": words("draft.kept") if text else "",
    }


def _note(desk: Desk, told: Told) -> dict[str, Any]:
    row, seen = told.entry, seen_by(desk.subject)
    by_code = bool(row.fields.get("by_code"))
    return {
        "who": told.actor or words("note.by_reporter" if by_code else "history.somebody"),
        "when": wording.moment(row.at),
        "text": seen(row.comment),
        "internal": not by_code,
    }


def result_of(desk: Desk) -> dict[str, Any] | None:
    """Return class and reply of a case that has been resolved."""
    case, seen = desk.case, seen_by(desk.subject)
    if case.result_class is None or case.resolved_at is None:
        return None
    by = desk.dossier.people.get(case.resolved_by) if case.resolved_by else None
    lead = desk.dossier.lead
    return {
        "class_text": words(f"result.{case.result_class}"),
        "reply": seen(case.reply) or "",
        "by": "・".join(each for each in (lead.name if lead else None, by) if each),
        "on": wording.short_day(local(case.resolved_at).date()),
    }


def outcome_of(desk: Desk) -> list[dict[str, Any]]:
    """Return what was planned, answered and said on the call back: the middle and the end of the story."""
    case, seen = desk.case, seen_by(desk.subject)
    made = []
    if case.plan:
        made.append({"title": words("outcome.plan"), "strong": None, "text": seen(case.plan), "about": ""})
    result = result_of(desk)
    if result is not None:
        about = " ".join(each for each in (result["by"], result["on"]) if each)
        text, strong = result["reply"], result["class_text"]
        made.append({"title": words("outcome.reply"), "strong": strong, "text": text, "about": about})
        if case.review_on is not None:
            review = words("outcome.review_on", day=wording.short_day(case.review_on))
            made.append({"title": words("outcome.review"), "strong": None, "text": review, "about": ""})
    if case.closed_at is not None and case.followed_up is not None:
        when = wording.short_moment(case.closed_at)
        made.append({"title": words("outcome.call"), "strong": follow_up_text(case), "text": "", "about": when})
    if case.own_rating is not None:
        said = own_rating_text(case)
        made.append({"title": words("outcome.own_rating"), "strong": said, "text": "", "about": ""})
    if case.exclusion:
        made.append(_exclusion_of(case, seen))
    return made


def _exclusion_of(case: Any, seen: Callable[[str | None], str | None]) -> dict[str, Any]:
    """Return why the rates leave a case out, or are asked to, and who says so."""
    row = exclusions.of_case(unit.session(), case.id)[-1]
    names = registry.people_by_id(unit.session(), [row.asked_by, row.decided_by])
    who = wording.joined([names.get(each, "") for each in (row.asked_by, row.decided_by) if each is not None])
    text = words("exclusion.said", why=words(f"exclusion.code.{row.code}"), reason=seen(row.reason), who=who)
    what = "exclusion.lift_status" if row.code == exclusions.LIFT else "exclusion.status"
    status = words(f"{what}.{row.status}")
    return {"title": words("outcome.exclusion"), "strong": status, "text": text, "about": ""}


def own_rating_text(case: Any) -> str:
    """Say what the reporter said by their link: solved or not where they did, and how content they are."""
    said = [words(f"satisfaction.{case.own_rating}")]
    return wording.joined([words(f"solved.{case.own_solved}"), *said] if case.own_solved else said)


def follow_up_text(case: Any) -> str:
    """Say what the call back gave: reached, solved or not, content with the result, content with the manner."""
    told = [words(f"filter.followed_up.{case.followed_up}")]
    if case.solved is not None:
        told.append(words(f"solved.{case.solved}"))
    for name in ("satisfaction", "attitude"):
        value = getattr(case, name)
        if value is not None:
            told.append(words(f"history.rated.{name}", value=words(f"satisfaction.{value}")))
    return wording.joined(told)
