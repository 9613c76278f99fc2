"""Every column that names a row of another table, and whether that row is there (I19 of reliability.md §3).

Columns of a database key are checked by it; most of ours have none, because a matter may be of any kind. What a column
points at follows from its name, so that a new table is covered without a line here; what its name does not tell stands
in `BY_NAME`. A test keeps every id column in one of the two.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Column, Table, column, exists, select, table

from casework.core.columns import Id
from casework.core.database import Base
from casework.keeping.view import View
from casework.keeping.walk import tracked_tables

MATTER = "*"
# Column, or table.column → table; None: it points at nothing that must be there.
BY_NAME: Mapping[str, str | None] = {
    "matter_id": MATTER,
    "drafts.matter_id": None,  # of something that is not reported yet
    "presences.matter_id": None,
    "anchors.upto": None,
    "audit_links.audit_id": "audit",
    "case_id": "cases",
    "merged_into_id": "cases",
    "split_from_id": "cases",
    "corrects_id": "bulletins",
    "source_id": MATTER,
    "supervision_id": "supervisions",
    "case_links.one_id": "cases",
    "case_links.other_id": "cases",
    "deadline_id": "deadlines",
    "event_id": "outbox",
    "history_id": "history",
    "token_id": "tokens",
    "triage_outcomes.event_id": None,  # the outbox forgets what was told long ago
    "consultation_id": "consultations",
    "joined_id": "consultations",
    "convenor_id": "people",
    "leader_id": "people",
    "day_id": "regular_day_dates",
    "year_id": "consultation_years",
    "regular_id": "regular_days",
    "poll_id": "date_polls",
    "participant_id": "participants",
    "sent_links.event_id": None,  # as below
    "phone_tellings.event_id": None,  # what was told long ago is in no outbox any more
    "venue_id": "venues",
    "webhook_deliveries.event_id": None,  # as above; a trial has no event at all
    "webhook_id": "webhooks",
    "robot_id": "robots",
    "delivery_id": "webhook_deliveries",
    "notices.event_id": None,  # a digest and a reminder have a day for an event, which stands in no outbox
    "allocation_id": "fund_lines",
    "reverses_id": "fund_lines",
    "subject_id": None,  # a row of the matter, of one of several kinds
    "household_id": "households",
    "member_id": "members",
    "industry_id": "industries",
    "entity_id": "entities",
    "activity_id": "activities",
    "announcement_id": "announcements",
    "home_id": "member_homes",
    "slogan_id": "slogans",
    "named_id": None,  # a case or a project, by the kind of the mention
    "bearer_id": None,  # an activity, a project or a case, by the kind of the mark
    "suggestion_id": "suggestions",
    "project_id": "projects",
    "model_id": "triage_models",
    "template_id": "paper_templates",
    "job_id": None,  # forgotten with what it made
    "goals.object_id": None,  # by the checklist: a household, an industry or a unit
    "goals.evidence_id": None,  # a visit, a case, a project or an estimate of income
    "plans.object_id": "households",
    "links.holder_id": None,  # a member or a unit, by the kind of the link (I29 asks)
    "links.object_id": None,
    "handovers.holder_id": None,  # as above
    # A link, a goal, a household, a case or a question in one, by the kind of the item; what an agreement became, by
    # the kind it was converted into.
    "record_id": None,
    "link_id": "links",
    "spot_check_id": "spot_checks",
    "made_id": "links",
    "person_id": "people",
    "actor_id": "people",
    "for_id": "people",
    "asked_for": "people",
    "assignee_id": "people",
    "deputy_id": "people",
}
# What may stand in the place of a matter: the photos of a public report wait with it for triage, the materials of a
# training lie with it.
# A sum that no case is about stands for itself: its matter is its first line.
BESIDE_MATTERS: Mapping[str, tuple[str, ...]] = {
    "attachments.matter_id": ("public_reports", "activities"),
    "supervisions.source_id": ("activities",),
    "fund_lines.matter_id": ("fund_lines",),
}
# Events of the audit log about places, units and categories; the ids of most follow from their codes and stand nowhere.
_OF_THE_REGISTRY = ("region.", "org.", "category.")
CODES: Mapping[str, tuple[str, str]] = {
    "cases.region_code": ("regions", "code"),
    "cases.category": ("categories", "code"),
    "attachments.sha256": ("blobs", "sha256"),
}


def pointed_at(pointing: Column[object]) -> str | None:
    """Return the table an id column points at (`*`: any kind of matter), None when it need not be there.

    Raises:
        LookupError: nobody has said.
    """
    for key in (f"{pointing.table.name}.{pointing.name}", pointing.name):
        if key in BY_NAME:
            return BY_NAME[key]
    for foreign in pointing.foreign_keys:
        return foreign.column.table.name
    if pointing.name.endswith("_by"):
        return "people"
    if pointing.name.endswith("org_id"):
        return "orgs"
    raise LookupError(f"{pointing.table.name}.{pointing.name}")


def id_columns() -> Iterator[Column[object]]:
    """Yield every column of an id that is not the row's own."""
    for each in Base.metadata.sorted_tables:
        for of_it in each.columns:
            if isinstance(of_it.type, Id) and of_it.name != "id":
                yield of_it


def orphans(view: View) -> Iterator[str]:
    """I19: what is pointed at is there; on SQLite the file itself is sound too."""
    tables = Base.metadata.tables
    for pointing in id_columns():
        target = pointed_at(pointing)
        if target is None or not view.holds(tables[pointing.table.name]):
            continue
        targets = [*tracked_tables()] if target == MATTER else [target]
        targets += BESIDE_MATTERS.get(f"{pointing.table.name}.{pointing.name}", ())
        yield from _dangling(view, pointing, [tables[name].c.id for name in targets])
    for name, (target, key) in CODES.items():
        owner, _, column_name = name.partition(".")
        yield from _dangling(view, tables[owner].c[column_name], [tables[target].c[key]])
    if not view.is_postgresql:
        yield from _unsound(view)


def _dangling(view: View, pointing: Column[object], targets: list[Column[object]]) -> Iterator[str]:
    owner = pointing.table
    if not isinstance(owner, Table):
        raise TypeError(str(pointing))
    statement = select(*owner.primary_key.columns).where(pointing.is_not(None))
    if owner.name == "audit":
        statement = statement.where(*(~owner.c.event.startswith(kind) for kind in _OF_THE_REGISTRY))
    for target in targets:
        # One column is enough; an alias of the whole table costs more than the question.
        other = table(str(target.table), column(target.name, target.type)).alias()
        statement = statement.where(~exists().where(other.c[target.name] == pointing))
    for row in view.stream(statement):
        yield f"{owner.name}.{pointing.name} {row[0]}"


def _unsound(view: View) -> Iterator[str]:
    for row in view.connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"{row[0]} {row[1]}"
    # Through a connection of its own: one that has written to the full-text index before takes what others have added
    # since for damage (SQLite 3.53).
    engine = view.connection.engine
    arguments, options = engine.dialect.create_connect_args(engine.url)
    plain = engine.dialect.connect(*arguments, **options)
    try:
        told = [str(row[0]) for row in plain.cursor().execute("PRAGMA integrity_check")]
    finally:
        plain.close()
    yield from (line for line in told if line != "ok")
