"""Reading what another system sends by Open311: its parameters become the fields of a report (open311.md §2.2).

Text is taken as it is, but for characters that no XML could give back; a mistake is told under the name of the
parameter it was made in.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casework.cases.intake import TITLE_LENGTH
from casework.cases.reporters import NAME_LENGTH
from casework.core import personal, texts
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, invalid
from casework.core.i18n import say
from casework.open311 import services
from casework.open311.receiving import Sent
from workflows.cases import questions

DESCRIPTION_LENGTH = 4_000
# FixMyStreet fills it in by itself wherever a definition has it: by it a second sending is known.
EXTERNAL_ID = "fixmystreet_id"
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\](?:\[\])?")
_URL = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.ASCII | re.IGNORECASE)
_CHINESE = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U000323af\u00b7]+")
_BREAK = re.compile(r"[\r\n\u2028\u2029]+")
_HIDDEN = re.compile(r"[\t\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
_DEGREES = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?")
_FLAGS: Mapping[str, bool] = {"true": True, "false": False}
_MOST_URLS = 5
_LONG, _SHORT = 2_000, 200


@dataclass(frozen=True, slots=True)
class Where:
    """Where it is, in the words of the sender."""

    address_id: str
    address: str
    point: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Received:
    """A request, read; without its place, which others find."""

    service: str
    title: str
    description: str
    where: Where
    reporter: Mapping[str, str]
    answers: Mapping[str, Any]
    urls: Sequence[str]
    account_id: str | None


def external_id(sent: Sent) -> str | None:
    """Return the number that the sender itself gave a request, if it gave one."""
    given = [
        value.strip() for name, values in sent.items() if _attribute(name) == EXTERNAL_ID for value in values if value
    ]
    return given[0][:_SHORT] or None if given else None


def read(session: Session, sent: Sent) -> Received:
    """Read a request.

    Raises:
        NotFound: there is no such service.
        Invalid: every mistake.
    """
    code = one(sent, "service_code", _SHORT, required=True)
    category = services.take(session, code)
    if not category.active:
        raise invalid("service_code", "service_retired", value=code)
    name = services.names(session)[code]
    errors: list[FieldError] = []
    readers: Mapping[str, Callable[[], Any]] = {
        "description": lambda: text(sent, "description", DESCRIPTION_LENGTH),
        "where": lambda: _where(sent),
        "reporter": lambda: _reporter(sent),
        "answers": lambda: _answers(code, sent),
        "urls": lambda: _urls(sent),
        "account_id": lambda: one(sent, "account_id", _SHORT) or None,
        "email": lambda: one(sent, "email", _SHORT),
    }
    values: dict[str, Any] = {}
    for key, reader in readers.items():
        try:
            values[key] = reader()
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    del values["email"]
    description = values.pop("description") or name
    return Received(code, _title(description), description, **values)


def one(sent: Sent, name: str, longest: int, *, required: bool = False) -> str:
    """Read a parameter of one line; the first value counts, and an empty one is none."""
    value = cleaned(next(iter(sent.get(name, ())), ""))
    return texts.clean_text(
        _HIDDEN.sub("", _BREAK.sub(" ", value)), field=name, max_length=longest, required=required, multiline=False
    ).strip()


def text(sent: Sent, name: str, longest: int, *, required: bool = False) -> str:
    """Read a parameter of several lines."""
    value = cleaned(next(iter(sent.get(name, ())), ""))
    return texts.clean_text(value, field=name, max_length=longest, required=required)


def cleaned(value: str) -> str:
    """Return a text without the characters that nothing of ours keeps; XML could not give them back."""
    return texts.without_bad(value)


def _title(description: str) -> str:
    # FixMyStreet sends the title as the first line.
    first = next((line.strip() for line in _BREAK.split(description) if not texts.is_blank(line)), "")
    return first if len(first) <= TITLE_LENGTH else f"{first[: TITLE_LENGTH - 1]}…"


def _where(sent: Sent) -> Where:
    address_id, address = one(sent, "address_id", 64), one(sent, "address_string", _LONG)
    given = [one(sent, name, 40) for name in ("lat", "long")]
    if any(given) and not all(given):
        raise invalid("lat" if not given[0] else "long", "required")
    for name, value, most in zip(("lat", "long"), given, (90, 180), strict=True):
        if value and not (_DEGREES.fullmatch(value) and abs(float(value)) <= most):
            raise invalid(name, "not_degrees", most=most)
    if not (address_id or address or all(given)):
        raise invalid("address_string", "no_location")
    return Where(address_id, address, (given[0], given[1]) if all(given) else None)


def _reporter(sent: Sent) -> Mapping[str, str]:
    first, last = one(sent, "first_name", 100), one(sent, "last_name", 100)
    phone = _phone(sent)
    return {"name": full_name(first, last) or say("open311.nameless"), **({} if phone is None else {"phone": phone})}


def full_name(first: str, last: str) -> str:
    """Put a name together as its bearer would write it.

    Raises:
        Invalid: it is longer than a name may be.
    """
    last = "" if last == "-" else last
    if not first or not last:
        name = first or last
    elif _CHINESE.fullmatch(first) and _CHINESE.fullmatch(last):
        name = last + first
    else:
        name = f"{first} {last}"
    if len(name) > NAME_LENGTH:
        raise invalid("first_name", "too_long", max=NAME_LENGTH, length=len(name))
    return name


def _phone(sent: Sent) -> str | None:
    return personal.parse_phone(one(sent, "phone", 60), field="phone")


def _urls(sent: Sent) -> Sequence[str]:
    given = [value.strip() for name in ("media_url", "media_url[]") for value in sent.get(name, ()) if value.strip()]
    if len(given) > _MOST_URLS:
        raise invalid("media_url", "not_a_list", most=_MOST_URLS)
    for each in given:
        if len(each) > _LONG or not _URL.fullmatch(each):
            raise invalid("media_url", "not_a_web_address")
    return given


def _answers(service: str, sent: Sent) -> Mapping[str, Any]:
    asked = {question.name: question for question in questions.sheet_of(service).questions}
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, values in sent.items():
        code = _attribute(name)
        given = [value for each in values if (value := cleaned(each).strip())]
        if code is None or code == EXTERNAL_ID or not given:
            continue
        if code not in asked:
            errors.append(FieldError(f"attribute[{code}]", "unknown_field"))
        elif len(given) > 1:
            errors.append(FieldError(f"attribute[{code}]", "once_only"))
        else:
            found[code] = _typed(asked[code].type, given[0])
    if errors:
        raise Invalid(errors)
    try:
        return questions.check_answers(service, found)
    except Invalid as mistake:
        raise Invalid([FieldError(_parameter(each.field), each.code, each.params) for each in mistake.errors]) from None


def _typed(kind: str, value: str) -> Any:
    if kind == "flag":
        return _FLAGS.get(value.lower(), value)
    # A day may come as an instant; which day it is says its beginning.
    return value[:10] if kind == "date" and value[10:11] in ("T", " ") else value


def _parameter(field: str) -> str:
    return f"attribute[{field.removeprefix('answers.')}]"


def _attribute(name: str) -> str | None:
    found = _ATTRIBUTE.fullmatch(name)
    return found[1] if found else None
