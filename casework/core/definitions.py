"""Definitions kept as TOML, read whole: every mistake of a file is reported at once, each with its key path.

Only the shape of a file is judged here; what is in it means something to whoever reads it (workflows/loader.py,
casework/campaign/loader.py).
"""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from casework.core.i18n import LOCALES, say

LANGUAGES = LOCALES
_WORD = re.compile("[a-z][a-z0-9_]*", re.ASCII)
Made = TypeVar("Made")


class Wrong(str):
    """What is wrong, by its code of the catalogue (`definition.<code>`): in English as it stands, else as `told`."""

    __slots__ = ("_code", "_params")
    _code: str
    _params: Mapping[str, Any]

    def __new__(cls, code: str, **params: Any) -> Self:
        """Word it; a parameter may be such words itself."""
        made = super().__new__(cls, say(f"definition.{code}", locale="en", **params))
        made._code, made._params = code, params
        return made

    def told(self, locale: str) -> str:
        """Return the same in a language."""
        return say(f"definition.{self._code}", locale=locale, **{k: told(v, locale) for k, v in self._params.items()})


def told(what: object, locale: str) -> object:
    """Return what is wrong in a language, as far as it has words there."""
    return what.told(locale) if isinstance(what, Wrong) else what


class BadDefinition(Exception):
    """A workflow file is wrong; `mistakes` lists (key path, what is wrong) of all of them.

    `made` is what was read in spite of them, for whoever goes on looking for more; nothing may be run by it.
    """

    def __init__(self, source: str, mistakes: Sequence[tuple[str, str]], made: object = None) -> None:
        super().__init__("\n".join(": ".join(filter(None, (source, *mistake))) for mistake in mistakes))
        self.source = source
        self.mistakes = tuple(mistakes)
        self.made = made

    def told(self, locale: str) -> str:
        """Return all mistakes in a language, a line each."""
        lines = ([self.source, path, str(told(what, locale))] for path, what in self.mistakes)
        return "\n".join(": ".join(filter(None, line)) for line in lines)


def load_file(path: Path, make: Callable[["Reader", Mapping[str, Any]], Made]) -> Made:
    """Read one file and let `make` take it apart.

    Raises:
        BadDefinition: the file cannot be read or is no TOML, or any key is missing, unknown or of the wrong kind.
    """
    try:
        # Notepad puts a mark before the first letter.
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadDefinition(path.name, [("", Wrong("unreadable", error=error.strerror))]) from error
    except UnicodeDecodeError as error:
        raise BadDefinition(path.name, [("", Wrong("not_utf8"))]) from error
    return load_text(text, make, source=path.name)


