"""What the handbook of a household (帮扶手册) says beside head and people: land, house, water, insurance, hardship.

The office takes it over as the town wrote it (domain.md §3e). Areas have two digits behind the point: land in mu, the
floor of the house in square metres.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from casework.core import reading
from casework.core.errors import invalid
from casework.core.reading import Readers

AREAS = ("farmland", "forest", "floor_area")
# How long each line of words may be.
LINES: Mapping[str, int] = {"hardship": 100, "water": 60, "insurance": 100}
# Danger grades of a house (危房等级): A is safe, D is not to be lived in.
GRADES = ("A", "B", "C", "D")
FIELDS = ("hardship", "farmland", "forest", "floor_area", "housing_grade", "water", "insurance")
LARGEST = 99_999
AREA = r"[0-9]{1,5}(\.[0-9]{1,2})?"
_AREA = re.compile(AREA)


def readers() -> Readers:
    """Return the reader of each field; nothing takes a value away."""
    return {
        **{name: reading.line(name, longest) for name, longest in LINES.items()},
        **{name: _area(name) for name in AREAS},
        "housing_grade": lambda value: "" if value in (None, "") else reading.choice("housing_grade", GRADES)(value),
    }


def told(row: Any) -> dict[str, Any]:
    """Return what is known of a household by the handbook: by field, in its order."""
    return {name: value for name in FIELDS if (value := getattr(row, name)) not in (None, "")}


def _area(field: str) -> reading.Reader:
    def read(value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not _AREA.fullmatch(value):
            raise invalid(field, "not_an_area")
        return Decimal(value).quantize(Decimal("0.01"))

    return read
