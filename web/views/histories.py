"""What happened to a case, one sentence each, the actor first and the verb bold, in plain words.

The words of a step come from its definition (`done`), its object from the fields that were recorded with it; what
is no step has its words in the catalogue (`history.*`). Notes of others are internal: who may not read them learns
that there was one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from casework.cases.dossiers import Told
from casework.core import money
from casework.core.i18n import catalogue
from casework.matters.tables import HistoryEntry
from casework.permissions import Subject, permits
from web import identity
from web.api.answers import Seen, seen_by
from web.locales import local, locale, words
from web.views import consultation_words, reference, wording
from workflows.cases import comments
from workflows.definition import Field, Transition, Workflow
from workflows.registry import registry

LATEST = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """Shape Entry."""

    when: str
    at: str
    kind: str
    actor: str
    verb: str | None
    text: str | None
    sub: str | None
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the history of one case to one reader."""

    workflow: Workflow
    subject: Subject
    seen: Seen

    def entries(self, told: Sequence[Told], *, on_paper: bool = False) -> list[Entry]:
        """Return entries in the order given."""
        return [self.entry(each, on_paper=on_paper) for each in told]

    def entry(self, told: Told, *, on_paper: bool = False) -> Entry:
        """Return one entry."""
        row = told.entry
        verb, text, sub = self._sentence(row)
        if row.comment and row.trigger != comments.TRIGGER and row.trigger not in _SAYS_ITS_COMMENT:
            sub = wording_lines(sub, self.seen(row.comment))
        return Entry(
            when=wording.plain_moment(row.at) if on_paper else wording.moment(row.at),
            at=local(row.at).isoformat(timespec="seconds"),
            kind=_kind(row, told.actor),
            actor=_actor(told),
            verb=verb,
            text=text,
            sub=sub,
            trigger=row.trigger,
        )

    def _sentence(self, row: HistoryEntry) -> tuple[str, str | None, str | None]:
        known = registry().get(self.workflow.name, row.workflow_version).workflow
        transition = known.by_trigger.get(row.trigger)
        if transition is not None:
            return wording.told(transition.done), *self._of_step(transition, row.fields)
        if row.trigger in known.rung_names:
            return self._of_rung(known, row)
        verb = words(f"history.{row.trigger}") if f"history.{row.trigger}" in catalogue() else row.trigger
        if row.trigger == comments.TRIGGER:
            return verb, None, self._note(row)
        if row.trigger == "report":
            channel = words(f"channel.{row.fields['channel']}") if "channel" in row.fields else ""
            return verb, words("history.by", text=channel) if channel else None, None
        return verb, *self._of_record(row)

    def _of_step(self, transition: Transition, fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """Return the object of a step and what was told beside: the first field speaks, the others stand below."""
        spoken = [
            (field, self._value(field, fields[field.name])) for field in transition.fields if field.name in fields
        ]
        spoken = [(field, text) for field, text in spoken if text]
        sub = []
        if moved := fields.get("moved"):
            sub.append(_moved(moved))
        if not spoken:
            return None, "\n".join(sub) or None
        (first, text), *rest = spoken
        said = words("history.object", text=text) if first.type in _OBJECTS else words("history.said", text=text)
        sub = [words("history.field", name=wording.told(field.label), value=value) for field, value in rest] + sub
        return said, words("calendar.semicolon").join(sub) or None

    def _value(self, field: Field, value: Any) -> str:
        if field.type == "person":
            return ""
        reader = _READERS.get(field.type)
        if reader is not None:
            return reader(field, value)
        return str(self.seen.field(field.name, str(value)) or "")

    def _of_record(self, row: HistoryEntry) -> tuple[str | None, str | None]:
        made = _RECORDS.get(row.trigger)
        text, sub = made(row.fields) if made is not None else (None, None)
        if row.comment and row.trigger in _SAYS_ITS_COMMENT:
            text = wording_join(text, words("history.said", text=self.seen(row.comment)))
        return text, sub

    def _of_rung(self, workflow: Workflow, row: HistoryEntry) -> tuple[str, str | None, str | None]:
        clock = workflow.clocks.get(str(row.fields.get("kind", "")))
        label = "" if clock is None else wording.told(clock.label)
        verb = words(f"history.rung.{row.trigger}")
        due = row.fields.get("due_at")
        when = wording.short_moment(datetime.fromisoformat(due)) if isinstance(due, str) else ""
        text = words("history.rung", clock=label, when=when) if label and when else None
        passed = row.fields.get("passed_over") or []
        sub = (
            words("history.passed_over", levels=wording.joined([words(f"level.{n}") for n in passed]))
            if passed
            else None
        )
        return verb, text, sub

    def _note(self, row: HistoryEntry) -> str | None:
        if not may_read_note(row, self.subject):
            return words("history.internal")
        text = self.seen(row.comment) or ""
        return text if len(text) <= 60 else text[:60] + words("history.more")


def teller(matter: Any, *, subject: Subject) -> Teller:
    """Return who tells the history of a matter to the caller."""
    return Teller(wording.workflow_of(matter), subject, seen_by(subject))


def may_read_note(row: HistoryEntry, subject: Subject) -> bool:
    """Say whether the caller may read a note: their own, or all of them for who works on the case."""
    actor = identity.actor()
    is_own = row.actor_id is not None and row.actor_id == actor.person_id
    return is_own or permits(actor, "case.read_internal", subject)


def wording_lines(*texts: str | None) -> str | None:
    """Return texts as one, parted by a blank; None of none."""
    return words("calendar.semicolon").join(text for text in texts if text) or None


def wording_join(*texts: str | None) -> str | None:
    """Return texts as one, close together; None of none."""
    return "".join(text for text in texts if text) or None


def _kind(row: HistoryEntry, actor: str | None) -> str:
    if actor is None and row.trigger not in (comments.TRIGGER, "report"):
        return "system"
    return "move" if row.from_state != row.to_state else "note"


def _actor(told: Told) -> str:
    if told.actor is None:
        return words("history.system") if told.entry.actor_id is None else words("history.somebody")
    if told.on_behalf_of:
        return words("history.for", actor=told.actor, whom=told.on_behalf_of)
    return told.actor


def _moved(moved: Mapping[str, Any]) -> str:
    day = [wording.short_day(local(datetime.fromisoformat(moved[end])).date()) for end in ("from", "to")]
    if "days" in moved:
        return words("history.moved_days", days=moved["days"], before=day[0], after=day[1])
    return words("history.moved", before=day[0], after=day[1])


def _org(_field: Field, code: Any) -> str:
    return reference.org_names().get(str(code), str(code))


def _orgs(_field: Field, codes: Any) -> str:
    return wording.joined([reference.org_names().get(str(code), str(code)) for code in codes])


def _choice(field: Field, value: Any) -> str:
    return field.choices[value][locale()] if value in field.choices else str(value)


def _date(_field: Field, value: Any) -> str:
    return wording.short_day(date.fromisoformat(value))


def _case(_field: Field, value: Any) -> str:
    return str(value.get("number", "")) if isinstance(value, Mapping) else ""


_MENDED = (
    "title",
    "description",
    "category",
    "kind",
    "urgency",
    "region_code",
    "reporter",
    "public_summary",
    "answers",
)
_OBJECTS = ("org", "orgs", "case", "topic", "date", "choice")
_READERS: Mapping[str, Callable[[Field, Any], str]] = {
    "org": _org,
    "orgs": _orgs,
    "choice": _choice,
    "date": _date,
    "case": _case,
    "topic": _case,
    **consultation_words.READERS,
}

Record = Callable[[Mapping[str, Any]], tuple[str | None, str | None]]


def _asked(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    org = reference.org_names().get(str(fields.get("org")), str(fields.get("org", "")))
    due = date.fromisoformat(fields["due_on"]) if "due_on" in fields else None
    return words("history.object", text=org), None if due is None else words(
        "history.until", day=wording.short_day(due)
    )


def _extension(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    until = words("history.object", text=wording.short_day(date.fromisoformat(fields["until"])))
    return until, _moved(fields["moved"]) if "moved" in fields else None


def _money(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    stage = words(f"fund_stage.{fields.get('stage')}")
    fen = money.parse_yuan(str(fields.get("amount", "0")).removeprefix("-"), field="amount")
    amount = words("history.money", stage=stage, amount=money.wan(fen))
    return amount, fields.get("document_no")


def _share(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return words("history.object", text=f"{fields.get('share')} %"), None


def _numbered(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return words("history.object", text=fields.get("number", "")), None


def _parts(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    numbers = [str(part.get("number", "")) for part in fields.get("parts", [])]
    return words("history.object", text=wording.joined(numbers)), None


def _file(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return words("history.object", text=fields.get("name", "")), None


def _mended(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    names = [words(f"case_field.{name}") for name in _MENDED if name in fields]
    limits = [_moved(each) for each in fields.get("limits", [])]
    return words("history.object", text=wording.joined(names)) if names else None, "\n".join(limits) or None


def _called(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    outcome = words(f"filter.followed_up.{fields.get('followed_up')}")
    solved = [words(f"solved.{fields['solved']}")] if fields.get("solved") else []
    told = [
        words(f"history.rated.{name}", value=words(f"satisfaction.{fields[name]}"))
        for name in ("satisfaction", "attitude")
        if fields.get(name)
    ]
    return words("history.said", text=outcome), wording.joined([*solved, *told]) or None


def _reviewed(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    if "review_on" not in fields:
        return None, None
    return None, words("history.until", day=wording.short_day(date.fromisoformat(fields["review_on"])))


_RECORDS: Mapping[str, Record] = {
    "ask_co_unit": _asked,
    "ask_extension": _extension,
    "grant_extension": _extension,
    "refuse_extension": _extension,
    "withdraw_extension": _extension,
    "add_fund": _money,
    "reverse_fund": _money,
    "attribute_fund": _share,
    "link": _numbered,
    "absorb": _numbered,
    "release": _numbered,
    "split": _parts,
    "attach": _file,
    "mend": _mended,
    "call_back": _called,
    "review": _reviewed,
    "reply": consultation_words.replied,
    "convert": consultation_words.converted,
    "poll": consultation_words.polled,
    "answer_poll": consultation_words.answered_poll,
    "put_on_day": consultation_words.put_on_day,
    "write_minutes": consultation_words.wrote_minutes,
    "item_answered": consultation_words.answered_item,
    "look_back": consultation_words.looked_back,
    "ask_ratings": consultation_words.asked,
    "rate": consultation_words.rated,
    "tell_by_phone": consultation_words.called,
}
# Where the comment is what was said, it belongs into the sentence.
_SAYS_ITS_COMMENT = frozenset({"answer_co_task", "waive_co_task", "urge_unit", "review"})
