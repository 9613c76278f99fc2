"""Every invariant is broken by hand, one way after the other, and each time `verify` names it."""

import pytest

from casework.keeping import references, sealed
from casework.keeping.verify import WARNINGS, every_name
from casework.tables import metadata
from tests.casework.keeping import (  # noqa: F401 - some only note their ways to break
    breaks_of_access,
    breaks_of_audit,
    breaks_of_cases,
    breaks_of_imports,
    breaks_of_meetings,
    breaks_of_registry,
)
from tests.casework.keeping.breaking import breaking
from tests.casework.keeping.breaks import BREAKS, Break
from tests.casework.keeping.breaks_of_histories import a_rung_waits_since_yesterday, an_event_waits_since_yesterday
from tests.casework.keeping.breaks_of_records import a_job_has_lost_its_worker
from tests.casework.keeping.lived import ID_NUMBER, Office


def test_a_sound_office_passes_every_invariant(office: Office) -> None:
    assert office.broken(healed=True) == {}


@pytest.mark.parametrize(("name", "how"), BREAKS, ids=[f"{name}-{how.__name__}" for name, how in BREAKS])
def test_what_is_broken_is_found(name: str, how: Break, office: Office) -> None:
    with breaking(office) as breaker:
        how(breaker)
    found = office.findings(healed=True, only={name})[name]
    assert found.rows > 0
    assert 0 < len(found.first) <= 5
    assert not found.holds
    assert found.words(locale="en")


def test_every_invariant_was_broken_once() -> None:
    warnings = [name for name, _ in WARNINGS]
    assert {*warnings, *(name for name, _ in BREAKS)} == set(every_name())


def test_what_heals_by_itself_counts_only_when_it_should_have(office: Office) -> None:
    with breaking(office) as breaker:
        a_rung_waits_since_yesterday(breaker)
        an_event_waits_since_yesterday(breaker)
        a_job_has_lost_its_worker(breaker)
    assert office.broken() == {}


def test_of_imports_only_what_was_read_to_its_end_must_come_out_even(office: Office) -> None:
    with breaking(office) as breaker:
        breaks_of_imports.a_row_of_a_file_is_nowhere(breaker)
    assert office.broken(only=("I26",)) == {"I26": 1}


def test_an_identity_number_in_somebodys_words_is_a_warning(office: Office) -> None:
    with breaking(office) as breaker:
        breaker.set("extension_requests", {}, reason=f"本人身份证 {ID_NUMBER}")
    found = office.findings()
    assert found[WARNINGS[0][0]].rows == 1
    assert all(each.holds for each in found.values())


def test_every_id_column_says_what_it_points_at() -> None:
    unclear = []
    for column in references.id_columns():
        try:
            references.pointed_at(column)
        except LookupError as unknown:
            unclear.append(str(unknown))
    assert not unclear, f"say in casework/keeping/references.py what these point at: {unclear}"


def test_every_text_of_people_is_scanned() -> None:
    scanned = {
        f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in sealed.text_columns(table)
    }
    assert {"cases.title", "outbox.facts", "notices.facts", "audit.facts", "history.fields"} <= scanned
    assert not {"cases.reporter_name_cipher", "cases.reporter_id_index", "history.hash"} & scanned
