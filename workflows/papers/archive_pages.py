"""What an archive says of one case, and its first page: documents anybody can open, in the language of the office.

Three variants: `plain` holds everything, `masked` what an observer sees (names and phones masked, no attachments, no
internal notes), `public` only the public summary of cases that have one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

from casework.cases import queries as cases
from casework.cases.reporters import hidden_in, unseal
from casework.cases.tables import Case
from casework.core import personal
from casework.core.database import Session
from casework.core.i18n import catalogue, say
from casework.documents.model import Block, Heading, Official, Paragraph, Table
from casework.exchange.writer import Cell, Kind
from casework.matters.tables import Attachment, HistoryEntry, Tracked
from casework.registry import queries as registry
from casework.registry.tables import Category
from workflows.cases import comments
from workflows.registry import registry as definitions

PLAIN, MASKED, PUBLIC = "plain", "masked", "public"
VARIANTS = (PLAIN, MASKED, PUBLIC)
_ZH = "zh"
_COLUMNS: Mapping[str, Kind] = {
    "number": Kind.IDENTIFIER,
    "subject": Kind.TEXT,
    "category": Kind.TEXT,
    "place": Kind.TEXT,
    "reported": Kind.DATE,
    "unit": Kind.TEXT,
    "state": Kind.TEXT,
    "result_class": Kind.TEXT,
    "satisfaction": Kind.TEXT,
    "closed": Kind.DATE,
}
HEADINGS = tuple(_COLUMNS)
KINDS = tuple(_COLUMNS.values())


@dataclass(slots=True)
class Teller:
    """Tells cases of one county in one variant; keeps the names it has looked up."""

    session: Session
    variant: str
    _names: dict[Any, str] = field(default_factory=dict)

    def seen(self, text: str | None, case: Case | None = None) -> str:
        """Return a free text as this variant shows it; of a case also without who reported it."""
        if self.variant == PLAIN:
            return text or ""
        return personal.scrub(text or "") if case is None else hidden_in(self.session, case)(text)

    def values(self, case: Case) -> dict[str, str]:
        """Return the facts of a case by the columns of the list."""
        return {
            "number": case.number,
            "subject": self.seen(case.title, case),
            "category": self._known(case.category, self._category),
            "place": self.place(case.region_code),
            "reported": self.day(case.reported_at),
            "unit": "" if case.lead_org_id is None else self.org(case.lead_org_id),
            "state": self.state(case),
            "result_class": case.result_class or "",
            "satisfaction": say(f"satisfaction.{case.satisfaction}") if case.satisfaction else "",
            "closed": self.day(case.closed_at),
        }

    def row(self, case: Case) -> tuple[Cell, ...]:
        """Return the row of the list."""
        return tuple(self.values(case)[name] for name in HEADINGS)

    def document(self, case: Case, files: Sequence[Attachment]) -> Official:
        """Return the file of a case."""
        blocks: list[Block] = [Heading(1, say("archive.basics")), self._basics(case)]
        described = (
            self.seen(case.public_summary, case) if self.variant == PUBLIC else self.seen(case.description, case)
        )
        blocks += self.section("description", described)
        blocks += self.section("reply", self.seen(case.reply, case))
        if self.variant != PUBLIC:
            blocks += [Heading(1, say("archive.history")), self.history(case)]
        blocks += self.attached(files)
        return Official(title=self.seen(case.title, case), blocks=tuple(blocks), footer_lines=(case.number,))

    def day(self, instant: datetime | None) -> str:
        """Write the day of an instant by the office's clock."""
        return "" if instant is None else instant.astimezone(self.session.info["zone"]).date().isoformat()

    def _basics(self, case: Case) -> Table:
        told = self.values(case)
        told |= {name: say(f"{name}.{getattr(case, name)}") for name in ("kind", "urgency", "channel")}
        if self.variant != PUBLIC:
            told |= {"reporter": case.reporter_name, "phone": case.reporter_phone or ""}
        if self.variant == PLAIN:
            for name, kept in (("reporter", "name"), ("phone", "phone")):
                told[name] = unseal(self.session, case, kept) or ""
        rows = tuple((say(f"archive.{name}"), value) for name, value in told.items() if value and name != "subject")
        return Table("", (say("archive.item"), say("archive.content")), rows, widths=(1, 4))

    def state(self, matter: Tracked) -> str:
        """Return what the state of a matter is called."""
        return str(_workflow_of(matter).states[matter.state].label[_ZH])

    def place(self, code: str) -> str:
        """Return the name of a place."""
        return self._known(code, self._place)

    def org(self, org_id: UUID) -> str:
        """Return the name of a unit."""
        return self._known(org_id, self._org)

    def section(self, name: str, text: str | None) -> list[Block]:
        """Return a text under its heading; nothing where there is none."""
        lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
        return [Heading(1, say(f"archive.{name}")), *(Paragraph((line,)) for line in lines)] if lines else []

    def attached(self, files: Sequence[Attachment]) -> list[Block]:
        """Return the list of attachments; nothing where there is none."""
        if not files:
            return []
        headings = tuple(say(f"archive.{name}") for name in ("file", "size", "digest"))
        rows = tuple((each.name, each.size, each.sha256) for each in files)
        return [Heading(1, say("archive.attachments")), Table("", headings, rows, widths=(3, 1, 5))]

    def history(self, case: Tracked) -> Table:
        """Return what happened to a matter, internal notes in the whole variant alone."""
        entries = cases.history_of(self.session, case.id)
        shown = [each for each in entries if self.variant == PLAIN or each.trigger != comments.TRIGGER]
        people = registry.people_by_id(self.session, {each.actor_id for each in shown if each.actor_id})
        rows = tuple(self._entry(case, each, people) for each in shown)
        headings = tuple(say(f"archive.{name}") for name in ("when", "who", "step", "comment"))
        return Table("", headings, rows, widths=(3, 2, 3, 6))

    def _entry(self, case: Tracked, entry: HistoryEntry, people: Mapping[UUID, str]) -> tuple[str, ...]:
        workflow = _workflow_of(case)
        step = next((each.label[_ZH] for each in workflow.transitions if each.trigger == entry.trigger), "")
        known = f"history.{entry.trigger}"
        if not step:
            step = say(known) if known in catalogue() else workflow.states[entry.to_state].label[_ZH]
        at = entry.at.astimezone(self.session.info["zone"])
        who = people.get(entry.actor_id, "") if entry.actor_id else ""
        return (f"{at:%Y-%m-%d %H:%M}", who, step, self.seen(entry.comment, case if isinstance(case, Case) else None))

    def _known(self, key: Any, look: Callable[[Any], str]) -> str:
        if key not in self._names:
            self._names[key] = look(key)
        return self._names[key]

    def _category(self, code: str) -> str:
        found = self.session.get(Category, code)
        return code if found is None else found.label_zh

    def _place(self, code: str) -> str:
        return "".join(registry.region_names(self.session, [code])[code])

    def _org(self, org_id: UUID) -> str:
        return registry.orgs_by_id(self.session, [org_id])[org_id].name


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the first page: what it is called, what it is about, and its files by ending."""

    name: str
    about: str
    files: Mapping[str, str]


def first_page(title: str, notes: Sequence[str], parts: Mapping[str, Sequence[Entry]]) -> str:
    """Return index.html: no script, nothing fetched, every link within the package."""
    body = "".join(f"<p>{escape(note)}</p>" for note in notes)
    for heading, entries in parts.items():
        body += f"<h2>{escape(heading)} ({len(entries)})</h2>"
        body += "<table>" + "".join(map(_line, entries)) + "</table>" if entries else f"<p>{say('archive.none')}</p>"
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><style>'
        "body{font:16px/1.6 sans-serif;max-width:64em;margin:2em auto;padding:0 1em}"
        "table{border-collapse:collapse;width:100%}td{border-bottom:1px solid #ccc;padding:.3em .6em .3em 0}"
        f"</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )


def _line(entry: Entry) -> str:
    links = " ".join(f'<a href="{escape(path)}">{escape(word)}</a>' for word, path in entry.files.items())
    return f"<tr><td>{escape(entry.name)}</td><td>{escape(entry.about)}</td><td>{links}</td></tr>"


def _workflow_of(matter: Tracked) -> Any:
    return definitions().get(matter.workflow, matter.workflow_version).workflow
