"""Leave in a scheme: each kind counts as so much of an absence as the file says; what it does not name is none."""

from datetime import date

from casework.assessment.loader import load_text
from casework.assessment.reckoning import value_of
from casework.assessment.sources import Found
from casework.core.ids import new_id

HALF = """
campaign = "SLSC-2022"
year = 2022
label = { zh = "试", en = "Trial" }
best_value = true
lapse_confirms = true
bonus_most = 10
deduction_most = 20
[leave.sick]
label = { zh = "病假", en = "Sick" }
counts = 0
[leave.personal]
label = { zh = "事假", en = "Personal" }
counts = 50
[[band]]
code = "all"
label = { zh = "合格", en = "Passed" }
begins = 0
[[item]]
code = "absence"
kind = "deduction"
points = 5
label = { zh = "缺席", en = "Absence" }
[[item.count]]
code = "absent"
of = "attendance"
where = { status = ["absent", "leave"] }
each = 3
most = 5
label = { zh = "缺席", en = "Absent" }
"""


def test_each_kind_of_leave_counts_as_much_of_an_absence_as_the_scheme_says() -> None:
    scheme = load_text(HALF)
    count = scheme.items["absence"].counts[0]
    day = date(2022, 5, 1)

    def value(leave: str | None) -> int:
        found = Found(new_id(), "attendance", new_id(), "attendance", day, leave=leave)
        return value_of(scheme, count, found)

    # Absent without leave; sick; personal; official and untold leave, of which the scheme says nothing.
    assert [value(each) for each in (None, "sick", "personal", "official", "")] == [300, 0, 150, 0, 0]
