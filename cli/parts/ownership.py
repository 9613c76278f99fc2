"""Whose the home is: root works in nobody else's, since what root writes there the service cannot open afterwards."""

import os
import pwd
from collections.abc import Mapping

from casework.core.errors import refused
from casework.core.settings import home_of


def require_own_home(environ: Mapping[str, str]) -> None:
    """Let root into root's own home only.

    Raises:
        Refused: the home belongs to another account; the refusal names it and says how to work as it.
    """
    home = home_of(environ)
    if os.geteuid() == 0 and home.is_dir() and (owner := home.stat().st_uid) != 0:
        raise refused("home_of_another", path=str(home), owner=_name_of(owner))


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"
