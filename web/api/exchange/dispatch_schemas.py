"""What the API gives of sheets sent upwards."""

from web.api.schemas import Model


class ReceiverOut(Model):
    """Who wants a sheet: its title, and the kind of ledger it is drawn from."""

    code: str
    label: str
    title: str
    kind: str


class DispatchOut(Model):
    """A sheet as it was sent; `sha256` is of the file's bytes, `sent_by` null when the office's console sent it."""

    id: str
    receiver: str
    title: str
    as_of: str
    known_at: str
    rows: int
    file_name: str
    sha256: str
    sent_by: str | None
    sent_at: str


class DispatchList(Model):
    """What was sent, the latest first."""

    items: list[DispatchOut]
    next: str | None
    total: int | None = None
    receivers: list[ReceiverOut]
