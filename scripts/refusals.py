"""Write docs/reference/refusals.md: every refusal a caller can meet, with its sentence in both languages."""

from pathlib import Path

from casework.core.i18n import catalogue

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "refusals.md"
_HEAD = """# Refusals

Made by `make docs` from casework/locale/messages. What a program sends and is refused comes back as
`application/problem+json`: the sentences of the first table in `detail`, those of the second in `errors`, beside the
field they belong to. Words in braces are filled in.
"""
_KINDS = {"refusal": "Why something is not done", "field": "What is wrong with a field"}


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(_section(kind, title) for kind, title in _KINDS.items())])


def _section(kind: str, title: str) -> str:
    codes = sorted(code for code in catalogue() if code.startswith(f"{kind}."))
    rows = (f"| `{code.removeprefix(f'{kind}.')}` | {_cell(code, 'zh')} | {_cell(code, 'en')} |" for code in codes)
    return "\n".join([f"## {title}\n", "| code | 中文 | English |", "|---|---|---|", *rows, ""])


def _cell(code: str, locale: str) -> str:
    return catalogue()[code][locale].replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
