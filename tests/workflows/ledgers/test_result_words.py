"""What a page calls the class of a result is read from a ledger as that class."""

import pytest

from casework.exchange.column_sets import column_set
from casework.exchange.values import word_code
from workflows.registry import registry


@pytest.mark.parametrize("code", "ABCD")
def test_a_class_is_read_as_pages_show_it(code: str) -> None:
    workflow = next(each.workflow for each in registry().all() if each.workflow.name == "case")
    (field,) = (each for each in workflow.by_trigger["resolve"].fields if each.name == "result_class")
    results = column_set("cases").data["results"]
    shown = field.choices[code]["zh"]
    for told in (
        shown,
        shown.replace(" ", ""),
        shown.replace(" ", "\u3000"),
        shown.partition(" ")[2],
        code,
        f"{code}类",
    ):
        assert word_code(told, results, "result") == code, told
