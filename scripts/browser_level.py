"""Whatever in our own sheets, scripts and templates is newer than Chrome 109: `python -m scripts.browser_level`.

Signs are kept in browser_level.toml; each carries an example that the tests plant, so that none is blind.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LEVEL = 109
WEB = Path(__file__).parents[1] / "web"
_LISTED = Path(__file__).with_suffix(".toml")
_COMMENT = {
    "css": re.compile(r'/\*.*?\*/|url\("data:[^"]*"\)', re.DOTALL),
    "js": re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL),
    "html": re.compile(r"\{#.*?#\}", re.DOTALL),
}
_FOLDERS = {"css": "static/css", "js": "static/js", "html": "templates"}


def features() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Return what is watched for: kind of file, then name of the feature."""
    return tomllib.loads(_LISTED.read_text("utf-8"))


def too_new(text: str, kind: str) -> Iterator[tuple[int, str, int]]:
    """Yield line, feature and the Chrome that has it first."""
    # Comments may talk of anything; their lines stay, so that the numbers are right.
    plain = _COMMENT[kind].sub(lambda said: "\n" * said[0].count("\n"), text)
    for name, known in features()[kind].items():
        if "beside" in known and known["beside"] in plain:
            continue
        found = _nested(plain) if known["sign"] == "NESTED" else _signs(known["sign"], plain)
        for at in found:
            yield plain.count("\n", 0, at) + 1, name, known["since"]


def _signs(sign: str, text: str) -> Iterator[int]:
    for found in re.finditer(sign, text, re.MULTILINE | re.DOTALL):
        yield found.start()


def _nested(text: str) -> Iterator[int]:
    """Yield where a rule opens inside a rule; rules inside @media and steps inside @keyframes are old."""
    open_rules: list[bool] = []
    begun = 0
    for found in re.finditer(r"[{};]", text):
        if found[0] == "{":
            is_rule = not text[begun : found.start()].strip().startswith("@")
            if any(open_rules):
                yield found.start()
            open_rules.append(is_rule)
        elif found[0] == "}" and open_rules:
            open_rules.pop()
        begun = found.end()


def main() -> int:
    """Print what is too new, a line each."""
    faults = 0
    for kind, folder in _FOLDERS.items():
        for path in sorted((WEB / folder).rglob(f"*.{kind}")):
            for line, name, since in too_new(path.read_text("utf-8"), kind):
                faults += 1
                age = f"Chrome {since}" if since > LEVEL else "a rule of the house"
                print(f"{path.relative_to(WEB.parent)}:{line}: {name} ({age})")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
