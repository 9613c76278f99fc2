"""One consultation as its page shows it: state line, facts, people, what was agreed, papers, history."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for

from casework.cases import dossiers
from casework.consultations import codes, notice, polls, queries
from casework.consultations.tables import Consultation, Participant
from casework.core import personal
from casework.permissions import Subject, permits
from casework.registry.calendar import load_calendar
from web import identity, paper_parts, unit
from web.api.consultations.consultation_answers import told_notice
from web.locales import locale, words
from web.pages.consultations.consultation_parts import WORKFLOW, tone_and_label
from web.views import consultation_words, histories, reference, wording
from workflows.consultations import consulting, minuting
from workflows.papers import paper_values

# The milestones of the state line; each stands for the states from it up to the next.
_LINE = ("collected", "approved", "scheduled", "held", "minuted", "implementing", "evaluated")
_ORDER = tuple(state.name for state in WORKFLOW.main_line)
# The paper that advises what was agreed, as there is nothing to advise before the minutes.
_ADVICE = "recommendation"
_SIDES = {"postponed": "pause-circle", "dropped": "x-lg", "cancelled": "x-lg"}


def steps(row: Consultation) -> list[dict[str, Any]]:
    """Return the milestones of the state line, a side state in place of the one under which it fell."""
    side = row.state not in _ORDER
    here = row.came_from if side and row.came_from in _ORDER else row.state if not side else _ORDER[0]
    at = max(n for n, name in enumerate(_LINE) if _ORDER.index(name) <= _ORDER.index(here or _ORDER[0]))
    made: list[dict[str, Any]] = []
    for n, name in enumerate(_LINE):
        label = wording.told(WORKFLOW.states[name].label)
        if n == at and side:
            made.append({"label": tone_and_label(row)[1], "state": "side", "icon": _SIDES.get(row.state), "notes": []})
            continue
        ended = n == at and row.state in ("evaluated", "archived")
        where = "done" if n < at or ended else "now" if n == at else "todo"
        now = tone_and_label(row)[1] if where == "now" else label
        notes = [wording.short_moment(row.state_since)] if n == at else []
        made.append({"label": now, "state": where, "notes": notes})
    return made


def facts(row: Consultation, venue: str) -> list[dict[str, str]]:
    """Return the facts of a consultation that are known."""

    def choice(trigger: str, name: str, value: str | None) -> str:
        if value is None:
            return ""
        fields = {each.name: each for each in WORKFLOW.by_trigger[trigger].fields}
        label = fields[name].choices.get(value)
        return value if label is None else label[locale()]

    scores = wording.joined(
        [f"{words(f'meetings.score.{name}')} {getattr(row, name)}" for name in codes.SCORES if getattr(row, name)]
    )
    fell = row.state in codes.FALLEN
    told = {
        "kind": words(f"meetings.kind.{row.kind}"),
        "source": words(f"meetings.source.{row.source}"),
        "region_code": reference.place_told(row.region_code),
        "org": reference.org_name(row.lead_org_id),
        "scores": scores,
        "authority": choice("approve", "authority", row.authority),
        "was_when" if fell else "when": consultation_words.when(row),
        "venue": venue or row.place,
        "convenor": row.convenor_name,
        "notice_on": "" if row.notice_on is None else wording.long_day(row.notice_on),
        "notice_words": "" if row.notice_on is None else _notice_words(row),
        "override_reason": row.override_reason,
        "joined": _joined(row),
        "satisfaction": choice("evaluate", "satisfaction", row.satisfaction),
    }
    return [{"label": words(f"meetings.fact.{name}"), "text": text} for name, text in told.items() if text]


def _joined(row: Consultation) -> str:
    others = queries.visible(unit.session(), identity.actor(), [row.joined_id]) if row.joined_id is not None else ()
    return wording.joined([f"{other.number} {other.title}" for other in others])


def _notice_words(row: Consultation) -> str:
    if row.meets_on is None:
        return ""
    told = notice.period(row.kind, row.meets_on, today=unit.today(), calendar=load_calendar(unit.session()))
    return told.explain(locale())


def reply(row: Consultation, mine: Participant | None) -> dict[str, Any] | None:
    """Return what asks an invited reader whether they will come; None for nobody who is."""
    if mine is None or row.state not in consulting.ANSWERED_IN:
        return None
    return _reply_form(row, mine)


def people(
    row: Consultation,
    subject: Subject,
    found: Sequence[Participant],
    *,
    plainly: bool,
    reached: Mapping[UUID, datetime | None] | None,
) -> list[dict[str, Any]]:
    """Return who is invited; `ask`: what asks the office for the answer of who has no account to give it by."""
    # The notice of a date that fell is on its way to nobody any more.
    reached = None if row.state in codes.FALLEN else reached
    may = row.state in consulting.ANSWERED_IN and permits(identity.actor(), consulting.RUN, subject)

    def ask(each: Participant) -> dict[str, Any] | None:
        if not may or each.person_id is not None or each.invited is False:
            return None
        return {**_reply_form(row, each), "name": each.name}

    return [{**person(each, plainly=plainly, reached=reached), "ask": ask(each)} for each in found]


def _reply_form(row: Consultation, each: Participant) -> dict[str, Any]:
    return {
        "url": url_for("consultations.reply", meeting=row.number),
        "mine": each.reply or None,
        "choices": [{"value": code, "label": words(f"meetings.reply.{code}")} for code in codes.REPLIES],
    }


def person(
    each: Participant, *, plainly: bool, reached: Mapping[UUID, datetime | None] | None = None
) -> dict[str, Any]:
    """Return one who is invited; names without an account are masked for who only looks."""
    masked = not plainly and each.person_id is None
    return {
        "name": personal.mask_name(each.name) if masked else each.name,
        "part": words(f"meetings.part.{each.part}"),
        "required": bool(each.required),
        "invited": each.invited is not False,
        "reply": words(f"meetings.reply.{each.reply}") if each.reply else words("meetings.reply.none"),
        "tone": {"yes": "green", "no": "red", "maybe": "amber"}.get(each.reply, "grey"),
        "receipt": _receipt(each, reached),
        "attended": bool(each.attended),
        "position": words(f"meetings.position.{each.position}") if each.position else "",
        "against": each.position == codes.AGAINST,
        "said": each.said if plainly else personal.scrub(each.said),
    }


def _receipt(each: Participant, reached: Mapping[UUID, datetime | None] | None) -> str:
    """Say to who runs the meeting how far its notice has come; nothing before there are any."""
    told = told_notice(each, reached)
    if told is None or each.told_at is None or each.invited is False:
        return ""
    # Who has answered knows of it, by whatever way.
    if each.reply and told in ("reached", "waiting"):
        return ""
    at = None if reached is None or each.person_id is None else reached.get(each.person_id)
    return words(f"meetings.receipt.{told}", when="" if at is None else wording.short_moment(at))


def writing(row: Consultation, subject: Subject) -> dict[str, str] | None:
    """Return where the office writes or mends the minutes; None for others, and where nothing is to be written."""
    if row.state not in minuting.WRITTEN_IN or not permits(identity.actor(), minuting.RUN, subject):
        return None
    text = words("meetings.minutes_versions" if row.minutes else "meetings.write_minutes")
    return {"text": text, "url": url_for("consultation_minutes.write", meeting=row.number)}


def poll(row: Consultation, subject: Subject) -> dict[str, str] | None:
    """Return where the office asks which date suits, or sees what was answered; None once a date is set."""
    if row.state not in polls.OPEN_IN or not permits(identity.actor(), consulting.RUN, subject):
        return None
    asked = polls.newest(unit.session(), row) is not None
    where = "consultation_polls.show" if asked else "consultation_polls.ask_new"
    return {
        "text": words("meetings.poll.see" if asked else "meetings.poll.new"),
        "url": url_for(where, meeting=row.number),
    }


def after(row: Consultation, subject: Subject) -> dict[str, str] | None:
    """Return where the office follows what came of a topic; None for others, and before there are minutes or an end."""
    if row.ledger or not (row.minutes or row.state in (*codes.ENDED, *codes.FALLEN)):
        return None
    if not permits(identity.actor(), consulting.RUN, subject):
        return None
    return {"text": words("meetings.after"), "url": url_for("consultation_after.show", meeting=row.number)}


def off(row: Consultation, subject: Subject) -> dict[str, Any] | None:
    """Return how many the office still has to tell by telephone that a date fell, and where; None where nobody is."""
    if not permits(identity.actor(), consulting.RUN, subject):
        return None
    left = [each for each in queries.without_account(unit.session(), row) if each.off_told != row.state]
    if not left:
        return None
    url = url_for("consultation_after.show", meeting=row.number)
    return {"tone": "amber", "strong": words(f"meetings.off_waiting.{row.state}", n=len(left)), "text": "",
            "link": {"text": words("meetings.off_go"), "url": url}}  # fmt: skip


def papers(row: Consultation) -> list[dict[str, str]]:
    """Return the papers that can be printed; none that call people to a date that fell."""
    if row.state in codes.FALLEN:
        return []
    kinds = ["notice", "agenda", "sign_in", "seats", "place_cards"] + (["minutes"] if row.minutes else [])
    return (
        [
            {
                "text": words(f"meetings.paper.{kind}"),
                "url": url_for("consultation_papers.show", meeting=row.number, paper=kind),
            }
            for kind in kinds
        ]
        + (_official(row) if row.minutes else [])
        + paper_parts.links_of(
            "consultation", row.number, without=() if row.minutes else (*paper_values.OF_MINUTES, _ADVICE)
        )
    )


def _official(row: Consultation) -> list[dict[str, str]]:
    return [
        {
            "text": words("meetings.paper.official", format=format.upper()),
            "url": url_for("consultation_papers.fetch_minutes", meeting=row.number, format=format),
        }
        for format in ("docx", "pdf")
    ]


def history(row: Consultation, subject: Subject) -> list[histories.Entry]:
    """Return the history in plain words."""
    entries = histories.teller(row, subject=subject).entries(dossiers.history(unit.session(), row.id))
    return [replace(each, verb=words("meetings.began")) if each.trigger == "report" else each for each in entries]
