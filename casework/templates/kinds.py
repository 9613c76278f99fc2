"""Which papers there are and which tags each may carry: read once from kinds.toml, where each tag is documented."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from casework.core.errors import NotFound
from casework.templates.colours import COLOURS

# What every paper may carry, and all that headers and footers may: they are the same on each paper of a stack.
COMMON = ("office", "printed_on", "printed_by", "qr")


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: its key in the program, its name in a template, what it means, and an example.

    `items`: of a tag that is a list, the keys of a row with their names. `picture`: it stands for a picture;
    `untitled`: the built-in form shows the list without its name; `big`: as cards to be cut out.
    """

    key: str
    name: str
    meaning: Mapping[str, str]
    example: str = ""
    items: Mapping[str, str] = field(default_factory=dict)
    picture: bool = False
    untitled: bool = False
    big: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of paper; `form` is what its built-in template is made of."""

    code: str
    of: str
    label: Mapping[str, str]
    outside: bool
    # What somebody must be allowed to do with the matter to write this paper about it; None: to know of it is enough.
    needs: str | None
    tags: Mapping[str, Tag]
    form: Mapping[str, Any]


@cache
def _told() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "kinds.toml").read_text("utf-8"))


def words() -> Mapping[str, Any]:
    """Return the words that the built-in forms share."""
    found: Mapping[str, Any] = _told()["words"]
    return found


@cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind by its code."""
    tags = {key: _tag(key, told) for key, told in _told()["tag"].items()}
    return {
        code: Kind(
            code=code,
            of=told["of"],
            label={"zh": told["zh"], "en": told["en"]},
            outside=told.get("outside", False),
            needs=told.get("needs"),
            tags={key: tags[key] for key in (*COMMON, *told["tags"])},
            form=told,
        )
        for code, told in _told()["kind"].items()
    }


def kind_of(code: str) -> Kind:
    """Return a kind.

    Raises:
        NotFound: there is none of this code.
    """
    found = kinds().get(code)
    if found is None:
        raise NotFound("paper")
    return found


def of_matter(matter: str) -> Sequence[Kind]:
    """Return the kinds of papers about `case`, `supervision` or `consultation`."""
    return [each for each in kinds().values() if each.of == matter]


def day(on: date | None) -> str:
    """Write a day as papers do; nothing for none."""
    return "" if on is None else words()["day"].format(year=on.year, month=on.month, day=on.day)


def by_name(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a template of a kind is filled with: each value by its key and by its name, and its colours."""
    told = values.get(COLOURS, {})
    by_both = {name: pair for key, pair in told.items() if key in kind.tags for name in (key, kind.tags[key].name)}
    return {**dict(_named(kind, values)), **({COLOURS: by_both} if by_both else {})}


def example(kind: Kind) -> dict[str, Any]:
    """Return the examples of all tags of a kind, as values a template is tried with."""
    values: dict[str, Any] = {}
    for tag in kind.tags.values():
        values[tag.key] = [dict.fromkeys(tag.items, tag.name)] * 2 if tag.items else tag.example
    return values


def _named(kind: Kind, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for tag in kind.tags.values():
        value = values.get(tag.key, [] if tag.items else "")
        if tag.items:
            value = [_row(tag, each) for each in value]
        yield tag.key, value
        yield tag.name, value


def _row(tag: Tag, row: Mapping[str, Any]) -> dict[str, str]:
    told = {key: str(row.get(key, "")) for key in tag.items}
    return told | {name: told[key] for key, name in tag.items.items()}


def _tag(key: str, told: Mapping[str, Any]) -> Tag:
    return Tag(
        key=key,
        name=told["name"],
        meaning={"zh": told["zh"], "en": told["en"]},
        example=told.get("example", ""),
        items=told.get("items", {}),
        picture=told.get("picture", False),
        untitled=told.get("untitled", False),
        big=told.get("big", False),
    )


def known_names(kind: Kind) -> str:
    """Return the names of all tags of a kind as one line."""
    return "\u3001".join(tag.name for tag in kind.tags.values())
