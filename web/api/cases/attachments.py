"""Files of a case: who may put them there, and in whose sight they are."""

from casework.cases import folders
from casework.matters.attachments import Staged
from casework.matters.tables import Attachment
from web import identity, unit
from web.api import desks
from web.api.files import Files, declare_putting, declare_reading
from workflows import records
from workflows.cases import attaching


def _look_first(reference: str) -> None:
    """Let only those go on who may put a file here."""
    actor, at = identity.actor(), unit.at()
    with unit.looking() as session:
        taken = folders.take(session, actor, reference=reference, at=at)
        subject, _parts = folders.subject_of(session, taken.case, actor=actor, at=at)
        records.require(actor, attaching.PERMISSION, subject)


def _put(reference: str, staged: Staged) -> Attachment:
    desk = desks.take(reference, lock=True)
    return attaching.attach(unit.session(), desk.case, staged, **desk.acting())


FILES = Files(
    "/cases/<id>",
    of="a case",
    permission="case.read",
    find=lambda reference: desks.take(reference).case.id,
    listing="list_attachments",
    putting="attach_file",
    fetching="fetch_attachment",
)
declare_reading(FILES)
declare_putting(FILES, permission=attaching.PERMISSION, look=_look_first, put=_put)
