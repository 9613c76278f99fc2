"""Write docs/reference/settings.md: every environment variable, its default and what it does."""

from pathlib import Path

from casework.core.settings import SETTINGS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"
_HEAD = """# Settings

Made by `make docs` from casework/core/settings.py. An unknown `CASEWORK_…` name or an unsafe value stops the
start and says which; the README tells more of some.

| variable | default | meaning |
|---|---|---|
"""


def page() -> str:
    """Return the page."""
    rows = [f"| `{each.env}` | {f'`{each.default}`' if each.default else '–'} | {each.meaning} |" for each in SETTINGS]
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
