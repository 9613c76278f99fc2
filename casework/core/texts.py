"""Reading text, numbers, days and JSON that come from outside: what may be kept, what is refused, by which name.

Here: the table of reliability.md §5.1. Text is kept exactly as typed or refused, never mended; only codes are
mapped from full-width to plain ASCII, and only search keys are normalised. Not here: money, identity numbers, the
many ways a spreadsheet writes a date.
"""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from casework.core.errors import Invalid, invalid

FIRST_YEAR, LAST_YEAR = 1900, 2100
LARGEST_INT = 2**63 - 1

# Nothing of these is seen on a screen: the default ignorable characters of Unicode, interlinear marks, the line
# separators, the empty braille cell and the empty note head.
_HIDDEN_SET = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_HIDDEN_SET}]")
_HIDDEN_OR_TAB = re.compile(rf"[\t{_HIDDEN_SET}]")
_BLANK = re.compile(rf"[\s\x00-\x1f\x7f-\x9f{_HIDDEN_SET}]*")
_NONCHARACTERS = r"\ufdd0-\ufdef" + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(0x11))
# TAB, LF and CR LF are text; every other control character breaks a Word or Excel file sooner or later.
_BAD = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{_NONCHARACTERS}]|\r(?!\n)")
# So many characters of a name are padded to the width of three.
_PADDED = 2
_BREAK = re.compile(r"[\n\r\u2028\u2029]")

_FULL_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(0x5E)} | {0x3000: 0x20}
# What Chinese sentences are divided by. A text that has nothing else to be normalised is then found to be so already,
# which takes a tenth of making it so.
_WIDE_POINTS = tuple(
    (chr(code), chr(_FULL_WIDTH[code])) for code in map(ord, "\uff0c\uff1a\uff1b\uff08\uff09\uff01\uff1f")
)
# Offices number venues and units in Chinese too, so ideographs are allowed beside ASCII.
_CODE = re.compile(r"[0-9A-Za-z\u3007\u3400-\u9fff\U00020000-\U000323af._:/()#+-]+")

_INT = re.compile(r"0|-?[1-9][0-9]{0,29}")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_HOUR, _SIXTY = "([01][0-9]|2[0-3])", "([0-5][0-9])"
_INSTANT = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[Tt ]{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:\.([0-9]{{1,9}}))?)?"
    rf"([Zz]|([+-]){_HOUR}:{_SIXTY})?"
)
_NUMBER_LENGTH = 30
# The closing quote is optional: a string without end is passed over once, not tried again from every quote in it.
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")

# Normalising is quadratic in a run of combining marks, so long text goes through in pieces (UAX #15, stream-safe).
_PIECE, _MARKS = 1000, 30
# So long are texts whose form for searching is kept for a while.
_SHORT = 300


def names_nothing(text: str) -> bool:
    """Say whether a text can be the name or code of nothing, since no stored text holds such characters.

    PostgreSQL refuses to be asked for some of them (NUL); whoever looks a name up asks here first.
    """
    return _BAD.search(text) is not None


def is_blank(text: str) -> bool:
    """Say whether nothing in `text` can be seen: blanks, controls, zero-width, fillers (contract.md "HTTP API")."""
    # Most texts begin with what is plainly seen: asking that is a third of looking for what is not.
    first = ord(text[0]) if text else 0
    if 0x21 <= first <= 0x7E or 0x4E00 <= first <= 0x9FFF:
        return False
    return _BLANK.fullmatch(text) is not None


def without_bad(text: str) -> str:
    """Leave out what `clean_text` refuses, for senders who could not mend it; a lone CR becomes a line break."""
    return _BAD.sub(lambda found: "\n" if found[0] == "\r" else "", text)


def clean_text(
    value: object,
    *,
    field: str,
    max_length: int,
    required: bool = True,
    multiline: bool = True,
    name: bool = False,
) -> str:
    """Read a text; what is returned is `value` exactly as typed, or `""` when nothing in it can be seen.

    `max_length` counts code points. A `name` is one line without invisible characters, so that no two names look
    alike; free text keeps them (reliability.md §5.1).

    Raises:
        Invalid: `required`, `not_text`, `too_long`, `bad_character`, `one_line` or `hidden_character`.
    """
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise invalid(field, "not_text")
    if len(value) > max_length and not is_blank(value):
        raise invalid(field, "too_long", max=max_length, length=len(value))
    # Quick and usual: lines of printable characters hold nothing bad, and saying so is forty times cheaper.
    if not value.replace("\n", "").isprintable() and (fault := _BAD.search(value)):
        raise _character(field, "bad_character", fault)
    if is_blank(value):
        if required:
            raise invalid(field, "required")
        return ""
    if (name or not multiline) and _BREAK.search(value):
        raise invalid(field, "one_line")
    if name and (fault := _HIDDEN_OR_TAB.search(value)):
        raise _character(field, "hidden_character", fault)
    return value


