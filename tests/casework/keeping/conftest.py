"""The lived office of lived.py, once on each engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.casework.keeping import lived


@pytest.fixture(scope="session")
def template_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], lived.Template]]:
    """Lend what builds the office of an engine when a test first asks for it."""
    made: dict[str, lived.Template] = {}

    def template(engine: str) -> lived.Template:
        if engine not in made:
            made[engine] = lived.build(engine, tmp_path_factory.mktemp("lived"))
        return made[engine]

    yield template
    for each in made.values():
        lived.forget(each)


@pytest.fixture(params=databases.ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name an engine."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_url")
    return str(request.param)


@pytest.fixture
def office(engine: str, template_of: Callable[[str], lived.Template], tmp_path: Path) -> Iterator[lived.Office]:
    """Lend a copy of the lived office."""
    with lived.copy_of(template_of(engine), tmp_path) as copy:
        yield copy
