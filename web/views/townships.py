"""The townships of a county as tiles: where each stands, how dark it is, and which numbers it carries."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from casework.cases.figures.statistics import Cell, Words
from web.locales import words
from web.views import addresses, reference

COLUMNS = 7
# From how many open cases on a tile takes each of the four shades.
SHADES: Sequence[int] = (1, 4, 8, 12)


def tiles(county: str, *, open_by: Sequence[Cell], late_by: Sequence[Cell], base: Words) -> list[dict[str, Any]]:
    """Return a tile for each township of a county, and one for what belongs to none of them.

    `base`: the words under which a township without a single case opens an empty list.
    """
    counted = {cell.codes[0]: cell for cell in open_by}
    late = {cell.codes[0]: cell.count for cell in late_by}
    layout, hatched = _layout(county)
    names = {town.code: town.name for town in reference.towns()}
    whole = [code for code in counted if code is not None and code not in names]
    names |= {code: words("place.whole_county") for code in whole}
    free = _free(layout)
    made = []
    for code, name in names.items():
        column, row = layout.get(code) or next(free)
        cell = counted.get(code)
        n = 0 if cell is None else cell.count
        asked = {**base, "township": [code]} if cell is None else cell.filter
        made.append(
            {
                "name": name,
                "n": n,
                "url": addresses.cases(asked),
                "over": late.get(code, 0),
                "shade": sum(n >= least for least in SHADES),
                "col": column,
                "row": row,
                "hatched": code in hatched and n == 0,
            }
        )
    return sorted(made, key=lambda tile: (tile["row"], tile["col"]))


def legend() -> list[dict[str, Any]]:
    """Return what each shade stands for."""
    made: list[dict[str, Any]] = []
    for shade, least in enumerate(SHADES, start=1):
        if shade == len(SHADES):
            text = words("overview.shade_from", least=least)
        else:
            text = words("overview.shade", least=least, most=SHADES[shade] - 1)
        made.append({"shade": shade, "text": text})
    return made


def _free(layout: Mapping[str, tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Walk over the cells below the layout, row by row: a plain grid where there is none."""
    below = max((row for _column, row in layout.values()), default=0)
    place = 0
    while True:
        yield place % COLUMNS + 1, below + place // COLUMNS + 1
        place += 1


@cache
def _layout(county: str) -> tuple[Mapping[str, tuple[int, int]], frozenset[str]]:
    path = Path(__file__).with_name("townships.toml")
    found = tomllib.loads(path.read_text("utf-8")).get(county, {})
    tiles = {code: (int(column), int(row)) for code, (column, row) in found.get("tiles", {}).items()}
    return tiles, frozenset(found.get("hatched", ()))
