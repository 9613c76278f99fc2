"""TOML → Campaign. Every mistake of a file is reported at once, each with its key path (core/definitions.py).

Campaigns come from `library/` and, for an office that runs one of its own, from <home>/campaigns. No two files may
claim the same code.
"""

import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from casework.campaign.definition import (
    HOLDERS,
    OBJECTS,
    PLACES,
    RELATIONS,
    SCOPES,
    SPLITS,
    TARGET_KINDS,
    VISIT_RULES,
    VISITS,
    WORDINGS,
    Campaign,
    Card,
    Check,
    Checklist,
    Figure,
    Front,
    Item,
    LinkKind,
)
from casework.campaign.outline import read_outline
from casework.campaign.sources import SOURCES
from casework.core import definitions
from casework.core.definitions import Reader, Wrong
from casework.funds.actions import STAGES

LIBRARY = Path(__file__).with_name("library")
_LEAST = "least"


def load_file(path: Path) -> Campaign:
    """Read one campaign.

    Raises:
        BadDefinition: the file cannot be read or is no TOML, or any key is missing, unknown or of the wrong kind.
    """
    return definitions.load_file(path, _campaign)


def load_text(text: str, *, source: str = "campaign") -> Campaign:
    """Read one campaign from text; see `load_file`."""
    return definitions.load_text(text, _campaign, source=source)


_lock = threading.Lock()
_own: Path | None = None
_campaigns: Mapping[str, Campaign] | None = None


def use_folder(folder: Path) -> None:
    """Read an office's own campaigns from this folder beside the library (at start-up, before the first question).

    Raises:
        BadDefinition: a file of it is wrong.
    """
    global _own, _campaigns
    own = folder if folder.is_dir() else None
    with _lock:
        if own is None and _own is None:
            return
        _own, _campaigns = own, _read(own)


def campaigns() -> Mapping[str, Campaign]:
    """Return every campaign by its code, those of the library first.

    Raises:
        BadDefinition: a file is wrong.
    """
    global _campaigns  # noqa: PLW0603 - the campaigns of the process
    with _lock:
        if _campaigns is None:
            _campaigns = _read(_own)
        return _campaigns


def newest(on: date) -> Campaign:
    """Return the campaign that is spoken of where none is named: of those under way on a day the last to begin."""
    known = list(campaigns().values())
    under_way = [each for each in known if each.begins <= on and (each.ends is None or on <= each.ends)]
    # Of those that began on one day the library's own comes first, and stays.
    return max(under_way or known, key=lambda each: each.begins)


def _read(own: Path | None) -> Mapping[str, Campaign]:
    found: dict[str, Campaign] = {}
    for folder in (LIBRARY, *([] if own is None else [own])):
        for path in sorted(folder.glob("*.toml")):
            each = load_file(path)
            if each.code in found:
                raise definitions.BadDefinition(path.name, [("code", Wrong("defined_twice", campaign=each.code))])
            found[each.code] = each
    return found


def _campaign(reader: Reader, data: Mapping[str, Any]) -> Campaign:
    reader.known(
        data,
        "",
        (
            "code",
            "label",
            "region_code",
            "begins",
            "ends",
            "visit_rule",
            "link",
            "checklist",
            "figure",
            "check",
            "page",
            "bulletin",
        ),
    )
    begins, ends = reader.day(data, "", "begins"), reader.day(data, "", "ends", None)
    if ends is not None and ends < begins:
        reader.fault("ends", Wrong("ends_early"))
    region = reader.get(data, "", "region_code", str)
    if not (region.isascii() and region.isdigit() and len(region) in (2, 4, 6)):
        reader.fault("region_code", Wrong("no_region"))
    links, figures = _by_code(reader, data, "link", _link), _by_code(reader, data, "figure", _figure)
    checklists = _by_code(reader, data, "checklist", _checklist)
    _reckonable(reader, figures, links)
    return Campaign(
        code=reader.get(data, "", "code", str),
        label=reader.label(data, ""),
        region_code=region,
        begins=begins,
        ends=ends,
        visit_rule=reader.one_of(data, "", "visit_rule", VISIT_RULES),
        links=links,
        checklists=checklists,
        figures=figures,
        front=_front(reader, data, links=links, checklists=checklists, figures=figures),
        checks=_checks(reader, data, figures),
        outline=read_outline(reader, data, figures),
    )


def _by_code(reader: Reader, data: Mapping[str, Any], key: str, make: Any) -> dict[str, Any]:
    told = reader.get(data, "", key, dict, {})
    return {
        code: make(reader, code, reader.table(table, f"{key}.{code}"), f"{key}.{code}") for code, table in told.items()
    }


def _link(reader: Reader, code: str, table: Mapping[str, Any], path: str) -> LinkKind:
    reader.known(table, path, ("label", "holder", "object", _LEAST, "parts", "holder_kinds", "place", "reference"))
    least = reader.get(table, path, _LEAST, dict)
    for part, number in least.items():
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            reader.fault(f"{path}.{_LEAST}.{part}", Wrong("no_number"))
    parts = reader.get(table, path, "parts", dict, {})
    for part in sorted({*least, *parts} - {""}):
        reader.label(parts, f"{path}.parts", part)
        if part not in least:
            reader.fault(f"{path}.parts.{part}", Wrong("no_part", of=_LEAST))
    return LinkKind(
        code=code,
        label=reader.label(table, path),
        holder=reader.one_of(table, path, "holder", HOLDERS),
        object=reader.one_of(table, path, "object", OBJECTS),
        least=least,
        parts=parts,
        holder_kinds=reader.words(table, path, "holder_kinds", []),
        place=reader.one_of(table, path, "place", tuple(PLACES)) if "place" in table else "",
        is_reference=reader.get(table, path, "reference", bool, False),
    )


