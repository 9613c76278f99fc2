"""One line of a list of cases, and how it is read: the case, and by name what stands beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy.orm import aliased, outerjoin

from casework.cases.tables import Case
from casework.registry.tables import Category, Org, Person, Region


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list. The reporter is masked; `town` and `village` are names, None where there is no such level."""

    # The number says which case it is, and costs less to compare.
    id: UUID = field(compare=False)
    number: str
    version: int
    state: str
    workflow: str
    workflow_version: int
    state_since: datetime
    is_open: bool
    title: str
    category: str
    category_label: Mapping[str, str]
    kind: str
    urgency: str
    channel: str
    region_code: str
    town: str | None
    village: str | None
    reporter_name: str
    lead_org_code: str | None
    lead_org_name: str | None
    assignee_id: UUID | None
    assignee_name: str | None
    due_at: datetime | None
    due_kind: str | None
    due_level: int | None
    suspended_until: date | None
    returns: int
    result_class: str | None
    satisfaction: str | None
    merged_into_id: UUID | None
    co_tasks_open: int
    extensions_pending: int
    attachments_total: int
    comments_total: int
    funds_total: int
    reported_at: datetime
    resolved_at: datetime | None
    created_at: datetime
    updated_at: datetime
    lead_org_id: UUID | None = None

    def __hash__(self) -> int:
        """Stand for the case in its version; whether two rows are the same is asked of all that they hold."""
        return hash((self.number, self.version))


_Town, _Village = aliased(Region), aliased(Region)


def _columns() -> tuple[Any, ...]:
    return (
        *(Case.id, Case.number, Case.version, Case.state, Case.workflow, Case.workflow_version),
        *(Case.state_since, Case.is_open, Case.title, Case.category),
        *(Category.label_zh, Category.label_en),
        *(Case.kind, Case.urgency, Case.channel, Case.region_code),
        *(_Town.name, _Village.name, Case.reporter_name, Org.code, Org.name, Case.assignee_id, Person.name),
        *(Case.due_at, Case.due_kind, Case.due_level, Case.suspended_until, Case.returns, Case.result_class),
        *(Case.satisfaction, Case.merged_into_id, Case.co_tasks_open, Case.extensions_pending),
        *(Case.attachments_total, Case.comments_total, Case.funds_total),
        *(Case.reported_at, Case.resolved_at, Case.created_at, Case.updated_at, Case.lead_org_id),
    )


COLUMNS = _columns()
_LABELS = 10


def with_names(source: Any) -> Any:
    """Join what stands beside a case by name; a page has few rows and these tables few too, so each is read once."""
    is_village = and_(_Village.code == Case.region_code, func.length(Case.region_code) == 12)
    beside: Sequence[tuple[Any, ColumnElement[bool]]] = (
        (Category, Category.code == Case.category),
        (_Town, _Town.code == func.substr(Case.region_code, 1, 9)),
        (_Village, is_village),
        (Org, Org.id == Case.lead_org_id),
        (Person, Person.id == Case.assignee_id),
    )
    for named, condition in beside:
        source = outerjoin(source, named, condition)
    return source


def row_of(row: Sequence[Any]) -> CaseRow:
    """Return a row of `COLUMNS` as what it says."""
    labels = {"zh": row[_LABELS], "en": row[_LABELS + 1]}
    values: list[Any] = [*row[:_LABELS], labels, *row[_LABELS + 2 :]]
    return CaseRow(*values)
