"""The data files of the demo, read once: the county, the stories, and the words that fill them."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent

Story = Mapping[str, Any]


@cache
def county() -> Mapping[str, Any]:
    """Return units, people and what the office has set up."""
    return tomllib.loads((_FOLDER / "county.toml").read_text("utf-8"))


@cache
def words() -> Mapping[str, Any]:
    """Return names, crops, replies and other words."""
    return tomllib.loads((_FOLDER / "words.toml").read_text("utf-8"))


@cache
def stories() -> Sequence[Story]:
    """Return the difficulties."""
    told: Sequence[Story] = tomllib.loads((_FOLDER / "stories.toml").read_text("utf-8"))["story"]
    return told
