"""Every setting, command, permission and refusal is documented, and nothing is documented that is not there."""

import ast
import importlib
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from casework.core.i18n import catalogue
from casework.core.settings import SETTINGS
from casework.permissions import rules
from tests import databases
from tests.laws.source import ROOMS, ROOT, Source, assert_none, python_files

ROW = re.compile(r"^\|\s*`(CASEWORK_[A-Z_]+)`", re.MULTILINE)
FOR_TESTS = ("CASEWORK_TEST_", "CASEWORK_SHARED_")
README = ROOT / "README.md"
COMMANDS = ROOT / "docs" / "reference" / "commands.md"


def undocumented_settings(settings: Iterable[str], readme: str) -> list[str]:
    """Compare the settings with the rows of the README's table."""
    rows, known = set(ROW.findall(readme)), set(settings)
    return [f"{name} has no row" for name in known - rows] + [
        f"{name} has a row and is no setting" for name in rows - known if not name.startswith(FOR_TESTS)
    ]


def undocumented_commands(commands: Iterable[str], page: str) -> list[str]:
    """Find commands, as typed after `casework`, that the reference does not name."""
    return [f"casework {name}" for name in commands if not re.search(rf"casework {re.escape(name)}(?![\w-])", page)]


def test_every_setting_is_in_the_table_of_the_readme() -> None:
    if not README.exists():
        return  # The build itself fails without it.
    advice = "Keep the README's table of settings and casework/core/settings.py in step."
    assert_none(undocumented_settings((s.env for s in SETTINGS), README.read_text("utf-8")), advice=advice)


def test_an_undocumented_setting_is_caught() -> None:
    rows = ["`CASEWORK_HOME` | where", "`CASEWORK_OLD` | gone", "`CASEWORK_TEST_REDIS_URL` | tests"]
    readme = "\n".join(f"| {row} |" for row in rows)
    assert sorted(undocumented_settings(["CASEWORK_HOME", "CASEWORK_PORT"], readme)) == [
        "CASEWORK_OLD has a row and is no setting",
        "CASEWORK_PORT has no row",
    ]


def test_every_command_is_in_the_reference() -> None:
    if not (ROOT / "cli" / "main.py").exists():
        return  # Before the first command there is nothing to document; from then on nothing is excused.
    commands = importlib.import_module("cli.main").commands()
    page = COMMANDS.read_text("utf-8") if COMMANDS.exists() else ""
    assert_none(undocumented_commands(commands, page), advice="Run `make docs`.")


def test_an_undocumented_command_is_caught() -> None:
    page = "## casework serve\n## casework db upgrade\n## casework sweeper"
    assert undocumented_commands(["serve", "db upgrade", "sweep"], page) == ["casework sweep"]


@pytest.mark.parametrize("name", ["workflows", "permissions", "refusals", "settings", "api", "figures"])
def test_a_page_that_is_made_says_what_the_program_says(name: str) -> None:
    kept = (ROOT / "docs" / "reference" / f"{name}.md").read_text("utf-8")
    assert importlib.import_module(f"scripts.{name}").page() == kept, "Run `make docs`."


def test_the_architecture_is_drawn_as_it_is() -> None:
    kept = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    with databases.fresh_database("sqlite", holding="county") as county:
        assert importlib.import_module("scripts.architecture").page(county) == kept, "Run `make docs`."


def _headings(page: Path) -> set[str]:
    """Return what a link may name behind its #, as the sites that show these pages make it from the headings."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


def test_every_link_of_a_document_leads_somewhere() -> None:
    rooms = ("docs", "bench", "casework", "scripts", "tasks", "tests", "web", "workflows")
    pages = [*ROOT.glob("*.md"), *(page for room in rooms for page in (ROOT / room).rglob("*.md"))]
    links = [
        (page, *(first or second).partition("#")[::2])
        for page in pages
        for first, second in re.findall(r"\]\(([^):\s]+)\)|<img src=\"([^\":]+)\"", page.read_text("utf-8"))
        if "vendor" not in page.parts
    ]
    broken = []
    for page, path, heading in links:
        target = page.parent / path if path else page
        if not target.exists() or (heading and target.suffix == ".md" and heading not in _headings(target)):
            broken.append(f"{page.relative_to(ROOT)}: {path}#{heading}")
    assert len(links) > 300
    assert_none(broken, advice="Mend the link or make what it leads to.")


def test_every_permission_and_every_refusal_has_a_row() -> None:
    permissions = importlib.import_module("scripts.permissions").page()
    refusals = importlib.import_module("scripts.refusals").page()
    codes = [code.split(".", 1)[1] for code in catalogue() if code.startswith(("refusal.", "field."))]
    lacking = [name for name in rules().permission if f"`{name}`" not in permissions]
    lacking += [code for code in codes if f"`{code}`" not in refusals]
    assert_none(lacking, advice="The page is made by scripts/permissions.py or scripts/refusals.py: mend it there.")


def test_a_changed_definition_is_caught() -> None:
    page = importlib.import_module("scripts.workflows").page()
    assert page.replace("7 working_day", "8 working_day") != page


def unworded_records(sources: Iterable[Source], known: Iterable[str]) -> list[str]:
    """Find what is written into the audit under a name that its page has no words for."""
    has_words = set(known)
    return [
        f"{source.at(node)} {given.value.value!s}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("audit.record")
        for given in node.keywords
        if given.arg == "event" and isinstance(given.value, ast.Constant)
        if f"audit.event.{given.value.value!s}" not in has_words
    ]


def test_what_the_audit_records_has_words() -> None:
    planted = Source("web/planted.py", 'audit.record(session, event="nobody.knows", actor=None, at=at)')
    assert unworded_records([planted], catalogue()) == ["web/planted.py:1 nobody.knows"]
    advice = "Give it words in casework/locale/messages/admin.toml: audit.event.<name>."
    assert_none(unworded_records(python_files(*ROOMS), catalogue()), advice=advice)
