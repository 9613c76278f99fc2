"""Addresses of lists: the words of a filter as a query, one of them changed, added or taken away."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import urlencode

Words = Mapping[str, Sequence[str]]


def query(words: Words) -> str:
    """Write words as a query that begins with `?`; relative, so that fifty links on a page stay short."""
    return _encoded(tuple((name, value) for name, values in words.items() for value in values))


@lru_cache(maxsize=1024)
def _encoded(pairs: tuple[tuple[str, str], ...]) -> str:
    return "?" + "&".join([_pair(*pair) for pair in pairs])


@lru_cache(maxsize=1024)
def _pair(name: str, value: str) -> str:
    # A page has a hundred such addresses, made of the same few words in turn.
    return urlencode(((name, value),), safe=":,@")


def changed(words: Words, **changes: str | Sequence[str] | None) -> str:
    """Write words with some set anew; None takes one away."""
    told = {name: list(values) for name, values in words.items()}
    for name, value in changes.items():
        if value is None:
            told.pop(name, None)
        else:
            told[name] = [value] if isinstance(value, str) else list(value)
    return query(told)


def without(words: Words, *names: str) -> dict[str, Sequence[str]]:
    """Return words but for some names."""
    return {name: values for name, values in words.items() if name not in names}


def cases(words: Words) -> str:
    """Return the address of the list of cases under a filter."""
    return "/cases" + query(words)
