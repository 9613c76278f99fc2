"""Places and units by the names that people write into ledgers, such as 竹园镇方石村三组 or 水利局."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, invalid
from casework.exchange import numerals
from casework.exchange.habits import habits, plain
from casework.registry import loading
from casework.registry.tables import Org, Region

_FILE = Path(__file__).with_name("names.toml")
_TOWN, _VILLAGE = 9, 12
_SHORTEST = 2
# Of a name that is no unit: so much of it is looked at, and so like it has to be (县水务局 is 0.75 of 县水利局).
_LONGEST, _ALIKE = 40, 0.7


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


_SEPARATOR = re.compile(f"[{re.escape(''.join(habits().name_separators))}]")
_GROUP = re.compile(_words()["group"])


def short_village(name: str) -> str:
    """Return the name of a village as people say it: 方石村村民委员会 → 方石村."""
    for ending in _words()["village_endings"]:
        stem = name.removesuffix(ending)
        if stem != name and len(stem) >= _SHORTEST:
            return stem
    return name


def short_town(name: str) -> str:
    """Return the name of a township without what kind it is: 竹园镇 → 竹园."""
    for ending in _words()["town_endings"]:
        stem = name.removesuffix(ending)
        if stem != name and len(stem) >= _SHORTEST:
            return stem
    return name


def group_of(place: str) -> str:
    """Return the group that a place ends with, its number in digits: 东桥村第三组 → 3组; empty when it names none."""
    found = _GROUP.search(plain(place))
    if found is None:
        return ""
    number, kind = found[1], found[2]
    told = int(number) if number.isdecimal() else numerals.from_words(number)
    return f"{number if told is None else told}{kind}"


def is_in_group(place: str, group: str) -> bool:
    """Say whether a place as people write it ends with a group, however either is written: 三组, 第三组 or 3组."""
    said, own = group_of(place), group_of(group)
    return said == own if said and own else bool(group) and plain(place).endswith(plain(group))


def are_one_group(one: str, other: str) -> bool:
    """Say whether two ways of writing mean the same group and say nothing besides."""
    rest, own_rest = (_GROUP.sub("", plain(each)) for each in (one, other))
    return bool(group_of(one)) and group_of(one) == group_of(other) and rest == own_rest


class Names:
    """The places of a county and all units, looked up by name; asks the database once."""

    def __init__(self, session: Session, *, county: str) -> None:
        self._county = county
        within = [row for row in loading.all_places(session) if row.code.startswith(county)]
        self._names = {row.code: row.name for row in within}
        self._towns = [(row.code, _town_names(row)) for row in within if len(row.code) == _TOWN]
        self._villages = [
            (row.code, {plain(row.name), plain(short_village(row.name))}) for row in within if len(row.code) == _VILLAGE
        ]
        self._stems = [(row.code, _stem(row.name)) for row in within if len(row.code) == _VILLAGE]
        # The same few hundred places are named in every row.
        self._found: dict[str, str] = {}
        self._slips: dict[str, str] = {}
        self._units: dict[str, Org] = {}
        for unit in loading.all_units(session):
            for name in self._unit_names(unit):
                self._units.setdefault(name, unit)

    def place(self, text: str, *, field: str) -> str:
        """Return the code of the place a text names.

        Raises:
            Invalid: import_unknown_place, or import_place_ambiguous when villages of several towns have the name.
        """
        said = plain(text)
        if said not in self._found:
            self._found[said] = self._place(said, field=field)
        return self._found[said]

    def _place(self, said: str, *, field: str) -> str:
        towns = {code for code, names in self._towns if any(name in said for name in names)}
        villages = _longest(said, self._villages) or self._by_stem(said, towns)
        if towns:
            within = [code for code in villages if code[:_TOWN] in towns]
            if villages and not within:
                raise invalid(field, "import_unknown_place")
            villages = within
        if len(villages) > 1:
            raise invalid(field, "import_place_ambiguous", places=" ".join(self.told(code) for code in villages))
        found = villages or sorted(towns)
        if len(found) == 1:
            return found[0]
        if not found and plain(self._names.get(self._county, "")) in said:
            return self._county
        raise invalid(field, "import_unknown_place")

    def _by_stem(self, said: str, towns: Collection[str]) -> list[str]:
        """Return the villages that are named without what they are, as in 青溪镇东桥三组 for 东桥村.

        Such a stem is short: it has to be all that stands there beside its town and a group.
        """
        beginnings = {"", *(name for code, names in self._towns if code in towns for name in names)}
        rest = _GROUP.sub("", said.removeprefix(plain(self._names.get(self._county, ""))))
        stems = {rest.removeprefix(beginning) for beginning in beginnings}
        within = [each for each in self._stems if not towns or each[0][:_TOWN] in towns]
        return [code for code, stem in within if stem in stems]

    def told(self, code: str) -> str:
        """Return a place as ledgers write it: town and village in one word."""
        if len(code) < _TOWN:
            return self._names.get(code, code)
        parts = [self._names.get(code[:length], "") for length in (_TOWN, _VILLAGE) if len(code) >= length]
        return "".join(short_village(part) for part in parts)

    def parts(self, code: str) -> tuple[str, str]:
        """Return town and village of a place as ledgers with two columns write them; empty above it."""
        town = self._names.get(code[:_TOWN], "") if len(code) >= _TOWN else ""
        village = short_village(self._names.get(code, "")) if len(code) >= _VILLAGE else ""
        return town, village

    def names_a_place(self, text: str) -> bool:
        """Say whether a text names a place by itself, be it one of several of its name."""
        try:
            self.place(text, field="")
        except Invalid as unclear:
            return unclear.errors[0].code == "import_place_ambiguous"
        return True

    def unit_told(self, unit_id: UUID | None) -> str:
        """Return the name of a unit by its id; empty when there is none in force."""
        return next((unit.name for unit in self._units.values() if unit.id == unit_id), "")

    def says(self, text: str, code: str) -> bool:
        """Say whether a text names this very place."""
        try:
            return self.place(text, field="") == code
        except Invalid:
            return False

    def unit(self, name: str, *, field: str) -> Org:
        """Return the unit of a name or code.

        Raises:
            Invalid: import_unknown_org, import_unknown_org_near.
        """
        found = self._units.get(plain(name))
        if found is None:
            near = self._near(plain(name))
            if near:
                raise invalid(field, "import_unknown_org_near", name=name, near=near)
            raise invalid(field, "import_unknown_org", name=name)
        return found

    def _near(self, said: str) -> str:
        """Return the units whose names are most like what is said, at most two; the same slip comes in many rows."""
        if said not in self._slips:
            alike = get_close_matches(said[:_LONGEST], self._units, n=4, cutoff=_ALIKE)
            units = list(dict.fromkeys(self._units[each].name for each in alike))[:2]
            self._slips[said] = habits().list_separator.join(units)
        return self._slips[said]

    def units(self, said: str, *, field: str) -> list[Org]:
        """Return the units that one cell names, the leading one first; a name may have a separator in it itself.

        Raises:
            Invalid: import_unknown_org for each that is none.
        """
        if self.knows_unit(said):
            return [self.unit(said, field=field)]
        found: list[Org] = []
        mistakes: list[FieldError] = []
        for name in _SEPARATOR.split(said):
            try:
                found += [self.unit(name, field=field)] if name.strip() else []
            except Invalid as mistake:
                mistakes += mistake.errors
        if mistakes or not found:
            raise Invalid(mistakes) if mistakes else invalid(field, "import_unknown_org", name=said)
        return list({unit.id: unit for unit in found}.values())

    def unit_if_any(self, name: str) -> Org | None:
        """Return the unit of a name or code; None when there is none."""
        return self._units.get(plain(name))

    def knows_unit(self, name: str) -> bool:
        """Say whether there is a unit of this name."""
        return plain(name) in self._units

    def _unit_names(self, unit: Org) -> list[str]:
        county = plain(self._names.get(self._county, ""))
        names = [plain(unit.name), plain(unit.code)]
        bare = names[0].removeprefix(county) if county else names[0]
        names.append(bare)
        for beginning in _words()["unit_beginnings"]:
            names += [bare.removeprefix(beginning), beginning + bare, county + bare.removeprefix(beginning)]
        return [name for name in names if len(name) >= _SHORTEST]


class NamesOnce:
    """The names of a county, asked for with the first chunk of an import and kept for those that follow."""

    def __init__(self, county: str) -> None:
        self._county = county
        self._names: Names | None = None

    def of(self, session: Session) -> Names:
        """Return the names."""
        if self._names is None:
            self._names = Names(session, county=self._county)
        return self._names


def _town_names(row: Region) -> set[str]:
    return {plain(row.name), plain(short_town(row.name))}


def _stem(name: str) -> str:
    """Return the name of a village without what it is: 东桥村 → 东桥; the whole when nothing can be left off."""
    short = short_village(name)
    for ending in _words()["village_kinds"]:
        stem = short.removesuffix(ending)
        if stem != short and len(stem) >= _SHORTEST:
            return plain(stem)
    return plain(short)


def _longest(said: str, villages: Sequence[tuple[str, set[str]]]) -> list[str]:
    """Return the villages whose name stands in the text, the longest names only."""
    hits = [(max(len(name) for name in names if name in said), code) for code, names in villages if _in(said, names)]
    most = max((length for length, _ in hits), default=0)
    return [code for length, code in hits if length == most]


def _in(said: str, names: set[str]) -> bool:
    return any(name in said for name in names)
