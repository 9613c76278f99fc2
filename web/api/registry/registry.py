"""Places, units and categories: read by everybody known, written by triage over the place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from flask import url_for
from pydantic import BaseModel

from casework.permissions import Subject, require
from casework.registry import ledgers, upkeep
from casework.registry.tables import Category, Org, Region
from web import bodies, identity, unit
from web.api import asked, paging, parameters
from web.api.operations import Parameter, Reply, expected_version, operation
from web.api.parameters import PAGING
from web.api.registry import registry_schemas
from web.locales import local

READ, WRITE = "registry.read", "registry.write"
_WORDS = Parameter(
    "q", {"type": "string", "minLength": 1, "maxLength": 100}, "with these words in name, pinyin or code"
)
_ENDED = Parameter("ended", {"type": "boolean"}, "those no longer in force")
_WITHIN = Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so")
_LEVEL = Parameter("level", {"type": "string", "enum": list(upkeep.LEVELS.values())}, "of this level")
_PARENT = Parameter("parent", {"type": "string", "minLength": 1, "maxLength": 64}, "directly under this code")
_KIND = Parameter("kind", {"type": "string", "enum": list(upkeep.ORG_KINDS)}, "of this kind")


@dataclass(frozen=True, slots=True)
class _Resource:
    """One kind of record: its path, its table, how it is asked for, made and shown."""

    path: str
    one: str
    table: Any
    parameters: Sequence[Parameter]
    ask: Callable[[], Any]
    make: Callable[..., Any]
    show: Callable[[Any], BaseModel]
    place: Callable[[Any], str]
    shape: type[BaseModel]
    page: type[BaseModel]
    taken: type[BaseModel]
    patch: type[BaseModel]


def _ask_regions() -> Any:
    within, parent, level, words, ended = parameters.all_of(
        parameters.asked_region,
        asked.text("parent", 64),
        asked.choice("level", tuple(upkeep.LEVELS.values())),
        asked.text("q", 100),
        parameters.asked_flag("ended"),
    )
    return ledgers.list_regions(within=within, parent=parent, level=level, words=words, ended=ended)


def _ask_orgs() -> Any:
    within, kind, words, ended = parameters.all_of(
        parameters.asked_region,
        asked.choice("kind", upkeep.ORG_KINDS),
        asked.text("q", 100),
        parameters.asked_flag("ended"),
    )
    return ledgers.list_orgs(within=within, kind=kind, words=words, ended=ended)


def _ask_categories() -> Any:
    parent, words, ended = parameters.all_of(
        asked.text("parent", 64), asked.text("q", 100), parameters.asked_flag("ended")
    )
    return ledgers.list_categories(parent=parent, words=words, ended=ended)


def _record(row: Any) -> dict[str, Any]:
    return {
        "id": ledgers.id_of(row),
        "version": row.version,
        "created_at": local(row.created_at),
        "updated_at": local(row.updated_at),
        "code": row.code,
    }


def _show_region(row: Region) -> registry_schemas.RegionOut:
    return registry_schemas.RegionOut(
        **_record(row),
        name=row.name,
        parent_code=row.parent_code,
        level=row.level,
        pinyin=row.pinyin,
        initials=row.initials,
        valid_to=row.valid_to,
        successor_code=row.successor_code,
    )


def _show_org(row: Org) -> registry_schemas.OrgOut:
    return registry_schemas.OrgOut(
        **_record(row),
        name=row.name,
        kind=row.kind,
        region_code=row.region_code,
        pinyin=row.pinyin,
        initials=row.initials,
        signs_results=row.signs_results,
        valid_to=row.valid_to,
    )


def _show_category(row: Category) -> registry_schemas.CategoryOut:
    return registry_schemas.CategoryOut(
        **_record(row),
        label_zh=row.label_zh,
        label_en=row.label_en,
        parent_code=row.parent_code,
        sort=row.sort,
        active=row.active,
        keywords=row.keywords,
    )


def _office(_row: Category) -> str:
    # Categories belong to the office as a whole.
    return unit.office().settings.region


RESOURCES = (
    _Resource(
        "/regions",
        "region",
        Region,
        (_WITHIN, _PARENT, _LEVEL, _WORDS, _ENDED),
        _ask_regions,
        upkeep.make_region,
        _show_region,
        attrgetter("code"),
        registry_schemas.RegionOut,
        registry_schemas.RegionList,
        registry_schemas.RegionIn,
        registry_schemas.RegionPatch,
    ),
    _Resource(
        "/orgs",
        "org",
        Org,
        (_WITHIN, _KIND, _WORDS, _ENDED),
        _ask_orgs,
        upkeep.make_org,
        _show_org,
        attrgetter("region_code"),
        registry_schemas.OrgOut,
        registry_schemas.OrgList,
        registry_schemas.OrgIn,
        registry_schemas.OrgPatch,
    ),
    _Resource(
        "/categories",
        "category",
        Category,
        (_PARENT, _WORDS, _ENDED),
        _ask_categories,
        upkeep.make_category,
        _show_category,
        _office,
        registry_schemas.CategoryOut,
        registry_schemas.CategoryList,
        registry_schemas.CategoryIn,
        registry_schemas.CategoryPatch,
    ),
)


def _declare_reading(kind: _Resource) -> None:
    @operation(
        "GET",
        kind.path,
        permission=READ,
        summary=f"List {kind.path[1:]}",
        answers={200: kind.page},
        parameters=(*kind.parameters, *PAGING),
    )
    def list_all() -> Reply:
        """List records by code."""
        session = unit.session()
        wanted = kind.ask()
        limit, count = parameters.all_of(parameters.asked_limit, parameters.asked_count)
        rows = ledgers.page(session, wanted, after=paging.after_text(kind.path), limit=limit + 1)
        kept, more = paging.cut(kind.path, rows, limit, lambda row: [row.code])
        total = ledgers.count(session, wanted) if count else None
        return Reply(kind.page(items=[kind.show(row) for row in kept], next=more, total=total))

    @operation(
        "GET",
        f"{kind.path}/<code>",
        permission=READ,
        summary=f"Show one of {kind.path[1:]}",
        answers={200: kind.shape},
        problems=(404,),
        has_etag=True,
    )
    def show_one(code: str) -> Reply:
        """Show a record, by its code or id."""
        return Reply(kind.show(ledgers.get(unit.session(), kind.table, code)))


def _declare_history(kind: _Resource) -> None:
    @operation(
        "GET",
        f"{kind.path}/<code>/history",
        permission=READ,
        summary=f"List what was changed in one of {kind.path[1:]}",
        answers={200: registry_schemas.ChangeList},
        problems=(404,),
    )
    def list_changes(code: str) -> Reply:
        """List what staff changed, oldest first."""
        session = unit.session()
        found = ledgers.changes_of(session, ledgers.get(session, kind.table, code))
        items = [
            registry_schemas.ChangeOut(
                seq=each.seq,
                at=local(each.at),
                actor=registry_schemas.Named(id=each.person_id, name=each.person_name or "system"),
                trigger="make" if each.made else "mend",
                fields=dict(each.fields),
            )
            for each in found
        ]
        return Reply(registry_schemas.ChangeList(items=items, next=None))


def _declare_writing(kind: _Resource) -> None:
    @operation(
        "POST",
        kind.path,
        permission=WRITE,
        anywhere=True,
        summary=f"Enter one of {kind.path[1:]}",
        request_model=kind.taken,
        answers={201: kind.shape},
        problems=(409,),
        has_etag=True,
    )
    def make_one() -> Reply:
        """Enter a record; a place outside the caller's own is not theirs to enter."""
        raw = bodies.json_object()
        actor = identity.actor()
        row = kind.make(unit.session(), raw, actor=actor, at=unit.at())
        # Asked of the row, so that a place missing or unknown in what was sent is a mistake of its field.
        require(actor, WRITE, Subject(kind.place(row)))
        where = url_for(f"api.{kind.path[1:]}_show_one", code=row.code)
        return Reply(kind.show(row), 201, {"Location": where})

    @operation(
        "PATCH",
        f"{kind.path}/<code>",
        permission=WRITE,
        summary=f"Change one of {kind.path[1:]}",
        request_model=kind.patch,
        answers={200: kind.shape},
        problems=(404, 409, 412),
        has_etag=True,
        takes_if_match=True,
    )
    def mend_one(code: str) -> Reply:
        """Change what is named; the code stays, and nothing is deleted."""
        session, actor = unit.session(), identity.actor()
        row = ledgers.get(session, kind.table, code, lock=True)
        raw = bodies.json_object()
        require(actor, WRITE, Subject(kind.place(row)))
        upkeep.mend(session, row, raw, actor=actor, at=unit.at(), expected_version=expected_version())
        # Nor is it moved to where the caller has no say.
        require(actor, WRITE, Subject(kind.place(row)))
        return Reply(kind.show(row))


for _each in RESOURCES:
    _declare_reading(_each)
    _declare_history(_each)
    _declare_writing(_each)
