"""The one process that opens a template somebody sent: `python -m casework.templates.child < asked > answer`.

Standard input is one line of JSON (the template, what it may name, the values of a stack), standard output one line
with the paper, or one that says why not. It limits itself before the first byte is read; `casework.exchange.sandbox`
starts it and calls whatever goes wrong a refusal.
"""

import base64
import json
import os
import resource
import signal
import sys
from typing import Any

from casework.core import errors
from casework.templates import package, tags
from casework.templates.filling import Form

MEMORY_BYTES = 768 * 1024 * 1024
OUTPUT_BYTES = 128 * 1024 * 1024
CPU_SECONDS, WALL_SECONDS = 60, 80
REFUSED = 3


def main() -> int:
    """Read what is asked, answer, return the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(WALL_SECONDS)
    with open(0, "rb", closefd=False) as stream, open(1, "wb", closefd=False) as out:
        try:
            answer = _answered(json.loads(stream.readline()))
        except errors.Refused as refused:
            first = refused.refusals[0]
            _write(out, {"refusal": first.code, "params": dict(first.params)})
            return REFUSED
        _write(out, {"docx": base64.b64encode(answer).decode()})
        _write(out, {"end": True})
    return 0


def _write(out: Any, line: dict[str, Any]) -> None:
    out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n")


def _answered(asked: dict[str, Any]) -> bytes:
    content = base64.b64decode(asked["template"])
    package.check(content)
    known, common = tags.known_of(asked["known"]), tags.known_of(asked["common"])
    form = Form(content, known=known, common=common)
    return form.fill(asked["stack"], pictures=asked["pictures"])


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
