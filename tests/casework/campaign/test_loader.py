"""A campaign's file is read whole, every mistake of it at once; the one of the programme holds what contract.md names."""

import re

import pytest

from casework.campaign.loader import campaigns, load_text
from casework.core.definitions import BadDefinition

KEYS = [
    "members",
    "households_linked",
    "villages_linked",
    "village_visits",
    "village_funds",
    "village_services",
    "offices",
    "industries_linked",
    "industry_surveys",
    "consultations_held",
    "suggestions",
    "industry_difficulties_solved",
    "household_problems_solved",
    "visits_total",
    "funds_total",
    "problems_solved_total",
    "agri_projects",
    "households_benefited",
]

WRONG = """
code = 7
label = { zh = "试" }
region_code = "51082x"
begins = "soon"
ends = 2022-01-01
visit_rule = "daily"
typo = 1
[link.a]
label = { zh = "甲", en = "a" }
holder = "stranger"
object = "household"
least = { x = -1 }
[checklist.b]
label = { zh = "乙", en = "b" }
of = "household"
item = [{ code = "one", label = { zh = "一", en = "one" }, target_kind = "hope" }, { code = "one", label = { zh = "一", en = "one" }, target_kind = "exact" }]
[figure.c]
label = { zh = "丙", en = "c" }
of = "case"
wording = "about"
template = { zh = "件", en = "{n}" }
counts = { zh = "丙", en = "c" }
leaves_out = { zh = "", en = "c" }
scope = "county"
"""


def test_the_programme_has_the_eighteen_figures_in_the_order_of_the_contract() -> None:
    assert list(campaigns()["SLSC-2022"].figures) == KEYS


def test_one_plus_one_and_the_items_of_the_slogans_are_as_the_programme_says() -> None:
    campaign = campaigns()["SLSC-2022"]
    assert campaign.links["member_household"].least == {"poverty_alleviated": 1, "demonstration": 1}
    targets = {code: sum(item.target for item in each.items) for code, each in campaign.checklists.items()}
    assert targets == {
        "five_ones_household": 5,
        "four_haves": 4,
        "five_ones_village": 5,
        "seven_goods": 7,
        "six_haves": 6,
    }


def test_money_says_its_stage_and_everything_else_has_none() -> None:
    for figure in campaigns()["SLSC-2022"].figures.values():
        assert (figure.stage is not None) == (figure.measure == "amount"), figure.key


def test_every_mistake_of_a_file_is_told_with_its_place() -> None:
    with pytest.raises(BadDefinition) as caught:
        load_text(WRONG)
    assert {path for path, _ in caught.value.mistakes} == {
        *("code", "label.en", "region_code", "begins", "visit_rule", "typo", "page"),
        *("link.a.parts.x", "link.a.parts.x.zh", "link.a.parts.x.en"),
        *("link.a.holder", "link.a.least.x", "checklist.b.item[0].target_kind", "checklist.b.item"),
        *("figure.c.template.zh", "figure.c.leaves_out.zh"),
    }


@pytest.mark.parametrize("text", ["", "code =", 'begins = 2022-01-01T00:00:00Z\nends = "x"'])
def test_no_text_brings_it_down(text: str) -> None:
    with pytest.raises(BadDefinition):
        load_text(text)


def test_every_mistake_is_told_in_the_language_asked_for() -> None:
    text = WRONG + 'stage = "gone"\nwhere = { link = "b" }\n[page]\nheadlines = ["nothing"]\n'
    with pytest.raises(BadDefinition) as caught:
        load_text(text, source="mine.toml")
    told = caught.value.told("zh").splitlines()
    assert caught.value.told("en") == str(caught.value)
    assert len(told) == len(caught.value.mistakes) and all(line.startswith("mine.toml: ") for line in told)
    assert "mine.toml: page.headlines: 没有叫 nothing 的数字" in told
    assert "mine.toml: figure.c.where: 没有叫 b 的联系类别" in told
    # Key paths, names and what may stand there are as the file has them; everything around them is Chinese.
    for line in told:
        what = line.rpartition(": ")[2]
        assert re.search("[\u4e00-\u9fff]", what) and not re.search("must|missing|unknown|is no", what), line
    with pytest.raises(BadDefinition) as broken:
        load_text("code =")
    assert broken.value.told("zh").startswith("campaign: 不合 TOML 的写法")
