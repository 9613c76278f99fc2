"""What a name behind a dot means in a template is what Jinja says it means, however quickly it is found."""

from dataclasses import dataclass
from typing import Any

import pytest
from jinja2 import Environment

from web.routing import Application, Pages


@dataclass
class _Thing:
    title: str = "of a thing"


@pytest.mark.parametrize(
    "name", ["title", "items", "get", "missing", "title.missing", "keys", "deep.title", "thing.title", "none.title"]
)
def test_a_name_behind_a_dot_means_what_it_means_to_jinja(name: str) -> None:
    told: dict[str, Any] = {"title": "of a dictionary", "items": 1, "thing": _Thing(), "none": None}
    told["deep"] = {"title": "deep", "get": 2}
    text = f"{{{{ d.{name} is callable }}}} {{{{ d.{name} if d.{name} is not callable }}}}"
    quick = Pages(Application("plain")).from_string(text)
    assert quick.render(d=told) == Environment(autoescape=True).from_string(text).render(d=told)
