"""Personal data: reading identity and phone numbers, masking them, finding them in free text. The one place for it.

Masked forms follow domain.md §4.4; how many digits lead is a parameter because guides differ. Not here: encryption
(casework.core.encryption) and who may see what.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date

from stdnum import luhn
from stdnum.cn import ric

from casework.core.errors import invalid
from casework.core.texts import ascii_code, clean_text

MASK = "*"
ID_LEAD, ID_TAIL = 6, 4
MOBILE_LEAD, MOBILE_TAIL = 3, 4
LANDLINE_TAIL = 3
_SHORT_NAME = 2
_LEAST_HIDDEN = 4
_LONGEST_CELL = 64

_ID_LENGTH = 18
_ID = re.compile(r"[0-9]{17}[0-9X]")
_OLD_ID = re.compile(r"[0-9]{15}")
_ID_BLANKS = re.compile(r"^'|[\s-]+")
_FIRST_BIRTH_YEAR = 1900
# A spreadsheet keeps 15 digits of a number: it shows 8.1E+17, and the last three of an identity number become 000.
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]*)?[eE]\+?[0-9]{1,3}")
_MORE_THAN_KEPT = 10**15
_LOST_DIGITS = "000"

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0(?:10|2[0-9])|0[3-9][0-9]{2})([0-9]{7,8})")
_LOCAL_NUMBER = re.compile(r"[0-9]{7,8}")
_COUNTRY_CODE = re.compile(r"^(?:(?:\+|00)86|86(?=1[0-9]{10}$))")
_PHONE_BLANKS = re.compile(r"[\s()\u2010-\u2015-]+")
_SEVERAL = re.compile(r"[0-9]{7}[\u3001,;/\s]+[+(]?[0-9]{3}")
_MAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{1,63}")
_LONGEST_MAIL = 254
_NO_PHONE = frozenset({"无", "没有", "/", "-", "\u2014"})

# In free text blanks or hyphens may stand between the groups, and a wrong check digit hides nothing less.
_MONTH_DAY = r"(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12][0-9]|3[01])"
_ID_IN_TEXT = rf"(?<![0-9])[0-9]{{6}}[ -]?(?:1[89]|20)[0-9]{{2}}[ -]?{_MONTH_DAY}[ -]?[0-9]{{3}}[0-9Xx](?![0-9])"
_OLD_ID_IN_TEXT = rf"(?<![0-9])[1-9][0-9]{{7}}{_MONTH_DAY}[0-9]{{3}}(?![0-9])"
_MOBILE_IN_TEXT = r"(?<![0-9])(?:(?:\+|00)?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])"
# Digests and UUIDs hold runs of digits by chance; they are not people's and stay whole.
_DIGEST_IN_TEXT = (
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{32,})(?![0-9A-Za-z])"
)
# What all that is masked holds at least: the digits of a mobile number, a blank or hyphen between two at most. Asked of
# a text as typed, full width and all: to map it first takes ten times as long.
_DIGITS = re.compile(r"[0-9\uff10-\uff19](?:[ \u3000\-\uff0d]?[0-9\uff10-\uff19]){10}")
_FIND_ID = re.compile(_ID_IN_TEXT)
_SCRUB = re.compile(
    rf"(?P<digest>{_DIGEST_IN_TEXT})|(?P<id>{_ID_IN_TEXT}|{_OLD_ID_IN_TEXT})|(?P<mobile>{_MOBILE_IN_TEXT})"
)
# Of a bank card four digits may be read (domain.md §4.4). Landlines stay: they are mostly an office's, and
# answers name them to be dialled.
_CARD = re.compile(r"(?<![0-9A-Za-z-])[3-69][0-9]{3}(?:[ -]?[0-9]{4}){3}(?:[ -]?[0-9]{1,3})?(?![0-9A-Za-z-])")
_CARD_TAIL = 4
_GROUP_BLANKS = re.compile(r"[ -]")


def parse_mail(value: object, *, field: str) -> str | None:
    """Read one mail address, full-width forms and blanks around it gone. None when there is none.

    Raises:
        Invalid: it is none, or several.
    """
    typed = clean_text(value, field=field, max_length=_LONGEST_MAIL, required=False, name=True)
    text = ascii_code(typed).strip()
    if not text:
        return None
    if not _MAIL.fullmatch(text):
        raise invalid(field, "mail_form")
    return text


def parse_id_number(value: object, *, field: str, today: date) -> str | None:
    """Read a resident identity number (GB 11643-1999): 18 characters, upper-case X. None when there is none.

    Any region code passes: places are abolished, and residence permits (81, 82, 83) have none (domain.md §4.4).
    A bare number from a spreadsheet cell is refused, its last digits are lost already.

    Raises:
        Invalid: `id_damaged`, `id_old`, `id_length`, `id_characters`, `id_date`, `id_date_range`, `id_future`,
            `id_checksum`, or what `clean_text` refuses.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise invalid(field, "id_damaged" if value >= _MORE_THAN_KEPT else "id_length", length=len(f"{value:.0f}"))
    text = clean_text(value, field=field, max_length=_LONGEST_CELL, required=False, name=True)
    number = _ID_BLANKS.sub("", ascii_code(text).strip()).upper()
    if not number:
        return None
    if _SCIENTIFIC.fullmatch(number):
        raise invalid(field, "id_damaged")
    if _OLD_ID.fullmatch(number):
        raise invalid(field, "id_old")
    if len(number) != _ID_LENGTH:
        raise invalid(field, "id_length", length=len(number))
    if not _ID.fullmatch(number):
        raise invalid(field, "id_characters")
    fault = _birth_fault(number, today=today)
    if fault:
        raise invalid(field, fault)
    if not _is_checked(number):
        raise invalid(field, "id_damaged" if number.endswith(_LOST_DIGITS) else "id_checksum")
    return number


