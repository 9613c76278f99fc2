"""Whose money it is: of the government, of an enterprise, a donation, wages. Never added up (domain.md §3d)."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from casework.core.texts import search_key

GOVERNMENT = "government"
KINDS = (GOVERNMENT, "enterprise", "donation", "wages")


# A ledger of a hundred thousand sums names a few dozen sources.
@lru_cache(maxsize=1024)
def kind_of_source(source: str) -> str:
    """Return the kind that the words of a source tell; of the government where they tell none."""
    said = search_key(source)
    return next((kind for kind, words in _words().items() if any(word in said for word in words)), GOVERNMENT)


@cache
def _words() -> Mapping[str, Sequence[str]]:
    found: Mapping[str, Sequence[str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["words"]
    return {kind: [search_key(word) for word in words] for kind, words in found.items()}
