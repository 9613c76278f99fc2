"""What stands in a page is escaped exactly as the library escapes it, though by a shorter way."""

import random
from typing import Any

import markupsafe
import pytest
from jinja2 import Environment
from markupsafe import Markup

from tests.web.desk import Desk
from web.locales import _pattern, _told_in_a_page
from web.routing import Pages, escaped

HOSTILE = "<script>alert('&\"')</script>"


class Named(str):
    """A kind of string of its own."""


class Drawn:
    def __html__(self) -> str:
        return "<b>&</b>"

    def __str__(self) -> str:
        return HOSTILE


class Said:
    def __str__(self) -> str:
        return HOSTILE


@pytest.mark.parametrize(
    "value", [HOSTILE, "", Markup("<b>"), Named(HOSTILE), Drawn(), Said(), 0, -7, 2.5, True, None, ["<"], b"<"]
)
def test_any_value_is_escaped_as_by_the_library(value: Any) -> None:
    assert escaped(value) == str(markupsafe.escape(value))


def test_any_text_is_escaped_as_by_the_library() -> None:
    dice = random.Random(4)
    letters = "".join(map(chr, range(128))) + "饮水é\u2028\U0001f600"
    for _ in range(2_000):
        text = "".join(dice.choices(letters, k=dice.randrange(30)))
        assert escaped(text) == str(markupsafe.escape(text))


# A value, one in a macro, in a block that is kept, in a loop, joined to another, and one that is said to be safe.
TEMPLATE = (
    "{% macro m(x) %}<i>{{ x }}</i>{{ caller() if caller }}{% endmacro %}{{ v }}{{ m(v) }}{{ m(m(v)) }}"
    "{% set kept %}{{ v }}{% endset %}{{ kept }}{{ kept ~ v }}{{ v ~ '<' }}{% for x in [v, 3, none] %}{{ x }}{% endfor %}"
    "{{ v|safe }}{{ v|upper }}{{ v|e }}{{ kept|length }}{% filter upper %}{{ v }}{% endfilter %}"
    "{% call m(v) %}{{ v }}{% endcall %}{{ '<' if v else '>' }}{% autoescape false %}{{ v }}{% endautoescape %}"
)


def test_a_template_gives_what_it_gives_in_the_library_alone(desk: Desk) -> None:
    plain = Environment(autoescape=True).from_string(TEMPLATE).render(v=HOSTILE)
    ours = desk.app.jinja_env
    assert isinstance(ours, Pages)
    assert "environment.escaped(" in ours.compile(TEMPLATE, raw=True), "it is ours that is asked"
    made = ours.from_string("{% autoescape true %}" + TEMPLATE + "{% endautoescape %}")
    assert made.render(v=HOSTILE) == plain
    assert plain.count("&lt;script&gt;") > 8


def test_a_number_in_a_text_of_a_page_stands_as_by_the_library(desk: Desk) -> None:
    with desk.app.test_request_context("/"):
        for values in ({"n": 12}, {"n": HOSTILE}, {"n": True}, {"n": Markup("<b>1</b>")}):
            assert _told_in_a_page("超%(n)s", **values) == _pattern("zh", "超%(n)s") % values
