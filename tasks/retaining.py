"""Doing what two administrators agreed on: records some at a time, then the files, then the round is over.

Killed at any point it goes on where it was: what is erased is due no more.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from casework.retention import due
from tasks.run import Run
from workflows import retaining

# A file that is being added lies there before its row does.
_YOUNG = timedelta(hours=1)


def erase(run: Run) -> Mapping[str, Any]:
    """Do one round."""
    round_id, erased = UUID(str(run.payload["round"])), 0
    while True:
        with run.office.db.transaction() as session:
            count = retaining.erase_some(session, round_id, at=run.at)
        erased += count
        run.progress({"erased": erased})
        if count < retaining.AT_ONCE:
            break
    folder = run.office.settings.attachments
    with run.office.db.transaction() as session:
        retaining.finish(session, round_id, at=run.at)
    with run.office.db.reading() as session:
        files = due.sweep_files(session, folder, before=run.at - _YOUNG)
    return {"erased": erased, "files": files}
