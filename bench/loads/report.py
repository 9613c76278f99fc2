"""What a run leaves behind: JSON, and a page with a table and two drawings made of the same figures."""

import json
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from bench.loads.scenarios import Finding
from bench.loads.soak import Series

_NAMES = {
    "L1": "an office's day",
    "L2": "the morning's log-ins while somebody guesses passwords",
    "L3": "a hot case",
    "L4": "the end of a quarter",
    "L5": "the deadline cliff",
    "L6": "overload",
    "L7": "soak with kills",
    "L8": "ten years of a county",
}
_COLOURS = {True: "#2f6fb2", False: "#c0392b"}
_WIDTH, _LEFT, _BAR, _ROW, _TOP, _MOST = 980, 430, 340, 22, 56, 3.0


def commit() -> str:
    """Return the commit that was measured, marked when something beside it was changed."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=10"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


@dataclass
class Measured:
    """A run: on what, and what it found. Of a scenario that was run again the newest counts."""

    facts: Mapping[str, str]
    found: Mapping[str, Sequence[Finding]]

    def without(self, names: Collection[str]) -> "Measured":
        """Return what is left of it when some scenarios were run again."""
        return Measured(self.facts, {name: row for name, row in self.found.items() if name not in names})


def page(runs: Sequence[Measured]) -> str:
    """Return docs/load.md."""
    found = _together(runs)
    missed = [(name, each) for name, row in found.items() for each in row if not each.holds]
    lines = [
        "# Load",
        "",
        "`make load` serves the product as an office runs it (PostgreSQL that syncs, Redis, gunicorn as",
        "`cli/gunicorn_settings.py` has it, a worker, a beat) and asks it, from the same machine, what an",
        "office's days ask (reliability.md §6).",
        "Requests come when they come, whether the last one was answered or not; what one waited is counted from the",
        "instant it was due. Each scenario can be run at a share of its rate and its length:",
        "",
        "    make load                                 # rates and lengths of the table, and an hour's soak",
        "    make load ARGS=--short                    # full rates, a fifth of the lengths: 25 minutes, quiet",
        '    make load ARGS="--share 0.1 --soak 150"   # a tenth of both, and a short soak with a few kills',
        '    make load ARGS="--only L3 L6"',
        "",
        *(line for run in runs for line in _told(run)),
        "## Found",
        "",
        "Every bound holds." if not missed else f"{len(missed)} bounds are missed: see **no** in the table.",
        "",
        "![Figures against their bounds](load.svg)",
        "",
    ]
    if "L7" in found:
        lines += ["![What must not grow, over the soak](soak.svg)", ""]
    lines += ["| | figure | measured | bound | holds? |", "|---|---|---|---|---|"]
    for name, row in found.items():
        for each in row:
            bound = "" if each.must is None else f"{'≥' if each.at_least else '≤'} {_shown(each.must)}"
            holds = "" if each.must is None else "yes" if each.holds else "**no**"
            value = f"{_shown(each.value)} {each.unit}".strip()
            lines.append(f"| {name} {_NAMES[name]} | {each.what} | {value} | {bound} | {holds} |")
    return "\n".join(lines) + "\n"


def _told(run: Measured) -> list[str]:
    return [f"## Run: {', '.join(run.found)}", "", *(f"- {name}: {value}" for name, value in run.facts.items()), ""]


def _together(runs: Sequence[Measured]) -> dict[str, Sequence[Finding]]:
    found = {name: row for run in runs for name, row in run.found.items()}
    return {name: found[name] for name in sorted(found)}


def kept(folder: Path, names: Collection[str]) -> tuple[list[Measured], Series]:
    """Return what earlier runs found of other scenarios than these."""
    path = folder / "load.json"
    if not path.exists():
        return [], {}
    told = json.loads(path.read_text("utf-8"))
    runs = [
        Measured(run["facts"], {name: [Finding(**each) for each in row] for name, row in run["figures"].items()})
        for run in told["runs"]
    ]
    return [left for run in runs if (left := run.without(names)).found], {} if "L7" in names else told["soak"]


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3g}"


def write(run: Measured, series: Series, *, folder: Path) -> None:
    """Write load.md, load.svg, soak.svg and load.json into a folder; what other runs found there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    before, soak = kept(folder, run.found)
    # Drawn of what is kept, so that the drawing can be made again from the file.
    series = {name: [(round(at, 1), round(value, 2)) for at, value in points] for name, points in series.items()}
    runs, series = [*before, run], series or soak
    (folder / "load.md").write_text(page(runs), "utf-8")
    (folder / "load.svg").write_text(bars(_together(runs)), "utf-8")
    if series:
        (folder / "soak.svg").write_text(curves(series), "utf-8")
    told = {
        "runs": [
            {"facts": each.facts, "figures": {name: [asdict(one) for one in row] for name, row in each.found.items()}}
            for each in runs
        ],
        "soak": series,
    }
    (folder / "load.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


def bars(found: Mapping[str, Sequence[Finding]]) -> str:
    """Draw each figure with a bound other than nought as a bar: what share of its bound it takes."""
    judged = [(name, each) for name, row in found.items() for each in row if each.must]
    height, line = _TOP + _ROW * len(judged) + 34, _LEFT + _BAR / _MOST
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12" role="img" aria-label="Figures against their bounds">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        '<text x="12" y="22" font-size="15" font-weight="bold">How much of its bound each figure takes</text>',
        '<text x="12" y="40" fill="#555">left of the line is within it</text>',
    ]
    for place, (name, each) in enumerate(judged):
        must = each.must or 1.0
        share = must / each.value if each.at_least and each.value else max(each.value, 0.0) / must
        width, top = max(1.0, min(share, _MOST) * _BAR / _MOST), _TOP + place * _ROW
        parts += [
            f'<text x="{_LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(f"{name} {each.what}")}</text>',
            f'<rect x="{_LEFT}" y="{top + 3}" width="{width:.1f}" height="{_ROW - 7}" fill="{_COLOURS[each.holds]}"/>',
            f'<text x="{_LEFT + width + 6:.0f}" y="{top + 15}">{escape(f"{_shown(each.value)} {each.unit}")}</text>',
        ]
    parts.append(
        f'<line x1="{line:.0f}" x2="{line:.0f}" y1="{_TOP - 4}" y2="{height - 28}" stroke="#111" stroke-width="1.5"/>'
        f'<text x="{line:.0f}" y="{height - 12}" text-anchor="middle">bound</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _one_a_pixel(points: Sequence[tuple[float, float]], longest: float) -> list[tuple[float, float]]:
    """Return the highest of what would be drawn over one another."""
    highest: dict[int, tuple[float, float]] = {}
    for at, value in points:
        pixel = round(720 * at / longest)
        if pixel not in highest or value > highest[pixel][1]:
            highest[pixel] = (at, value)
    return list(highest.values())


def curves(series: Series) -> str:
    """Draw each thing that must not grow as a curve of its own over the time of the soak."""
    height = 80 * len(series) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12" role="img" aria-label="What must not grow, over the soak">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
    ]
    longest = max(at for points in series.values() for at, _ in points) or 1.0
    for place, (name, points) in enumerate(series.items()):
        bottom, most = 80 * place + 74, max(value for _, value in points) or 1.0
        path = " ".join(
            f"{'M' if n == 0 else 'L'}{190 + 720 * at / longest:.1f},{bottom - 56 * value / most:.1f}"
            for n, (at, value) in enumerate(_one_a_pixel(points, longest))
        )
        parts += [
            f'<text x="180" y="{bottom - 24}" text-anchor="end">{escape(name.replace("_", " "))}</text>',
            f'<text x="918" y="{bottom - 50}" fill="#555">{_shown(most)}</text>',
            f'<line x1="190" x2="910" y1="{bottom}" y2="{bottom}" stroke="#ccc"/>',
            f'<path d="{path}" fill="none" stroke="#2f6fb2" stroke-width="1.5"/>',
        ]
    parts.append(f'<text x="910" y="{height - 8}" text-anchor="end" fill="#555">{longest:.0f} s</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
