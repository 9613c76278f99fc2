"""A message pasted from a chat group becomes a prefilled report: telephone, name, place, first sentence as title.

Nothing is saved here; a person reads what was filled in and mends it. Words people use are data (chat.toml).
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from casework.cases.intake import DESCRIPTION_LENGTH, TITLE_LENGTH
from casework.core import personal, texts
from casework.core.errors import Invalid

CHANNEL = "chat"
TITLE_AIM = 30
_SHORTEST_TITLE = 4
_LONGEST_HEAD = 16
_MENTION = re.compile(r"@[^\s@\u2005]{1,20}[\s\u2005]*")
_PHONE = re.compile(r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
_DIALS = r"\+?(?:86)?[ -]?1[3-9][0-9]"
_LANDLINE = re.compile(r"(?<![0-9])0[0-9]{2,3}[ -]?[0-9]{7,8}(?![0-9])")
# The head that chat programs put before a copied message: a name and a time in a line of their own.
_HEAD = re.compile(r"^(?P<who>[^\n:\uff1a]{1,20}?)[ :\uff1a]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\s*$")
_BREAK = re.compile(r"[\u3002\uff01\uff1f!?\uff1b;\n]")
_COMMA = re.compile(r"[\uff0c,]")
_HAN = r"\u4e00-\u9fff"
# Stands for a place that was read already: no letter of a name, and no end of a sentence.
_GAP = "|"
_EDGES = " \t\r\n,.:;!\u3001\u3002\uff0c\uff1a\uff1b\uff01~"


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a message may name: its code, its name, and its town's."""

    code: str
    name: str
    town: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a message gives; empty where it says nothing."""

    title: str
    description: str
    region_code: str = ""
    place: str = ""
    name: str = ""
    phone: str = ""


def read(text: object, *, places: Sequence[Place]) -> Report:
    """Read a pasted message.

    Raises:
        Invalid: there is no text, or too much.
    """
    told = texts.clean_text(text, field="text", max_length=DESCRIPTION_LENGTH).replace("\r\n", "\n")
    lines = [line for line in told.split("\n") if line.strip() and not _HEAD.match(line.strip())]
    body = _MENTION.sub("", "\n".join(lines)).strip() or told.strip()
    phone = _phone(body)
    place = _place(body, places)
    name = _name(body, place)
    return Report(
        title=_title(body, phone, name),
        # The number goes into its own field, where it is sealed, and not into the words.
        description=_without(body, phone),
        region_code=place.code if place is not None else "",
        place=f"{place.town} {place.name}".strip() if place is not None else "",
        name=name,
        phone=_canonical(phone),
    )


def _phone(text: str) -> str:
    found = _PHONE.search(texts.ascii_code(text)) or _LANDLINE.search(texts.ascii_code(text))
    return "" if found is None else text[found.start() : found.end()]


def _canonical(typed: str) -> str:
    try:
        return personal.parse_phone(typed, field="phone") or ""
    except Invalid:
        return ""


def _without(text: str, phone: str) -> str:
    if not phone:
        return text
    before, _, after = text.partition(phone)
    labels = [word for word in _words()["phone_before"] if before.rstrip(_EDGES).endswith(word)]
    label = max(labels, key=len, default="")
    return f"{before.rstrip(_EDGES).removesuffix(label).rstrip(_EDGES)}{after}".strip(_EDGES)


def _place(text: str, places: Sequence[Place]) -> Place | None:
    named = [place for place in places if len(place.name) > 1 and place.name in text]
    if not named:
        return None
    # A village whose town is named too; else the longest name, the village before the town.
    named.sort(key=lambda place: (place.town != "" and place.town in text, len(place.code), len(place.name)))
    best = named[-1]
    alike = [place for place in named if place.name == best.name]
    if len(alike) > 1 and not (best.town and best.town in text):
        # Several villages bear the name, and the town is not said: nobody is sent to the wrong one.
        return None
    return best


def _name(text: str, place: Place | None) -> str:
    words = _words()
    titles = "|".join(map(re.escape, words["titles"]))
    plain = text.replace(place.name, _GAP) if place is not None else text
    if place is not None and place.town:
        plain = plain.replace(place.town, _GAP)
    after = "|".join(map(re.escape, words["name_after"]))
    before = "|".join(map(re.escape, words["name_before"]))
    own = "|".join(map(re.escape, words["own_name"]))
    label = "|".join(map(re.escape, words["phone_before"]))
    for pattern in (
        rf"(?:{own})(?:[^\uff0c\u3002,\n]{{0,12}}\u7684)?([{_HAN}]{{2,3}})(?=[\uff0c\u3002,\s]|$)",
        rf"(?:{after})[\uff1a: ]*([{_HAN}]{{1,4}}?(?:{titles})|[{_HAN}]{{2,3}})(?![{_HAN}])",
        rf"(?:^|[^{_HAN}])([{_HAN}](?:{titles}))(?=[{_HAN}]|$)",
        rf"(?:^|[^{_HAN}])([{_HAN}]{{2,3}})(?:{before})",
        # A word of two or three characters right before a number is whose number it is.
        rf"(?:^|[^{_HAN}])(?!(?:{label})(?![{_HAN}]))([{_HAN}]{{2,3}})[\uff0c, :\uff1a(\uff08]{{0,2}}(?={_DIALS})",
    ):
        found = re.search(pattern, plain, re.MULTILINE)
        if found:
            return found[1]
    return ""


def _title(text: str, phone: str, name: str) -> str:
    for sentence in _BREAK.split(text):
        plain = _unnamed(_without(sentence, phone).strip(_EDGES), name)
        for greeting in _words()["greetings"]:
            plain = plain.removeprefix(greeting).strip(_EDGES)
        first, _, rest = plain.partition("\uff0c")
        if rest and first.startswith(tuple(_words()["own_name"])):
            # Who speaks is no reason either.
            plain = rest.strip(_EDGES)
        if len(plain) < _SHORTEST_TITLE:
            continue
        if len(plain) > TITLE_AIM:
            # As many of its parts as fit; a first part that is too long by itself is cut.
            kept = ""
            for part in _COMMA.split(plain):
                longer = f"{kept}\uff0c{part}" if kept else part
                if len(longer) > TITLE_AIM:
                    break
                kept = longer
            plain = kept or plain[:TITLE_AIM]
        return plain[:TITLE_LENGTH]
    return _without(text, phone).strip(_EDGES)[:TITLE_AIM]


def _unnamed(sentence: str, name: str) -> str:
    """Leave out who speaks and where at the head of a sentence: lists print titles, and have the place beside them."""
    for label in _words()["name_after"]:
        sentence = (
            re.sub(rf"{re.escape(label)}[\uff1a: ]*{re.escape(name)}$", "", sentence).strip(_EDGES)
            if name
            else sentence
        )
    before, found, after = sentence.partition(name) if name else ("", "", "")
    for word in _words()["name_before"]:
        after = after.removeprefix(word)
    after = after.strip(_EDGES)
    return after if found and len(before) <= _LONGEST_HEAD and len(after) >= _SHORTEST_TITLE else sentence


@cache
def _words() -> Mapping[str, Sequence[str]]:
    words: Mapping[str, Sequence[str]] = tomllib.loads(Path(__file__).with_name("chat.toml").read_text("utf-8"))
    return words
