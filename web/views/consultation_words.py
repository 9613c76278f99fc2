"""Words for what the steps of consultations were told, and for times of meetings."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from casework.consultations import venues
from casework.consultations.codes import FALLEN
from casework.consultations.tables import Consultation
from casework.core.ids import parse_id
from casework.registry import queries as registry
from web import unit
from web.locales import local, words
from web.views import wording
from workflows.definition import Field


def span(starts_at: datetime, ends_at: datetime) -> str:
    """Say when a meeting is: 10月20日 周二 09:00–11:00."""
    first, last = local(starts_at), local(ends_at)
    until = f"{last:%H:%M}" if first.date() == last.date() else wording.due_moment(ends_at)
    return f"{wording.due_moment(starts_at)}–{until}"


def when(row: Consultation) -> str:
    """Say when the meeting of a consultation is; nothing while it has no date."""
    return "" if row.starts_at is None or row.ends_at is None else span(row.starts_at, row.ends_at)


def when_on_paper(row: Consultation) -> str:
    """Say when a meeting is with its year, as paper is read long after."""
    if row.starts_at is None or row.ends_at is None:
        return ""
    first, last = local(row.starts_at), local(row.ends_at)
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{wording.paper_day(last.date())} {last:%H:%M}"
    return f"{wording.paper_day(first.date())} {first:%H:%M}–{until}"


def when_listed(row: Consultation) -> str:
    """Say when a meeting is, or for when one had been set that was put off or called off."""
    told = when(row)
    return words("meetings.was_when", when=told) if told and row.state in FALLEN else told


def _moment(_field: Field, value: Any) -> str:
    return wording.due_moment(datetime.fromisoformat(value))


def _people(_field: Field, value: Sequence[Mapping[str, Any]]) -> str:
    return words("meetings.told.people", n=len(value), required=sum(bool(each["required"]) for each in value))


def _person(_field: Field, value: Any) -> str:
    found = parse_id(str(value))
    return "" if found is None else registry.people_by_id(unit.session(), [found]).get(found, "")


def _venue(_field: Field, value: Any) -> str:
    found = venues.by_code(unit.session(), [str(value)]).get(str(value))
    return str(value) if found is None else found.name


def _attended(_field: Field, value: Mapping[str, Any]) -> str:
    return words("meetings.told.attended", n=len(value["people"]) + value["others"])


def _statements(_field: Field, value: Mapping[str, int]) -> str:
    return wording.joined([f"{words(f'meetings.position.{name}')} {n}" for name, n in value.items()])


def _scores(_field: Field, value: Mapping[str, int]) -> str:
    return wording.joined([f"{words(f'meetings.score.{name}')} {points}" for name, points in value.items()])


def _items(_field: Field, value: Sequence[Any]) -> str:
    return words("meetings.told.items", n=len(value))


def _realised(_field: Field, value: Mapping[str, bool]) -> str:
    return words("meetings.told.realised", n=sum(value.values()), all=len(value))


READERS: Mapping[str, Callable[[Field, Any], str]] = {
    "start": _moment,
    "end": _moment,
    "participants": _people,
    "anybody": _person,
    "venue": _venue,
    "attended": _attended,
    "statements": _statements,
    "scores": _scores,
    "consensus": _items,
    "lines": _items,
    "realised": _realised,
}


def replied(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say how an invitation was answered."""
    return words("history.object", text=words(f"meetings.reply.{fields.get('reply')}")), None


def put_on_day(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say on which regular day a topic was put."""
    on = fields.get("on")
    told = words("meetings.days.off") if on is None else wording.long_day(date.fromisoformat(on))
    return words("history.object", text=told), None


def polled(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say how many were asked about how many dates."""
    told = words("meetings.told.poll", options=fields.get("options"), voters=fields.get("voters"))
    lost = fields.get("replaces")
    return words("history.said", text=told), words("meetings.told.poll_lost", n=lost["answered"]) if lost else None


def converted(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say what something agreed became."""
    into = words(f"meetings.into.{fields.get('into')}")
    return words("meetings.told.converted", n=fields.get("item"), into=into), None


def wrote_minutes(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say which version of the minutes was saved, and what it brought back."""
    restores = fields.get("restores")
    told = words("meetings.told.restored", n=restores) if restores else None
    return words("meetings.told.version", n=fields.get("version")), told


def looked_back(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say which look back it was, and whether what was agreed held."""
    holds = words("meetings.holds.yes" if fields.get("holds") else "meetings.holds.no")
    early = [words("meetings.looked_early")] if fields.get("early") else []
    return words("meetings.told.months", n=fields.get("months")), wording.joined([holds, *early])


def answered_item(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say which thing agreed, become a suggestion, was answered, and how."""
    return words("meetings.told.item", n=fields.get("item")), words(f"record.suggestion.{fields.get('adoption')}")


def asked(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say how many were asked."""
    return words("history.said", text=words("meetings.told.asked", n=fields.get("n"))), None


def rated(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say how somebody answered; of a consultation by which way, of a difficulty whether it is solved."""
    told = words("history.said", text=words(f"meetings.satisfaction.{fields.get('satisfaction')}"))
    if "channel" in fields:
        return told, words(f"meetings.channel.{fields['channel']}")
    return told, words(f"solved.{fields['solved']}") if "solved" in fields else None


def answered_poll(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say by which way an answer came."""
    return words("history.said", text=words(f"meetings.channel.{fields.get('channel')}")), None


def called(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Say how a call went."""
    return words("history.said", text=words(f"meetings.outcome.{fields.get('outcome')}")), None
