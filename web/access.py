"""What each route says about who may come in. A route that says nothing does not pass the tests (tests/web).

`@needs("case.read")`: known callers only; the view itself then asks about the matter at hand. With `anywhere=True`
the permission is asked of the caller as such, for routes without a matter. `@open_to_all("why")`: everybody.
Neither replaces the questions inside casework and workflows: those hold for every edge.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from casework.core.errors import Denied
from casework.permissions import may_anywhere, rules
from web import identity

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declares: a permission, or (with none) why everybody may come in."""

    permission: str | None
    anywhere: bool = False
    reason: str = ""
    # Whether a form sent to this view must carry the one-time token; bearer tokens never do.
    csrf: bool = True


def needs(permission: str, *, anywhere: bool = False) -> Callable[[View], View]:
    """Let only known callers pass; with `anywhere`, only those who hold the permission in some place or unit.

    Raises:
        KeyError: casework/permissions.toml does not know the permission (when the view is defined).
    """
    rules().permission[permission]

    def declare(view: View) -> View:
        @functools.wraps(view)
        def guarded(**values: Any) -> Any:
            actor = identity.actor()
            if anywhere and not may_anywhere(actor, permission):
                raise Denied(permission)
            return view(**values)

        guarded.__dict__["access"] = Access(permission, anywhere=anywhere)
        return guarded

    return declare


def open_to_all(reason: str, *, csrf: bool = True) -> Callable[[View], View]:
    """Let everybody pass, and say why."""

    def declare(view: View) -> View:
        view.__dict__["access"] = Access(None, reason=reason, csrf=csrf)
        return view

    return declare


def access_of(view: View) -> Access | None:
    """Return what a view declares; None when it declares nothing."""
    found: Access | None = getattr(view, "access", None)
    return found
