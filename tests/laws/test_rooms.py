"""A room is found by `ls`: when it holds more files than one looks over, it gets rooms of its own (decision 0100)."""

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from tests.laws.source import ROOMS, Source, assert_none, planted, python_files

ROOM_FILES = 40
ADVICE = "Give what belongs together a room of its own; what all of them share stays where it is."


def crowded_rooms(sources: Iterable[Source]) -> list[str]:
    """Find folders that hold more Python files than fit; what only says that a folder is a room is none."""
    paths = (PurePosixPath(source.path) for source in sources)
    held = Counter(str(path.parent) for path in paths if path.name != "__init__.py")
    return [f"{room} holds {count} files" for room, count in held.items() if count > ROOM_FILES]


def test_no_room_is_crowded() -> None:
    assert_none(crowded_rooms(python_files(*(f"{room}/" for room in ROOMS))), advice=ADVICE)


def test_a_crowded_room_is_caught() -> None:
    full = {f"web/pages/cases/page_{number}.py": "" for number in range(ROOM_FILES)}
    beside = {"web/pages/cases/__init__.py": "", "web/pages/cases/parts/page.py": ""}
    assert crowded_rooms(planted(full | beside)) == []
    assert crowded_rooms(planted(full | beside | {"web/pages/cases/page.py": ""})) == [
        f"web/pages/cases holds {ROOM_FILES + 1} files"
    ]
