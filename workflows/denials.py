"""What a caller is refused for who they are: known by whoever answers, without the engine that judges."""

from collections.abc import Sequence

from casework.core.errors import CaseworkError, Denied, Refusal


class NotAllowed(Denied):
    """The caller may not do this; `refusals` say why where there is more to say than the role."""

    def __init__(self, permission: str, refusals: Sequence[Refusal] = ()) -> None:
        super().__init__(permission)
        self.refusals = tuple(refusals)


class ProofWanted(CaseworkError):
    """Who asks proved too long ago who they are; they do so again, then go on."""

    code = "proof_wanted"


class CapReached(CaseworkError):
    """The day's cap of lifted masks is used up."""

    code = "cap_reached"
