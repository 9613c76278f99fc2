"""Whether whoever calls has lately proven who they are: before masks are lifted and personal data is handed out.

Somebody who sits down at a screen that was left open can read what is masked, and nothing more
(docs/decisions/0103-a-fresh-proof.md). A token is itself shown anew with every request: it is always fresh.
"""

from web import identity, unit
from workflows.denials import ProofWanted

PASSWORD, CODE, PROVIDER = "password", "code", "provider"


def is_fresh() -> bool:
    """Say whether the caller's proof is young enough for what is personal."""
    known = identity.identity()
    if known.session_id is None:
        return True
    return known.proven_at is not None and unit.at() - known.proven_at <= unit.office().settings.proof_within


def require() -> None:
    """Go on only with a fresh proof.

    Raises:
        ProofWanted: the caller's is too old; pages lead to where it is given.
    """
    if not is_fresh():
        raise ProofWanted


def way() -> str:
    """Return what this caller proves themselves by: a password, else a code, else the provider of single sign-on."""
    known = identity.identity()
    return PASSWORD if known.has_password else CODE if known.has_second_factor else PROVIDER
