"""What people mean by what they write into cells: dates, names, amounts, counts, yes and no (domain.md §4.2).

Each parser takes the text of one cell and the heading of its column, and returns the value or raises `Invalid` on that
column with a code whose sentence says how to mend the cell. An empty cell is refused too: ask `is_blank` or
`says_nothing` first where a value may be missing. Whether a value is right for the business is not judged here.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache

from casework.core import errors
from casework.core.neutral import holds_unprintable
from casework.exchange import numerals
from casework.exchange.habits import habits, narrow, plain

LARGEST_FEN = 10**14  # reliability.md §5.1
_DIGITS = 20  # on either side of the point
_SERIAL_ZERO = date(1899, 12, 30)  # day 0 of Excel's calendar for every date after February 1900
_YEARS = range(1900, 2100)
_YUAN_SIGN = "\u00a5"
_SHOWN = 30  # characters of a cell that a message repeats
_SHORT = 40  # characters of a cell of which is kept for a while what day it means

_BROKEN = re.compile(
    r"#(?:N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|DIV/0!|SPILL!|CALC!|GETTING_DATA|NOT_COMPUTED!)", re.IGNORECASE
)
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe00-\ufe0f]")
_FORMS = habits().patterns
_DAYS = (re.compile(_FORMS["day"]), re.compile(_FORMS["day_of_digits"]))
_DAY_WITHOUT_YEAR = re.compile(_FORMS["day_without_year"])
_DAY_IN_WORDS = re.compile(_FORMS["day_in_words"])
_DAY_AND_TIME = re.compile(_FORMS["day_and_time"])
_WEEKDAY_BEHIND = re.compile(_FORMS["weekday"] + "$")
_MONTH_ONLY = re.compile(_FORMS["month_only"])
_SHORT_YEAR = re.compile(_FORMS["short_year"])
_CLOCK = re.compile(_FORMS["clock"])
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]{1,15})?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+")
_AMOUNT = re.compile(r"(-?)([0-9][0-9,]*)(?:\.([0-9]+))?")
_BETWEEN_NAMES = re.compile(f"[{re.escape(''.join(habits().name_separators))}]")
_DAMAGED = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)


def is_blank(text: str) -> bool:
    """Say whether a cell has nothing visible in it."""
    # Quick and usual: nothing at all, or a letter or digit in front.
    if not text or text[0].isalnum():
        return not text
    return not plain(_INVISIBLE.sub("", text))


def says_nothing(text: str) -> bool:
    """Say whether a cell is blank or holds one of the words for nothing, such as 无 or a stroke."""
    return is_blank(text) or plain(text) in habits().nothing


def text_from_cell(text: str, *, column: str) -> str:
    """Return free text exactly as typed.

    Raises:
        Invalid: a formula error or a character no record can hold.
    """
    if "#" in text and _BROKEN.fullmatch(text.strip()):
        raise errors.invalid(column, "cell_formula_error", value=text.strip())
    if holds_unprintable(text):
        raise errors.invalid(column, "cell_unprintable")
    return text


def identifier_from_cell(text: str, *, column: str) -> str:
    """Return a phone number, ID number or code: full-width forms and blanks gone, every digit kept.

    Raises:
        Invalid: cell_number_damaged if Excel has turned it into 8.1E+17 and the last digits are lost.
    """
    given = _filled(text, column)
    kept = "".join(narrow(given).split())
    if _DAMAGED.fullmatch(kept):
        raise errors.invalid(column, "cell_number_damaged")
    if _INVISIBLE.search(kept):
        raise errors.invalid(column, "cell_invisible")
    return kept


def date_from_cell(text: str, *, column: str, default_year: int | None = None) -> date:
    """Return the day of a cell such as 2023.1.11, 2023年1月11日, 20230111 or 44937; a time of day is dropped.

    `default_year` serves 1月11日; without it such a cell is refused.

    Raises:
        Invalid: codes cell_date_….
    """
    return day_and_time_from_cell(text, column=column, default_year=default_year)[0]


def day_and_time_from_cell(text: str, *, column: str, default_year: int | None = None) -> tuple[date, time | None]:
    """Return the day and, where one is written, the time of day of a cell, both in the office's zone.

    Raises:
        Invalid: codes cell_date_… and cell_time_unreadable.
    """
    read = _kept_day_and_time if len(text) <= _SHORT else _day_and_time
    return read(text, column, default_year)


def _day_and_time(text: str, column: str, default_year: int | None) -> tuple[date, time | None]:
    written = " ".join(narrow(_filled(text, column)).split())
    if _SERIAL.fullmatch(written):
        return _from_serial(Decimal(written), column)
    on = _day(written, column, default_year)
    if on is not None:
        return on, None
    parts = _DAY_AND_TIME.fullmatch(written)
    if parts:
        on = _day(parts[1], column, default_year)
        if on is not None:
            return on, _time(parts[2], column)
    raise _no_date(written, column)


# A ledger of a hundred thousand rows names some thousand days.
_kept_day_and_time = lru_cache(4096)(_day_and_time)


def time_from_cell(text: str, *, column: str) -> time:
    """Return the time of day of a cell such as 14：30, 14时30分, 9点 or 下午2:30.

    Raises:
        Invalid: cell_time_unreadable.
    """
    return _time(_filled(text, column), column)


def names_from_cell(text: str, *, column: str) -> list[str]:
    """Return the people named in a cell, in order, each once: 张 三、李四和王五 → 张三, 李四, 王五.

    Raises:
        Invalid: nobody is named, or a name has invisible characters in it.
    """
    given = _unwrapped(_filled(text, column))
    names = [
        name for piece in _BETWEEN_NAMES.split(given) for spaced in _by_blanks(piece) for name in _by_words(spaced)
    ]
    if not names:
        raise errors.invalid(column, "cell_empty")
    if any(_INVISIBLE.search(name) for name in names):
        raise errors.invalid(column, "cell_invisible")
    return list(dict.fromkeys(names))


def name_from_cell(text: str, *, column: str) -> str:
    """Return the one person named in a cell.

    Raises:
        Invalid: cell_one_name if several are named; as `names_from_cell`.
    """
    names = names_from_cell(text, column=column)
    if len(names) > 1:
        raise errors.invalid(column, "cell_one_name", count=len(names))
    return names[0]


def fen_from_cell(text: str, unit: str, *, column: str) -> int:
    """Return an amount in fen: 12.5 under 万元, 12.5万, 12,500.00, 三千五百元.

    `unit` is what the heading says (元, 万元 …); a unit in the cell itself comes before it.

    Raises:
        Invalid: codes cell_amount_…; nothing is rounded, an amount finer than a fen is refused.
    """
    amount = amount_told = _number_text(_filled(text, column))
    for frill in habits().amount_frills:
        amount = amount.removeprefix(frill).removesuffix(frill)
    in_words = _fen_in_words(amount)
    if in_words is not None and in_words <= LARGEST_FEN:
        return in_words
    money = habits().money
    own = next((word for word in _longest_first(tuple(money)) if amount.endswith(word)), None)
    factor = money[own or plain(unit)]
    if own is None and factor != min(money.values()) and _YUAN_SIGN in amount_told:
        # ¥3,500 in a column of 万元: the sign says yuan, the heading ten thousand times as much.
        raise errors.invalid(column, "cell_amount_two_units", value=_shown(text), unit=unit)
    number = _AMOUNT.fullmatch(amount.removesuffix(own or "").rstrip())
    if not number or not _GROUPED.fullmatch(number[2]):
        raise errors.invalid(column, "cell_amount_unreadable", value=_shown(text))
    if number[1]:
        raise errors.invalid(column, "cell_amount_negative", value=_shown(text))
    whole, fraction = number[2].replace(",", ""), (number[3] or "").rstrip("0")
    if len(whole) > _DIGITS:
        raise errors.invalid(column, "cell_amount_too_large", value=_shown(text))
    fen, finer = divmod(int(whole + fraction[:_DIGITS]) * factor, int("1" + "0" * len(fraction[:_DIGITS])))
    if finer or len(fraction) > _DIGITS:
        raise errors.invalid(column, "cell_amount_too_fine", value=_shown(text))
    if fen > LARGEST_FEN:
        raise errors.invalid(column, "cell_amount_too_large", value=_shown(text))
    return fen


def amounts_from_cell(text: str, unit: str, *, column: str) -> list[int | None]:
    """Return the amounts of a cell that holds several, as 60/60/45/-; one that is not told is None.

    Raises:
        Invalid: as `fen_from_cell`.
    """
    parts = narrow(_filled(text, column)).split("/")
    return [None if says_nothing(part) else fen_from_cell(part, unit, column=column) for part in parts]


def integer_from_cell(text: str, *, column: str, smallest: int = 0, largest: int = 10**9) -> int:
    """Return a count such as 4, ４, 1,500 or 4人.

    Raises:
        Invalid: cell_integer_unreadable, cell_number_out_of_range.
    """
    number = decimal_from_cell(text, column=column, smallest=smallest, largest=largest)
    if number != number.to_integral_value():
        raise errors.invalid(column, "cell_integer_unreadable", value=_shown(text))
    return int(number)


def decimal_from_cell(text: str, *, column: str, smallest: int = 0, largest: int = 10**9) -> Decimal:
    """Return a number such as a score, 95.5.

    Raises:
        Invalid: cell_number_unreadable, cell_number_out_of_range.
    """
    written = _number_text(_filled(text, column))
    for counter in habits().counters:
        written = written.removesuffix(counter)
    if (in_words := numerals.from_words(written)) is not None:
        written = str(in_words)
    found = _AMOUNT.fullmatch(written)
    if not found or not _GROUPED.fullmatch(found[2]) or max(len(found[2]), len(found[3] or "")) > _DIGITS:
        raise errors.invalid(column, "cell_number_unreadable", value=_shown(text))
    number = Decimal(written.replace(",", ""))
    if not smallest <= number <= largest:
        raise errors.invalid(column, "cell_number_out_of_range", value=_shown(text), smallest=smallest, largest=largest)
    return number


def yes_or_no_from_cell(text: str, *, column: str) -> bool:
    """Return what 是, 否, √, × and the like say.

    Raises:
        Invalid: cell_yes_or_no.
    """
    answer = plain(_filled(text, column))
    if answer in habits().yes:
        return True
    if answer in habits().no:
        return False
    raise errors.invalid(column, "cell_yes_or_no", value=_shown(text))


def _fen_in_words(amount: str) -> int | None:
    """Return an amount that is written out; one without its unit might be of any."""
    yuan = min((word for word in habits().money), key=lambda word: habits().money[word])
    if not amount.endswith((yuan, *habits().numerals.myriads)):
        return None
    whole = numerals.from_words(amount.removesuffix(yuan))
    return None if whole is None else whole * habits().money[yuan]


def _number_text(text: str) -> str:
    return "".join(narrow(text).split()).casefold()


@cache
def _longest_first(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(words, key=len, reverse=True))


def _filled(text: str, column: str) -> str:
    text = text_from_cell(text, column=column).strip()
    if is_blank(text):
        raise errors.invalid(column, "cell_empty")
    return text


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _day(written: str, column: str, default_year: int | None) -> date | None:
    bare = _WEEKDAY_BEHIND.sub("", written).strip()
    found = next((match for pattern in _DAYS if (match := pattern.fullmatch(bare))), None)
    if found:
        return _calendar_day(int(found[1]), int(found[2]), int(found[3]), column)
    in_words = _DAY_IN_WORDS.fullmatch(bare)
    if in_words:
        year = int("".join(str(habits().numerals.digits[each]) for each in in_words[1]))
        month, day = (numerals.from_words(part) or 0 for part in in_words.group(2, 3))
        return _calendar_day(year, month, day, column)
    without_year = _DAY_WITHOUT_YEAR.fullmatch(bare)
    if without_year is None:
        return None
    if default_year is None:
        raise errors.invalid(column, "cell_date_without_year", value=_shown(written))
    return _calendar_day(default_year, int(without_year[1]), int(without_year[2]), column)


def _calendar_day(year: int, month: int, day: int, column: str) -> date:
    if year not in _YEARS:
        raise errors.invalid(column, "cell_date_out_of_range", year=year)
    try:
        return date(year, month, day)
    except ValueError as impossible:
        raise errors.invalid(column, "cell_date_impossible", value=f"{year}-{month}-{day}") from impossible


def _from_serial(serial: Decimal, column: str) -> tuple[date, time | None]:
    on = _SERIAL_ZERO + timedelta(days=int(serial))
    if on.year not in _YEARS:
        raise errors.invalid(column, "cell_date_out_of_range", year=on.year)
    seconds = int((serial % 1 * 86_400).to_integral_value())
    if not seconds:
        return on, None
    seconds = min(seconds, 86_399)
    return on, time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _time(written: str, column: str) -> time:
    bare = _number_text(written)
    later = bare.startswith(habits().after_noon) or bare.endswith(habits().after_noon)
    for word in habits().before_noon + habits().after_noon:
        bare = bare.removeprefix(word).removesuffix(word)
    found = _CLOCK.fullmatch(bare)
    if found:
        hour, minute, second = (int(part or 0) for part in found.groups())
        hour += 12 if later and hour < 12 else 0
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second)
    raise errors.invalid(column, "cell_time_unreadable", value=_shown(written))


def _no_date(written: str, column: str) -> errors.Invalid:
    if _MONTH_ONLY.fullmatch(written):
        return errors.invalid(column, "cell_date_without_day", value=_shown(written))
    if _SHORT_YEAR.fullmatch(written):
        return errors.invalid(column, "cell_date_short_year", value=_shown(written))
    return errors.invalid(column, "cell_date_unreadable", value=_shown(written))


def _unwrapped(given: str) -> str:
    """Return a cell as one line where a narrow column broke a name: no half of two has but one character."""
    lines = given.split("\n")
    return "".join(lines) if len(lines) == 2 and any(len(line.strip()) == 1 for line in lines) else given


def _by_blanks(piece: str) -> list[str]:
    """Split at blanks between whole names; a blank inside a padded name (张 三) only goes away."""
    words = piece.split()
    if len(words) > 1 and all(_is_chinese(word) for word in words):
        is_one = len(words) == 2 and words[0] in habits().double_surnames
        return words if all(len(word) > 1 for word in words) and not is_one else ["".join(words)]
    return [" ".join(words)] if words else []


def _by_words(name: str) -> list[str]:
    """Split at 和 where a name of two to four characters stands on both sides; four characters are one name."""
    if len(name) <= 4 or not _is_chinese(name):
        return [name]
    for at, character in enumerate(name):
        head, tail = name[:at], name[at + 1 :]
        if character in habits().name_words and 2 <= len(head) <= 4 and len(tail) >= 2:
            rest = _by_words(tail)
            if all(2 <= len(part) <= 4 for part in rest):
                return [head, *rest]
    return [name]


def _is_chinese(text: str) -> bool:
    return all(unicodedata.name(character, "").startswith("CJK") for character in text)


def word_code(text: str | None, table: Mapping[str, Sequence[str]], key: str) -> str | None:
    """Return the code of a word of a ledger.

    Raises:
        Invalid: import_unknown_word with the words that are known.
    """
    if text is None:
        return None
    for code, words in table.items():
        # As nearly every cell has it; else blanks, width and case are evened out.
        if text in words:
            return code
    for code, words in table.items():
        if plain(text) in {plain(word) for word in (code, *words)}:
            return code
    raise errors.invalid(key, "import_unknown_word", word=text, known=" ".join(words[0] for words in table.values()))
