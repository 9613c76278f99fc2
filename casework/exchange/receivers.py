"""Receivers of sheets that go upwards, as data: which ledger a sheet is drawn from, and what its columns are called.

One file of `receivers/` a receiver. A column takes one or several columns of the ledger; who changes what a receiver
wants changes the file.
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from casework.core import personal
from casework.core.errors import refused
from casework.exchange.column_sets import cell_kind_of, column_set
from casework.exchange.writer import Cell, Kind

# What a row has besides the columns of its ledger: the name of the county.
COUNTY = "county"
_FOLDER = Path(__file__).with_name("receivers")
_MASKS: Mapping[str, Callable[[str], str]] = {
    "name": personal.mask_name,
    "phone": personal.mask_phone,
    "id_number": personal.mask_id_number,
}
# What nobody takes out alone, by whatever key a ledger has it.
_NEVER_PLAIN = ("phone", "id_number")


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of a sheet; the ledger's columns of `keys` are joined. `unit` is of amounts: 元 or 万元."""

    heading: str
    keys: tuple[str, ...]
    kind: Kind
    mask: Callable[[str], str] | None = None

    def cell(self, row: Mapping[str, Any]) -> Cell:
        """Return the cell of a row of the ledger."""
        if len(self.keys) == 1 and self.mask is None:
            return row.get(self.keys[0])
        text = "".join(str(row[key]) for key in self.keys if row.get(key) is not None)
        return text if self.mask is None or not text else self.mask(text)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who wants a sheet, and what it is. `day`: the ledger's column that says when a row was so, if it has one."""

    code: str
    label: Mapping[str, str]
    title: str
    kind: str
    day: str | None
    columns: tuple[SheetColumn, ...]
    sha256: str

    def tells(self, row: Mapping[str, Any], as_of: date) -> bool:
        """Say whether a row belongs into a sheet that ends with a day."""
        on = None if self.day is None else row.get(self.day)
        return on is None or on <= as_of


@cache
def receivers() -> Mapping[str, Receiver]:
    """Return all receivers by their codes."""
    return {path.stem: read_receiver(path) for path in sorted(_FOLDER.glob("*.toml"))}


def receiver(code: str) -> Receiver:
    """Return a receiver.

    Raises:
        Refused: receiver_unknown.
    """
    found = receivers().get(code)
    if found is None:
        known = ", ".join(receivers())
        raise refused("receiver_unknown", receiver=code, known=known)
    return found


def read_receiver(path: Path) -> Receiver:
    """Read what one receiver wants.

    Raises:
        ValueError: it wants an identity number or a telephone in plain; such go out by two persons only.
    """
    content = path.read_bytes()
    told = tomllib.loads(content.decode())
    ledger = {column.key: column for column in column_set(told["kind"]).columns}
    columns = []
    for each in told["column"]:
        keys = tuple(each["keys"])
        if "mask" not in each and any(key.endswith(_NEVER_PLAIN) for key in keys):
            raise ValueError(f"{path.name}: {each['heading']} needs a mask")
        alone = len(keys) == 1 and "mask" not in each and keys[0] in ledger
        kind = cell_kind_of(ledger[keys[0]], each.get("unit", "")) if alone else Kind.TEXT
        columns.append(SheetColumn(each["heading"], keys, kind, _MASKS[each["mask"]] if "mask" in each else None))
    return Receiver(
        path.stem,
        told["label"],
        told["title"],
        told["kind"],
        told.get("day"),
        tuple(columns),
        hashlib.sha256(content).hexdigest(),
    )
