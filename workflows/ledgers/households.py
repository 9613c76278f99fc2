"""Files of households (农户名册), and the households that other ledgers name.

A household is known by its head's identity number; where none is told, by the head's name in the village.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid, invalid
from casework.core.office import Office
from casework.exchange.column_sets import ColumnSet, column_set
from casework.exchange.habits import plain
from casework.households import actions, handbook
from casework.households.actions import CATEGORY, WATCH, NewHousehold
from casework.households.known import Learned
from casework.households.tables import Household
from casework.registry.loading import Outcome
from workflows.ledgers.desk import Desk, Line
from workflows.ledgers.names import Names, NamesOnce, are_one_group

_VILLAGE = 12
# What the registry calls a field, and the column it stands in.
_COLUMNS = {
    "head_name": "head",
    "head_id_number": "id_number",
    "phone": "phone",
    "group_no": "group",
    "people": "people",
    "remark": "remark",
    **{name: name for name in handbook.FIELDS},
}


class Register:
    """Finds, enters and mends the households that rows tell of."""

    def __init__(self, office: Office, actor: Actor, at: datetime, columns: ColumnSet) -> None:
        self._county = office.settings.region
        self._columns = columns
        self._actor, self._at = actor, at
        # Where a row tells of a member too, the telephone beside the household has a column of its own.
        has_two = any(column.key == "head_phone" for column in columns.columns)
        self._keys = {**_COLUMNS, "phone": "head_phone" if has_two else "phone"}
        self.today = at.astimezone(office.settings.zone).date()
        self._codes = {
            kind: {plain(name): str(code) for code, names in columns.data[kind].items() for name in names}
            for kind in ("categories", "watches", "grades")
            if kind in columns.data
        }

    def learn(self, session: Session, told: Iterable[NewHousehold]) -> Learned:
        """Look up the households that the rows of a chunk may mean."""
        meant = [(each.head_id_number, each.head_name) for each in told]
        self._known = Learned(session, meant, within=self._county)
        return self._known

    def keep(self, session: Session, told: NewHousehold) -> tuple[Household, Outcome]:
        """Enter the household of a row, or mend it.

        Raises:
            Invalid: every mistake, by the keys of the columns.
        """
        found = self._which(told)
        if found is None:
            entered = actions.enter(session, told, actor=self._actor, at=self._at, known=self._known)
            self._known.note(entered)
            return entered, "created"
        if are_one_group(told.group_no, found.group_no):
            # Two files that write 三组 and 3组 change nothing to and fro.
            told = replace(told, group_no=found.group_no)
        mended = actions.mend(session, found, told, actor=self._actor, at=self._at)
        if mended is found:
            return found, "unchanged"
        self._known.note(mended)
        return mended, "updated"

    def code(self, kind: str, words: str, *, key: str) -> str:
        """Return the code of a 户类型 or a 监测类型 as people write it.

        Raises:
            Invalid: import_unknown_word.
        """
        found = self._codes[kind].get(plain(words))
        if found is None:
            known = "\u3001".join(names[0] for names in self._columns.data[kind].values())
            raise invalid(key, "import_unknown_word", word=words, known=known)
        return found

    def meant(self, told: NewHousehold) -> Sequence[Household]:
        """Return the households here that a row may be about."""
        number = told.head_id_number
        found = None if number is None else self._known.by_id_number(number)
        return [found] if found is not None else self._known.by_head(told.head_name, within=told.region_code)

    def count_as(self, session: Session, household: Household, *, part: str, code: str, since: date) -> bool:
        """Note what a household counts as; say whether that is new."""
        return actions.count_as(
            session,
            household.id,
            part=part,
            code=code,
            since=since,
            source=self._columns.data["words"]["source"],
            actor=self._actor,
            at=self._at,
            known=self._known,
        )

    def read(self, names: Names, values: Mapping[str, Any]) -> NewHousehold:
        """Check the household of a row.

        Raises:
            Invalid: every mistake, by the keys of the columns.
        """
        errors: list[FieldError] = []
        place, told = self._county, None
        said = "".join(str(values.get(key) or "") for key in ("town", "village"))
        try:
            place = names.place(said, field="village") if said else self._county
            if values.get("village") and len(place) < _VILLAGE:
                # The town is known and the village is not: a household lives in a village, so this is a slip.
                raise invalid("village", "import_unknown_place")
        except Invalid as mistake:
            errors += mistake.errors
        raw = {name: values.get(column) for name, column in self._keys.items()}
        raw |= {name: plain(str(raw[name])) for name in handbook.AREAS if raw[name]}
        try:
            if raw["housing_grade"]:
                raw["housing_grade"] = self.code("grades", raw["housing_grade"], key="housing_grade")
            told = actions.read_household(raw, region_code=place, today=self.today)
        except Invalid as mistake:
            errors += [FieldError(self._keys.get(e.field, e.field), e.code, e.params) for e in mistake.errors]
        if errors or told is None:
            raise Invalid(errors)
        return told

    def _which(self, told: NewHousehold) -> Household | None:
        """Return the household a row is about.

        Raises:
            Invalid: import_household_ambiguous, import_number_of_another.
        """
        if told.head_id_number is not None:
            found = self._known.by_id_number(told.head_id_number)
            if found is not None:
                if not self._known.is_headed(found, told.head_name):
                    # One of the two is a slip, and which one a file cannot tell: a name is mended by hand.
                    raise invalid("id_number", "import_number_of_another", name=found.head_name)
                return found
        same = [
            each
            for each in self._known.by_head(told.head_name, within=told.region_code)
            # Who has another identity number is another person of the same name.
            if told.head_id_number is None or each.head_id_index is None
        ]
        if len(same) > 1:
            # A row that says less of the place means the household of which no more is known.
            same = [each for each in same if each.region_code == told.region_code]
            if len(same) != 1:
                raise invalid("head", "import_household_ambiguous")
        return same[0] if same else None


class Households:
    """Rows of households."""

    key_field = "head"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("households")
        self._names = NamesOnce(office.settings.region)
        self._register = Register(office, actor, at, self.columns)

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Nothing has to be known beforehand."""

    def key(self, line: Line) -> str:
        """Return the head by identity number or place: one number with two heads is refused for the number."""
        values = line.values
        place = "".join(str(values.get(key) or "") for key in ("town", "village"))
        return f"{values['head']} {values.get('id_number') or place}"

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of households."""
        names, read = self._names.of(session), []
        for line in lines:
            try:
                read.append((line, self._register.read(names, line.values)))
            except CaseworkError as refusal:
                desk.refuse(line, refusal)
        self._register.learn(session, (told for _, told in read))
        with session.together(tracked=False):
            for line, told in read:
                try:
                    with session.savepoint():
                        outcome = self._keep(session, told, line.values)
                except CaseworkError as refusal:
                    desk.refuse(line, refusal)
                else:
                    desk.note(outcome)

    def _keep(self, session: Session, told: NewHousehold, values: Mapping[str, Any]) -> Outcome:
        register = self._register
        household, outcome = register.keep(session, told)
        changed = False
        if values.get("category"):
            code = register.code("categories", values["category"], key="category")
            changed = register.count_as(session, household, part=CATEGORY, code=code, since=register.today)
        if values.get("watch"):
            since = values.get("watch_since") or register.today
            code = register.code("watches", values["watch"], key="watch")
            changed = register.count_as(session, household, part=WATCH, code=code, since=since) or changed
        return "updated" if changed and outcome == "unchanged" else outcome
