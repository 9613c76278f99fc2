"""The data files of the campaign, read once."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@cache
def told(name: str) -> Mapping[str, Any]:
    """Return what a file of this folder tells: `people`, `industries`, `villages`, `visits`, `troubles`, `meetings`
    and others.
    """
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))
