"""What `python -m bench.scaling` leaves behind: docs/scaling.json, and its part of docs/scaling.md."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- measured: python -m bench.scaling -->", "<!-- end of what was measured -->"
# What may be read more when ten times as much is kept, before a query is said to grow with it.
_GROWS = 2.0


def write(told: Mapping[str, Any], docs: Path) -> None:
    """Write the figures, and put the page of them into its place."""
    (docs / "scaling.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    page = docs / "scaling.md"
    before, found, after = page.read_text("utf-8").partition(BEGIN)
    if not found or END not in after:
        raise LookupError(f"{page} has no place for what was measured")
    page.write_text(before + "\n".join([BEGIN, "", *part(told), "", END]) + after.partition(END)[2], "utf-8")


def part(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    sizes: Mapping[str, Any] = told["sizes"]
    machine = ", ".join(f"{name} {value}" for name, value in told["machine"].items())
    yield (
        f"{told['date']}, commit {told['commit']}, {machine}. Processes that wanted a processor: {told['load']} at the"
        f" beginning, {told['load_after']} at the end; times are a machine's that others used, pages and rows are not."
    )
    yield ""
    yield (
        f"{told['counties']} counties of the same size. What is kept grows by closed cases, what is open stays: "
        + "; ".join(f"{int(size):,} cases, of them {each['open']:,} open" for size, each in sizes.items())
        + ". Each cell: pages touched / rows read / milliseconds in the database / milliseconds in all (the whole page,"
        " with its layout)."
    )
    yield ""
    yield f"| asked | {_heads(sizes)} | pages, last over first | whole tables read |"
    yield "|---|" + "---|" * (len(sizes) + 2)
    for name in next(iter(sizes.values()))["asked"]:
        row = [each["asked"][name] for each in sizes.values()]
        cells = [f"{one['pages']:,} / {one['rows']:,} / {one['database_ms']:,} / {one['ms']:,}" for one in row]
        times = row[-1]["pages"] / max(1, row[0]["pages"])
        whole = ", ".join(sorted({table for one in row for table in one["whole"]})) or "none"
        grown = f"**{times:.1f}**" if times > _GROWS else f"{times:.1f}"
        yield f"| {name} | {' | '.join(cells)} | {grown} | {whole} |"
    yield ""
    yield from _plans(list(sizes.items())[-1])
    yield ""
    yield from _bytes(list(sizes.items()))


def _plans(last: tuple[str, Any]) -> Iterator[str]:
    size, each = last
    yield f"The statement of each that touched most pages, at {int(size):,} cases:"
    yield ""
    yield "| asked | pages | rows | ms | nodes | ways |"
    yield "|---|--:|--:|--:|---|---|"
    for name, asked in each["asked"].items():
        for plan in asked["dearest"][:1]:
            ways = ", ".join(f"`{way}`" for way in plan["ways"])
            nodes = ", ".join(plan["nodes"])
            yield f"| {name} | {plan['pages']:,} | {plan['rows']:,} | {plan['ms']:,} | {nodes} | {ways} |"


def _bytes(sizes: Sequence[tuple[str, Any]]) -> Iterator[str]:
    yield "On the disk, MiB of the table and of its indexes (rows):"
    yield ""
    yield f"| table | {_heads(dict(sizes))} |"
    yield "|---|" + "---|" * len(sizes)
    for table in sizes[-1][1]["bytes"]:
        cells = []
        for _, each in sizes:
            one = each["bytes"].get(table)
            cells.append(
                "" if one is None else f"{one['table'] / 2**20:,.0f} + {one['indexes'] / 2**20:,.0f} ({one['rows']:,})"
            )
        yield f"| {table} | {' | '.join(cells)} |"


def _heads(sizes: Mapping[str, Any]) -> str:
    return " | ".join(f"{int(size):,} cases" for size in sizes)
