"""Words that no other case has, so that a search for two characters finds exactly one."""

import secrets

# Characters that stand in no story of the demo county.
_RARE = "龘靐齉爩龗麤驫羴猋骉犇鱻麣灪厵飍馫贔嚞畾淼焱垚"


def rare_pair() -> str:
    """Return two characters that stand side by side nowhere else."""
    return "".join(secrets.choice(_RARE) for _ in range(2))