def parse_code(value: object, *, field: str, max_length: int = 64) -> str:
    """Read a code: full-width ASCII becomes ASCII, blanks around it go, the rest must be letters, digits, `._:/()#+-`.

    Raises:
        Invalid: `required`, `not_text`, `too_long`, `bad_character`, `one_line`, `hidden_character`,
            `code_characters`.
    """
    text = ascii_code(clean_text(value, field=field, max_length=max_length, name=True)).strip()
    if not _CODE.fullmatch(text):
        raise invalid(field, "code_characters")
    return text


def parse_int(value: object, *, field: str, minimum: int = 0, maximum: int = LARGEST_INT) -> int:
    """Read a whole number from JSON or from ASCII digits; no sign but `-`, no blanks, no leading zeros.

    Raises:
        Invalid: `not_integer` (truth values and floats too) or `out_of_range`.
    """
    if isinstance(value, str) and _INT.fullmatch(value):
        number = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        raise invalid(field, "not_integer")
    if not minimum <= number <= maximum:
        raise invalid(field, "out_of_range", min=minimum, max=maximum)
    return number


def parse_date(value: object, *, field: str) -> date:
    """Read a day in the form `2026-01-11`, of the years 1900 to 2100.

    Raises:
        Invalid: `date_form`, `date_range`, or `date_impossible` when the calendar has no such day.
    """
    if not (isinstance(value, str) and (found := _DATE.fullmatch(value))):
        raise invalid(field, "date_form")
    year, month, day = (int(part) for part in found.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise invalid(field, "date_range", min=FIRST_YEAR, max=LAST_YEAR)
    try:
        return date(year, month, day)
    except ValueError:
        raise invalid(field, "date_impossible", day=value) from None


def parse_instant(value: object, *, field: str) -> datetime:
    """Read an instant of RFC 3339, such as `2026-01-11T09:30:00+08:00`; returns it in UTC.

    Seconds may be left out, the offset may not. Digits beyond the microsecond are cut off; a leap second is
    refused (reliability.md §2.3.9).

    Raises:
        Invalid: `instant_form`, `instant_offset` (missing), `date_range` or `date_impossible`.
    """
    instant = _instant(value, field=field)
    if instant.tzinfo is None:
        raise invalid(field, "instant_offset")
    return instant.astimezone(UTC)


def parse_local_instant(value: object, *, field: str, zone: ZoneInfo) -> datetime:
    """Read an instant as `parse_instant` does; without an offset it is the wall time of `zone`. Returns it in UTC.

    Raises:
        Invalid: `instant_form`, `date_range` or `date_impossible`.
    """
    instant = _instant(value, field=field)
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def ascii_code(text: str) -> str:
    """Map full-width ASCII and the full-width blank to ASCII, character by character; nothing else changes."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)


def search_key(text: str) -> str:
    """Make the form two texts are compared in when searching: compatibility form, no case, nothing invisible.

    For looking up only, never for keeping: normalising changes characters of names (reliability.md §5.1).
    """
    return _kept_key(text) if len(text) <= _SHORT else _key(text)


def _key(text: str) -> str:
    text = _HIDDEN.sub("", text)
    for wide, narrow in _WIDE_POINTS:
        text = text.replace(wide, narrow)
    folded = _pieces(_pieces(text).casefold())
    return " ".join(folded.split())


# A ledger's texts are asked for twice: for the full text, and to find those that are alike.
_kept_key = lru_cache(2048)(_key)


def mark_hidden(text: str) -> str:
    """Show invisible characters of a free text as `[U+202E]`, for screens where they could deceive."""
    return _HIDDEN.sub(lambda found: f"[{_code_point(found.group())}]", text)


def refuse_bad_json(raw: bytes, *, max_bytes: int, max_depth: int = 32) -> object:
    """Read a JSON body, or say why it cannot be trusted (reliability.md §5.1); two readers never differ about it.

    Raises:
        Invalid: for field `""`: `json_too_large`, `json_encoding` (no UTF-8), `json_depth`, `json_syntax`,
            `json_duplicate_key`; for the field it stands in, if in one: `json_number` (NaN, infinite, longer than 30
            characters), `json_surrogate`.
    """
    if len(raw) > max_bytes:
        raise invalid("", "json_too_large", max=max_bytes)
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        raise invalid("", "json_encoding", position=fault.start + 1) from None
    # Few brackets cannot nest deeply; only a body with many is looked at closely.
    if text.count("[") + text.count("{") > max_depth and _depth(text) > max_depth:
        raise invalid("", "json_depth", max=max_depth)
    try:
        value: object = _JSON.decode(text)
    except json.JSONDecodeError as fault:
        raise invalid("", "json_syntax", line=fault.lineno, column=fault.colno) from None
    except _NumberError:
        number = _path(json.loads(text, parse_int=_kept, parse_float=_kept, parse_constant=_kept), _is_no_number)
        raise invalid(number or "", "json_number") from None
    if _SURROGATE_ESCAPE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise invalid(_path(value, _is_half) or "", "json_surrogate") from None
    return value


class _NumberError(Exception):
    """A number is none, or none that two readers would read alike."""


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


def _kept(digits: str) -> _Number:
    return _Number(digits)


def _is_no_number(value: object) -> bool:
    if not isinstance(value, _Number):
        return False
    try:
        _JSON.decode(value)
    except _NumberError:
        return True
    return False


def _is_half(value: object) -> bool:
    return isinstance(value, str) and any("\ud800" <= each <= "\udfff" for each in value)


def _path(value: object, is_bad: Callable[[object], bool]) -> str | None:
    """Return the field of the first bad value, as mistakes name fields; empty when it stands in none."""
    if isinstance(value, dict):
        for key, each in value.items():
            within = _path(each, is_bad)
            if within is not None and not _is_half(key):
                return f"{key}.{within}" if within else key
    if isinstance(value, list):
        return "" if any(_path(each, is_bad) is not None for each in value) else None
    return "" if is_bad(value) else None


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKETS.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        again = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise invalid("", "json_duplicate_key", key=again[:64].encode("utf-8", "replace").decode())
    return made


def _integer(digits: str) -> int:
    if len(digits) > _NUMBER_LENGTH:
        raise _NumberError
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits) if len(digits) <= _NUMBER_LENGTH else math.inf
    if not math.isfinite(number):
        raise _NumberError
    return number


def _constant(_word: str) -> float:
    raise _NumberError


_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant)


def _instant(value: object, *, field: str) -> datetime:
    """Read date, time and, where it is given, offset; naive without one."""
    if not (isinstance(value, str) and (found := _INSTANT.fullmatch(value))):
        raise invalid(field, "instant_form")
    day_text, hour, minute, second, fraction, offset, sign, offset_hours, offset_minutes = found.groups()
    day = parse_date(day_text, field=field)
    micro = int((fraction or "0").ljust(6, "0")[:6])
    away = timedelta(hours=int(offset_hours), minutes=int(offset_minutes)) if sign else timedelta()
    zone = timezone(-away if sign == "-" else away) if offset else None
    return datetime(day.year, day.month, day.day, int(hour), int(minute), int(second or 0), micro, tzinfo=zone)


def _pieces(text: str) -> str:
    if len(text) <= _PIECE:
        return unicodedata.normalize("NFKC", text)
    parts, start = [], 0
    while start < len(text):
        end = start + _PIECE
        limit = end + _MARKS
        while end < min(limit, len(text)) and unicodedata.combining(text[end]):
            end += 1
        parts.append(unicodedata.normalize("NFKC", text[start:end]))
        start = end
    return "".join(parts)


def _character(field: str, code: str, fault: re.Match[str]) -> Invalid:
    return invalid(field, code, position=fault.start() + 1, character=_code_point(fault.group()))


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"


def bare_name(name: str) -> str:
    """Return a name as it is compared: on lists two characters are set apart by a space, which makes nobody else."""
    return "".join(name.split())


def spellings(name: str) -> tuple[str, ...]:
    """Return how a person's name may have been typed: Word lists pad one of two characters (domain.md §4.4)."""
    bare = bare_name(name)
    return (bare, " ".join(bare), "\u3000".join(bare)) if len(bare) == _PADDED else (name,)
