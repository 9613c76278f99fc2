"""Write docs/reference/api.md: every operation of the API in a line; the whole is at /api/openapi.json."""

from pathlib import Path

# Every room opens its doors when the application is put together.
import web.app  # noqa: F401 - imported for the operations it declares
from web.api.openapi import document

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "api.md"
_METHODS = ("get", "post", "put", "patch", "delete")
_HEAD = """# API

Made by `make docs` from the OpenAPI document, which every office serves at `/api/openapi.json` and shows at
`/api/docs`. Paths begin with `/api/v1`. Shapes, errors, paging: [interoperability.md](../interoperability.md).
"""


def page() -> str:
    """Return the page."""
    by_tag: dict[str, list[str]] = {}
    for path, methods in document()["paths"].items():
        for method in _METHODS:
            if method in methods:
                told = methods[method]
                needs = told["description"].removeprefix("Needs ").removesuffix(".")
                line = f"| `{method.upper()}` | `{path}` | {told['summary']} | {needs} |"
                by_tag.setdefault(told["tags"][0], []).append(line)
    parts = [_HEAD]
    for tag in sorted(by_tag):
        parts += [f"## {tag}\n", "| method | path | what it does | needs |", "|---|---|---|---|", *by_tag[tag], ""]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
