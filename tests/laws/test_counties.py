"""Counties of one installation are told apart in every unique key: by the county, or by what belongs to one alone."""

from collections.abc import Iterable

from sqlalchemy import Column, Integer, MetaData, Table, Text, UniqueConstraint

import casework.tables

# By the county itself.
_PLACES = frozenset({"county", "region", "region_code"})
# By something that is one county's: a row of it, or what nobody can guess; a number that begins with its letters.
_OWN = frozenset({"id", "n", "digest", "token_digest", "code_digest", "number", "sha256"})

# table.columns → why it may be one for the whole installation.
OF_THE_INSTALLATION = {
    "anchors.day": "the heads of all histories and of the audit are anchored once a day",
    "audit_links.seq": "the audit log is one chain",
    "bulletins.document_no": "the number of a document begins with the words of its county's office",
    "calendar_days.day": "holidays are the country's",
    "calendar_years.year": "holidays are the country's",
    "cases.source_key": "begins with the county whose file it was (casework/cases/imported.py)",
    "categories.code": "one tree of categories, or nothing could be compared",
    "jobs.name.period": "a daily job does its work for all counties",
    "office_settings.key": "settings of the installation",
    "orgs.code": "codes of units: one name in the whole installation (docs/scaling.md)",
    "paper_template_uses.kind.number": "paper forms of the installation",
    "paper_templates.kind.number": "paper forms of the installation",
    "people.user_name": "log-in names: one name in the whole installation",
    "pulses.name": "processes of the installation",
    "regions.code": "a division code, which begins with that of its county",
    "retention_rounds.kind": "how long is kept what is a rule of the installation: one round at a time",
    "sequences.scope": "begins with the county's letters or code",
    "sign_ons.issuer.subject": "a person at their provider, who is one account here",
    "text_costs.month": "one bill for text messages",
    "town_distances.one_code.other_code": "division codes",
    "triage_models.number": "a model of the installation",
    "triage_uses.number": "a model of the installation",
    "venues.code": "codes of halls: one name in the whole installation",
}
# Numbered for all counties, though the column is called a number.
_NUMBERED_FOR_ALL = frozenset({"triage_models", "triage_uses", "paper_templates", "paper_template_uses"})


def shared_keys(tables: Iterable[Table]) -> set[str]:
    """Return the unique keys in which nothing tells counties apart."""
    shared = set()
    for table in tables:
        keys = [tuple(column.name for column in table.primary_key)]
        keys += [
            tuple(c.name for c in each.columns) for each in table.constraints if isinstance(each, UniqueConstraint)
        ]
        keys += [tuple(column.name for column in index.columns) for index in table.indexes if index.unique]
        own = _OWN - {"number"} if table.name in _NUMBERED_FOR_ALL else _OWN
        for key in keys:
            if not any(name in _PLACES | own or name.endswith("_id") for name in key):
                shared.add(".".join((table.name, *key)))
    return shared


def test_every_unique_key_tells_counties_apart_or_says_why_not() -> None:
    assert shared_keys(casework.tables.metadata.tables.values()) == OF_THE_INSTALLATION.keys()


def test_a_key_that_two_counties_would_share_is_caught() -> None:
    slips = Table(
        "slips",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("slip", Text, unique=True),
        Column("county", Text),
        UniqueConstraint("county", "slip"),
    )
    assert shared_keys([slips]) == {"slips.slip"}