def parse_phone(value: object, *, field: str) -> str | None:
    """Read a phone number: `13812345678` or `0839-7201234`. None when there is none (empty, 无, 没有, `/`, `-`).

    Blanks, hyphens, brackets and +86 are understood and left out (domain.md §4.4).

    Raises:
        Invalid: `phone_several`, `phone_area` (no area code), `phone_form`, or what `clean_text` refuses.
    """
    text = clean_text(value, field=field, max_length=_LONGEST_CELL, required=False, name=True)
    text = ascii_code(text).strip()
    if not text or text in _NO_PHONE:
        return None
    if phone := _phone(text):
        return phone
    if _SEVERAL.search(text):
        raise invalid(field, "phone_several")
    raise invalid(field, "phone_area" if _LOCAL_NUMBER.fullmatch(_PHONE_BLANKS.sub("", text)) else "phone_form")


def mask_name(name: str) -> str:
    """Mask a name: the first character stays, the last too when there are three or more: 张*, 张*三, 欧**明."""
    letters = "".join(name.split())
    if len(letters) <= _SHORT_NAME:
        return letters[: len(letters) // 2] + MASK * (1 if letters else 0)
    return _masked(letters, lead=1, tail=1, least=1)


def mask_id_number(number: str, *, lead: int = ID_LEAD, tail: int = ID_TAIL) -> str:
    """Mask an identity number: `510822********001X`. `lead=0, tail=0` hides all of it, as public output must."""
    return _masked("".join(number.split()), lead=min(lead, ID_LEAD), tail=min(tail, ID_TAIL), least=_LEAST_HIDDEN)


def mask_phone(phone: str, *, lead: int = MOBILE_LEAD) -> str:
    """Mask a phone number: `138****5678`, `0839-****567`; what is no phone number is hidden whole."""
    known = _phone(ascii_code(phone).strip())
    if known is None:
        return MASK * len(phone.strip())
    area, hyphen, local = known.rpartition("-")
    if hyphen:
        return f"{area}-{_masked(local, lead=0, tail=LANDLINE_TAIL, least=_LEAST_HIDDEN)}"
    return _masked(known, lead=min(lead, MOBILE_LEAD), tail=MOBILE_TAIL, least=_LEAST_HIDDEN)


def find_id_numbers(text: str) -> list[str]:
    """Find the valid identity numbers in `text`, in canonical form, in order (invariant I24 wants none)."""
    numbers = (_GROUP_BLANKS.sub("", found).upper() for found in _FIND_ID.findall(ascii_code(text)))
    return [number for number in numbers if _birth(number) and _is_checked(number)]


def scrub(text: str) -> str:
    """Mask what looks like an identity number (also of 15 digits), a mobile number or a bank card in a free text."""
    if not _DIGITS.search(text):
        return text
    return _covered(_covered(text, _CARD, _card_mask), _SCRUB, _person_mask)


def scrub_with(text: str, names: Iterable[str]) -> str:
    """Mask in a free text what `scrub` masks, and those names wherever they stand in it."""
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 1:
            text = text.replace(name, mask_name(name))
    return scrub(text)


def _covered(text: str, pattern: re.Pattern[str], mask: Callable[[re.Match[str]], str | None]) -> str:
    """Put its mask, if it has one, in the place of each that is found."""
    parts, end = [], 0
    for found in pattern.finditer(ascii_code(text)):
        told = mask(found)
        if told is not None:
            parts += [text[end : found.start()], told]
            end = found.end()
    return "".join([*parts, text[end:]])


def _card_mask(found: re.Match[str]) -> str | None:
    number = _GROUP_BLANKS.sub("", found.group())
    if _FIND_ID.fullmatch(number) or not luhn.is_valid(number):
        return None
    return _masked(number, lead=0, tail=_CARD_TAIL, least=_LEAST_HIDDEN)


def _person_mask(found: re.Match[str]) -> str | None:
    if found.lastgroup == "digest":
        return None
    mask = mask_id_number if found.lastgroup == "id" else mask_phone
    return mask(_GROUP_BLANKS.sub("", found.group()))


def _birth(number: str) -> date | None:
    try:
        return ric.get_birth_date(number)
    except ric.InvalidComponent:
        return None


def _birth_fault(number: str, *, today: date) -> str | None:
    birth = _birth(number)
    if birth is None:
        return "id_date"
    if birth.year < _FIRST_BIRTH_YEAR:
        return "id_date_range"
    return "id_future" if birth > today else None


def _is_checked(number: str) -> bool:
    # Only the check digit is the library's: it refuses region codes it does not know and takes foreign digits.
    return bool(ric.calc_check_digit(number) == number[-1])


def _phone(text: str) -> str | None:
    if _MOBILE.fullmatch(text):
        # As nearly all are written: nothing in it to leave out.
        return text
    digits = _COUNTRY_CODE.sub("", _PHONE_BLANKS.sub("", text))
    if _MOBILE.fullmatch(digits):
        return digits
    found = _LANDLINE.fullmatch(digits)
    return f"{found[1]}-{found[2]}" if found else None


def _masked(text: str, *, lead: int, tail: int, least: int) -> str:
    """Keep `lead` and `tail` characters when at least `least` are hidden between them; else hide all."""
    hidden = len(text) - lead - tail
    if hidden < least:
        return MASK * len(text)
    return text[:lead] + MASK * hidden + text[len(text) - tail :]