def _checklist(reader: Reader, code: str, table: Mapping[str, Any], path: str) -> Checklist:
    reader.known(table, path, ("label", "of", "item"))
    items = []
    for index, each in enumerate(reader.tables(table.get("item", []), f"{path}.item")):
        where = f"{path}.item[{index}]"
        reader.known(each, where, ("code", "label", "target_kind", "target"))
        items.append(
            Item(
                code=reader.get(each, where, "code", str),
                label=reader.label(each, where),
                target_kind=reader.one_of(each, where, "target_kind", TARGET_KINDS),
                target=reader.get(each, where, "target", int, 1),
            )
        )
    codes = [item.code for item in items]
    for twice in sorted({each for each in codes if codes.count(each) > 1}):
        reader.fault(f"{path}.item", Wrong("twice", name=twice))
    if not items:
        reader.fault(f"{path}.item", Wrong("missing"))
    return Checklist(code, reader.label(table, path), reader.one_of(table, path, "of", (*OBJECTS, "org")), tuple(items))


def _figure(reader: Reader, key: str, table: Mapping[str, Any], path: str) -> Figure:
    known = (
        "label",
        "of",
        "measure",
        "where",
        "wording",
        "template",
        "counts",
        "leaves_out",
        "scope",
        "stage",
        "by_kind",
        "split",
    )
    reader.known(table, path, known)
    template = reader.label(table, path, "template")
    for language, words in template.items():
        if "{n}" not in str(words):
            reader.fault(f"{path}.template.{language}", Wrong("no_place_for_number", mark="{n}"))
    return Figure(
        key=key,
        label=reader.label(table, path),
        of=reader.get(table, path, "of", str),
        measure=reader.get(table, path, "measure", str, "records"),
        where=reader.get(table, path, "where", dict, {}),
        wording=reader.one_of(table, path, "wording", WORDINGS),
        template=template,
        counts=reader.label(table, path, "counts"),
        leaves_out=reader.label(table, path, "leaves_out"),
        scope=reader.one_of(table, path, "scope", SCOPES),
        stage=reader.get(table, path, "stage", str, None),
        by_kind={
            kind: reader.label(by_kind, f"{path}.by_kind", kind)
            for by_kind in [reader.get(table, path, "by_kind", dict, {})]
            for kind in by_kind
        },
        split=reader.one_of(table, path, "split", SPLITS, ""),
    )


def _reckonable(reader: Reader, figures: Mapping[str, Figure], links: Mapping[str, LinkKind]) -> None:
    """Note what no source knows: a kind of record, a measure, a question, a kind of link, a stage."""
    for key, figure in figures.items():
        path, source = f"figure.{key}", SOURCES.get(figure.of)
        if source is None:
            reader.fault(f"{path}.of", Wrong("no_choice", choices=", ".join(SOURCES)))
            continue
        reader.among([figure.measure], source.measures, f"{path}.measure", Wrong("a_measure", of=figure.of))
        reader.among(list(figure.where), source.asks, f"{path}.where", Wrong("a_question", of=figure.of))
        told = [figure.where.get(name, ()) for name in ("link", "linked", *(("kind",) if figure.of == "link" else ()))]
        for each in told:
            reader.among([each] if isinstance(each, str) else each, links, f"{path}.where", Wrong("a_link"))
        if (figure.stage in STAGES) != source.has_stage:
            reader.fault(f"{path}.stage", Wrong("no_stage", stages=", ".join(STAGES)))


def _checks(reader: Reader, data: Mapping[str, Any], figures: Mapping[str, Figure]) -> list[Check]:
    found = []
    for index, table in enumerate(reader.tables(data.get("check", []), "check")):
        path = f"check[{index}]"
        reader.known(table, path, ("left", "right", "relation", "times", "text"))
        check = Check(
            left=reader.words(table, path, "left"),
            right=reader.words(table, path, "right"),
            relation=reader.one_of(table, path, "relation", RELATIONS),
            text=reader.label(table, path, "text"),
            times=reader.get(table, path, "times", int, 1),
        )
        reader.among([*check.left, *check.right], figures, path, Wrong("a_figure"))
        found.append(check)
    return found


def _front(
    reader: Reader,
    data: Mapping[str, Any],
    *,
    links: Mapping[str, LinkKind],
    checklists: Mapping[str, Checklist],
    figures: Mapping[str, Figure],
) -> Front:
    table = reader.get(data, "", "page", dict)
    reader.known(table, "page", ("headlines", "card"))
    headlines = reader.words(table, "page", "headlines", ... if "page" in data else [])
    reader.among(headlines, figures, "page.headlines", Wrong("a_figure"))
    cards = []
    for index, each in enumerate(reader.tables(table.get("card", []), "page.card")):
        path = f"page.card[{index}]"
        reader.known(each, path, ("link", "label", "figures", "share", "checklists"))
        card = Card(
            link=reader.one_of(each, path, "link", tuple(links)),
            label=reader.label(each, path),
            figures=reader.words(each, path, "figures"),
            share=reader.one_of(each, path, "share", (VISITS, *checklists)),
            checklists=reader.words(each, path, "checklists", []),
        )
        reader.among(card.figures, figures, f"{path}.figures", Wrong("a_figure"))
        reader.among(card.checklists, checklists, f"{path}.checklists", Wrong("a_checklist"))
        cards.append(card)
    return Front(headlines, cards)