def load_text(text: str, make: Callable[["Reader", Mapping[str, Any]], Made], *, source: str) -> Made:
    """Read one definition from text; see `load_file`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadDefinition(source, [("", Wrong("not_toml", error=error))]) from error
    return made_of(data, make, source=source)


def made_of(data: Mapping[str, Any], make: Callable[["Reader", Mapping[str, Any]], Made], *, source: str) -> Made:
    """Take apart what TOML holds; see `load_file`."""
    reader = Reader()
    made = make(reader, data)
    if reader.mistakes:
        raise BadDefinition(source, reader.mistakes, made)
    return made


class Reader:
    """Takes keys out of tables, noting what is missing, unknown or of the wrong kind."""

    def __init__(self) -> None:
        self.mistakes: list[tuple[str, str]] = []

    def fault(self, path: str, what: str) -> None:
        """Note a mistake at a key path."""
        self.mistakes.append((path, what))

    def known(self, table: Mapping[str, Any], path: str, allowed: Sequence[str]) -> None:
        """Note every key of a table that is not among those allowed."""
        for key in table:
            if key not in allowed:
                self.fault(f"{path}.{key}".lstrip("."), Wrong("unknown_key"))

    def table(self, value: object, path: str) -> Mapping[str, Any]:
        """Take a value that must be a table."""
        if isinstance(value, dict):
            return value
        self.fault(path, Wrong("no_table"))
        return {}

    def tables(self, value: object, path: str) -> Sequence[Mapping[str, Any]]:
        """Take a value that must be a list of tables."""
        if isinstance(value, list):
            return [self.table(item, f"{path}[{index}]") for index, item in enumerate(value)]
        self.fault(path, Wrong("no_tables"))
        return []

    def get(self, table: Mapping[str, Any], path: str, key: str, kind: type, default: Any = ...) -> Any:
        """Take a key that must be of a kind; without a default it must be there."""
        where = f"{path}.{key}".lstrip(".")
        if key not in table:
            if default is ...:
                self.fault(where, Wrong("missing"))
                return kind()
            return default
        value = table[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fault(where, Wrong(f"no_{kind.__name__}"))
            return kind()
        return value

    def words(self, table: Mapping[str, Any], path: str, key: str, default: Any = ...) -> tuple[str, ...]:
        """Take a key that must be a list of words."""
        value = self.get(table, path, key, list, default)
        if not all(isinstance(item, str) for item in value):
            self.fault(f"{path}.{key}", Wrong("no_words"))
            return ()
        self.twice(value, f"{path}.{key}")
        return tuple(value)

    def twice(self, names: Sequence[str], path: str, what: str = "") -> None:
        """Note every name that stands more than once."""
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.fault(path, Wrong("twice", name=f"{what} {name}".lstrip()))

    def word(self, name: str, path: str) -> str:
        """Take a name that programs use: small letters, digits and underscores, a letter first."""
        if not _WORD.fullmatch(name):
            self.fault(path, Wrong("no_name", name=repr(name)))
        return name

    def name(self, table: Mapping[str, Any], path: str, key: str, default: Any = ...) -> str:
        """Take a key that must be a name programs use."""
        value: str = self.get(table, path, key, str, default)
        return self.word(value, f"{path}.{key}".lstrip(".")) if isinstance(table.get(key), str) else value

    def within(
        self, table: Mapping[str, Any], path: str, key: str, *, between: tuple[int, int], default: Any = ...
    ) -> int:
        """Take a whole number of a range; its least stands for one that is not."""
        least, most = between
        value: int = self.get(table, path, key, int, default)
        if key not in table or least <= value <= most:
            return value
        if type(table[key]) is int:
            self.fault(f"{path}.{key}".lstrip("."), Wrong("out_of_range", least=least, most=most))
        return least

    def among(self, names: Sequence[str], known: Collection[str], path: str, what: str) -> None:
        """Note every name that is not known."""
        for name in names:
            if name not in known:
                self.fault(path, Wrong("not_among", name=name, what=what))

    def label(self, table: Mapping[str, Any], path: str, key: str = "label", default: Any = ...) -> Mapping[str, str]:
        """Take words for people, in every language there is."""
        value: Mapping[str, str] = self.get(table, path, key, dict, default)
        for language in LANGUAGES:
            if not isinstance(value.get(language), str) or not value[language].strip():
                self.fault(f"{path}.{key}.{language}".lstrip("."), Wrong("missing"))
        return value

    def one_of(self, table: Mapping[str, Any], path: str, key: str, choices: Sequence[str], default: Any = ...) -> str:
        """Take a word that must be one of the choices."""
        value: str = self.get(table, path, key, str, default)
        if key in table and value not in choices:
            self.fault(f"{path}.{key}".lstrip("."), Wrong("no_choice", choices=", ".join(choices)))
        return value

    def day(self, table: Mapping[str, Any], path: str, key: str, default: Any = ...) -> Any:
        """Take a calendar day."""
        if key not in table and default is not ...:
            return default
        value = table.get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            self.fault(f"{path}.{key}".lstrip("."), Wrong("no_day"))
            return date.min
        return value
