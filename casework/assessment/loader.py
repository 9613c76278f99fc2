"""TOML → Scheme. Every mistake of a file is reported at once, each with its key path (core/definitions.py)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from casework.assessment.definition import KINDS, WHOLE, Band, Count, Item, Leave, Scheme
from casework.assessment.sources import SOURCES
from casework.campaign.loader import campaigns
from casework.campaign.records import LEAVES
from casework.core import definitions
from casework.core.definitions import Reader

LIBRARY = Path(__file__).with_name("library")
_KEYS = ("campaign", "year", "label", "best_value", "lapse_confirms", "bonus_most", "deduction_most")
_TABLES = ("share", "leave", "band", "item")
_MOST_POINTS = 1000


def load_file(path: Path) -> Scheme:
    """Read one scheme.

    Raises:
        BadDefinition: the file cannot be read or is no TOML, or any key is missing, unknown or of the wrong kind.
    """
    return definitions.load_file(path, _scheme)


def load_text(text: str, *, source: str = "scheme") -> Scheme:
    """Read one scheme from text; see `load_file`."""
    return definitions.load_text(text, _scheme, source=source)


@cache
def schemes() -> Mapping[tuple[str, int], Scheme]:
    """Return every scheme of the library by campaign and year, the earliest first.

    Raises:
        BadDefinition: a file is wrong.
    """
    found = {(each.campaign, each.year): each for each in map(load_file, sorted(LIBRARY.glob("*.toml")))}
    return dict(sorted(found.items()))


def scheme_of(campaign: str, year: int) -> Scheme | None:
    """Return the scheme that holds for a campaign in a year: the latest of that year or before; None before the first.

    A sheet keeps the year of its scheme, so that a later file changes nothing that was assessed.
    """
    fitting = [each for (code, begins), each in schemes().items() if code == campaign and begins <= year]
    return fitting[-1] if fitting else None


def _scheme(reader: Reader, data: Mapping[str, Any]) -> Scheme:
    reader.known(data, "", (*_KEYS, *_TABLES))
    campaign = reader.get(data, "", "campaign", str)
    if campaign and campaign not in campaigns():
        reader.fault("campaign", f"must be one of {', '.join(campaigns())}")
    items = [_item(reader, campaign, each, index) for index, each in enumerate(_listed(reader, data, "item"))]
    _once(reader, [item.code for item in items], "item")
    return Scheme(
        campaign=campaign,
        year=_number(reader, data, "", "year", least=2000, most=2999),
        label=reader.label(data, ""),
        best_value=reader.get(data, "", "best_value", bool),
        lapse_confirms=reader.get(data, "", "lapse_confirms", bool),
        bonus_most=_number(reader, data, "", "bonus_most"),
        deduction_most=_number(reader, data, "", "deduction_most"),
        shares=_shares(reader, data),
        leave=_leave(reader, data),
        items={item.code: item for item in items},
        bands=_bands(reader, data),
    )


def _item(reader: Reader, campaign: str, table: Mapping[str, Any], index: int) -> Item:
    path = f"item[{index}]"
    reader.known(table, path, ("code", "label", "kind", "points", "base", "count"))
    points = _number(reader, table, path, "points", least=1)
    counts = [
        _count(reader, campaign, each, f"{path}.count[{place}]")
        for place, each in enumerate(reader.tables(table.get("count", []), f"{path}.count"))
    ]
    if not counts:
        reader.fault(f"{path}.count", "is missing")
    _once(reader, [count.code for count in counts], f"{path}.count")
    return Item(
        code=reader.get(table, path, "code", str),
        label=reader.label(table, path),
        kind=reader.one_of(table, path, "kind", KINDS),
        points=points,
        base=_number(reader, table, path, "base", most=points, default=0),
        counts=tuple(counts),
    )


def _count(reader: Reader, campaign: str, table: Mapping[str, Any], path: str) -> Count:
    reader.known(table, path, ("code", "label", "of", "where", "each", "most", "per_yuan"))
    of, where = reader.get(table, path, "of", str), reader.get(table, path, "where", dict, {})
    source = SOURCES.get(of)
    each = _number(reader, table, path, "each", least=-_MOST_POINTS)
    if each == 0:
        reader.fault(f"{path}.each", "must not be nought")
    if source is None:
        reader.fault(f"{path}.of", f"must be one of {', '.join(SOURCES)}")
    else:
        reader.among(list(where), source.asks, f"{path}.where", f"question about {of}")
        for name in source.needs:
            if name not in where:
                reader.fault(f"{path}.where.{name}", "is missing")
        if ("per_yuan" in table) != source.is_money:
            reader.fault(f"{path}.per_yuan", "must be told of money, and of money alone")
    if "link" in where and campaign in campaigns():
        reader.among([where["link"]], campaigns()[campaign].links, f"{path}.where.link", "kind of link")
    per_yuan = _number(reader, table, path, "per_yuan", least=1, most=10**9) if "per_yuan" in table else None
    return Count(
        code=reader.get(table, path, "code", str),
        label=reader.label(table, path),
        of=of,
        where=where,
        each=each,
        most=_number(reader, table, path, "most", least=1),
        per_fen=None if per_yuan is None else per_yuan * 100,
    )


def _shares(reader: Reader, data: Mapping[str, Any]) -> dict[str, int]:
    table = _table(reader, data, "share")
    known = {part for source in SOURCES.values() for part in source.parts}
    reader.among(list(table), sorted(known), "share", "part somebody can have")
    return {part: _number(reader, table, "share", part, most=WHOLE) for part in table}


def _leave(reader: Reader, data: Mapping[str, Any]) -> dict[str, Leave]:
    table = _table(reader, data, "leave")
    reader.among(list(table), LEAVES, "leave", "kind of leave")
    found = {}
    for code in table:
        path = f"leave.{code}"
        each = reader.table(table[code], path)
        reader.known(each, path, ("label", "counts"))
        found[code] = Leave(reader.label(each, path), _number(reader, each, path, "counts", most=WHOLE))
    return found


def _bands(reader: Reader, data: Mapping[str, Any]) -> tuple[Band, ...]:
    found = []
    for index, table in enumerate(_listed(reader, data, "band")):
        path = f"band[{index}]"
        reader.known(table, path, ("code", "label", "begins"))
        code = reader.get(table, path, "code", str)
        found.append(Band(code, reader.label(table, path), _number(reader, table, path, "begins")))
    _once(reader, [band.code for band in found], "band")
    begins = [band.begins for band in found]
    if begins != sorted(set(begins), reverse=True) or begins[-1:] != [0]:
        reader.fault("band", "must go down, each from fewer points than the one before, the last from 0")
    return tuple(found)


def _listed(reader: Reader, data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = list(reader.tables(data.get(key, []), key))
    if not found:
        reader.fault(key, "is missing")
    return found


def _table(reader: Reader, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return reader.table(data.get(key, {}), key)


def _once(reader: Reader, codes: list[str], path: str) -> None:
    for twice in sorted({each for each in codes if codes.count(each) > 1}):
        reader.fault(path, f"{twice} stands twice")


def _number(
    reader: Reader,
    table: Mapping[str, Any],
    path: str,
    key: str,
    *,
    least: int = 0,
    most: int = _MOST_POINTS,
    default: Any = ...,
) -> int:
    value: int = reader.get(table, path, key, int, default)
    if isinstance(table.get(key), int) and not least <= value <= most:
        reader.fault(f"{path}.{key}".lstrip("."), f"must be a number from {least} to {most}")
    return value
