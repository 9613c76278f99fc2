"""What a run leaves behind: results.json, README.md with its table, chart.svg drawn from the same figures."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from bench import figures
from bench.figures import Figure, Results

HERE = Path(__file__).parent
_INTRO = """# The benchmark

`make bench` starts a PostgreSQL of its own (durable commits), loads the demo county and synthetic cases, serves the
product and its floor side by side, each by gunicorn with 2 workers of 4 threads, and asks both in turn with
8 closed-loop clients on the same machine. Every answer is checked; a single wrong one stops the run. A *floor*
([`floor/`](floor)) is the least Flask + SQLAlchemy + psycopg work that is right: no permissions, no clocks, no layout.
The product runs with everything on: permissions, history with its chain of hashes, clocks, outbox, tokens, form
tokens, logs. Only shares of the floor travel from machine to machine; figures in seconds hold for this one.

    make bench                                # 10⁴ and 10⁵ cases; writes this page, chart.svg, results.json
    make bench ARGS="--sizes 10000"           # quicker; prints the table and writes build/bench.json alone
    make bench ARGS="--sizes 10000 100000 1000000"

What is asked: *create* reports a difficulty by the API. *Transition* is the mean of assign, coordinate, resolve and
close with a comment. The *queue page* is a clerk's list of open cases, soonest due first. *Search* asks for words of
two characters that 1.5 to 4 of a hundred cases hold, with the exact total, as the floor does; the set found is
compared with LIKE case by case; its p95 is that of a page without total. The *statistics page* is the leader's page
of a quarter up to a day, a different question each time. The *board* and the *page for Monday* are of ten thousand
supervised matters over all units, beside the floor's list. *Look-alikes* are of the latest reports, beside one
statement that looks through every title. *Clash check*, *free times* and *feed* are judged by processor time beside
the bare statement, or the bare text; a *quarter* is planned within ten seconds or not at all. *Webhooks* go to nine
endpoints of which one answers a second late, beside a loop that posts the same and writes nothing down. *7 counties*
asks the same pages and figures of a county of 171 members with ten years of records, alone and beside six more in one
database, in turn (`bench/prefecture.py`), and how long they and its bulletin take alone; on SQLite `python -m
bench.county` asks them of one. *Growth* is processor
time a request of server and database. *Start* is to the log-in page; beside it stands when every room answers.
"""


def write(results: Results, machine: Mapping[str, str], *, when: datetime, load: float, folder: Path) -> None:
    """Write README.md, chart.svg and results.json into a folder."""
    (folder / "chart.svg").write_text(chart(results.figures), "utf-8")
    (folder / "README.md").write_text(page(results, machine, when=when, load=load), "utf-8")
    write_json(results, machine, when=when, load=load, path=folder / "results.json")


def write_json(results: Results, machine: Mapping[str, str], *, when: datetime, load: float, path: Path) -> None:
    """Write every figure and the raw measurements behind it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told: Mapping[str, Any] = {
        "date": when.date().isoformat(),
        "machine": machine,
        "load_before": round(load, 2),
        "figures": [each.as_json() for each in results.figures],
        "embedded": [each.as_json() for each in results.embedded],
        "raw": results.raw,
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


def page(results: Results, machine: Mapping[str, str], *, when: datetime, load: float) -> str:
    """Return README.md."""
    missed = results.missed()
    says = f"{len(missed)} figures miss their must." if missed else "Every must holds."
    parts = [
        _INTRO,
        "## The last run\n",
        f"{when.date().isoformat()}, {_machine(machine)}. Processes that wanted a processor when it began, on the"
        f" average of a minute: {load:.1f}. {says}\n",
        "![Figures against their musts](chart.svg)\n",
        table(results.figures),
    ]
    if results.embedded:
        parts += ["## Embedded on SQLite\n", "One process, no other server; nothing but right answers is a must.\n"]
        parts.append(table(results.embedded))
    # What takes an evening is not part of a run; its figures stay.
    parts.append((HERE / "by_hand.md").read_text("utf-8"))
    return "\n".join(parts)


def _machine(machine: Mapping[str, str]) -> str:
    return ", ".join(
        value if name in ("processor", "memory", "system") else f"{name} {value}" for name, value in machine.items()
    )


def table(rows: Sequence[Figure]) -> str:
    """Draw figures as a table of Markdown."""
    made = ["| " + " | ".join(figures.HEADINGS) + " |", "|" + "---|" * len(figures.HEADINGS)]
    made += ["| " + " | ".join(row) + " |" for row in figures.lines(rows)]
    return "\n".join(made) + "\n"


_WIDTH, _LEFT, _BAR, _ROW, _TOP = 980, 350, 420, 22, 56
_COLOURS = {"aim": "#1a7f5a", "yes": "#2f6fb2", "no": "#c0392b"}
_MOST = 3.0


def chart(rows: Sequence[Figure]) -> str:
    """Draw each figure with a must as a bar: how often over it reaches what it must; the line is the must itself."""
    judged = [each for each in rows if each.target.must is not None]
    height = _TOP + _ROW * len(judged) + 34
    line = _LEFT + _BAR / _MOST
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12" role="img" aria-label="Figures against their musts">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        '<text x="12" y="22" font-size="15" font-weight="bold">'
        "What was measured, as a multiple of what it must reach</text>",
        '<text x="12" y="40" fill="#555">right of the line is better than the must;'
        " green reaches the aim, blue the must, red neither</text>",
    ]
    for place, each in enumerate(judged):
        parts += _bar(each, _TOP + place * _ROW)
    parts.append(
        f'<line x1="{line:.0f}" x2="{line:.0f}" y1="{_TOP - 4}" y2="{height - 28}" stroke="#111" stroke-width="1.5"/>'
        f'<text x="{line:.0f}" y="{height - 12}" text-anchor="middle">must</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(each: Figure, top: int) -> list[str]:
    reached = times_must(each)
    width = max(1.0, min(reached, _MOST) * _BAR / _MOST)
    name = " ".join(part for part in (figures.size_name(each.cases), each.operation, "·", each.what) if part)
    value = f"{figures.shown(each.value)} {each.unit}".strip()
    beyond = " →" if reached > _MOST else ""
    return [
        f'<text x="{_LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>',
        f'<rect x="{_LEFT}" y="{top + 3}" width="{width:.1f}" height="{_ROW - 7}" fill="{_COLOURS[each.verdict]}"/>',
        f'<text x="{_LEFT + width + 6:.0f}" y="{top + 15}">{escape(value)}{beyond}</text>',
    ]


def times_must(each: Figure) -> float:
    """Return how many times over a figure reaches its must; below 1 it misses it."""
    must = each.target.must or 0.0
    if each.target.at_least:
        return each.value / must
    return must / each.value if each.value > 0 else _MOST
