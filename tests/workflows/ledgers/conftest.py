"""The office of tests/world.py with files on its desk."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from casework.core.office import Office
from casework.core.settings import read_settings
from tests.world import COUNTY, World

Table = Sequence[Sequence[object]]


@pytest.fixture
def office(world: World, tmp_path: Path) -> Office:
    """Open the office of the small county."""
    settings = read_settings({"CASEWORK_HOME": str(tmp_path / "home"), "CASEWORK_REGION": COUNTY})
    keyring: Any = world.db.info["keyring"]
    return Office(settings, keyring, world.db)


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Lend a writer of .xlsx files: `book(table, name=…)`, a table a list of rows."""

    def write(table: Table, *, name: str = "台账") -> Path:
        workbook = Workbook()
        sheet = workbook.active
        sheet.title = "明细"
        for row in table:
            sheet.append(list(row))
        path = tmp_path / f"{name}.xlsx"
        workbook.save(path)
        return path

    return write
