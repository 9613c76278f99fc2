"""What each route says about who may come in. A route that says nothing does not pass the tests (tests/web).

`@needs("case.read")`: known callers only; the view itself then asks about the matter at hand. With `anywhere=True`
the permission is asked of the caller as such, for routes without a matter. `@open_to_all("why")`: everybody.
Neither replaces the questions inside casework and workflows: those hold for every edge.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from flask import request

from casework.core.errors import CaseworkError, Denied
from casework.permissions import may_anywhere, rules
from casework.registry import second_factor
from casework.registry.account_rules import is_officer
from casework.registry.identities import Identity
from web import identity, unit

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declares: a permission, or (with none) why everybody may come in."""

    permission: str | None
    anywhere: bool = False
    reason: str = ""
    # Whether it is open to who must first change a password or set up the second factor.
    at_the_door: bool = False
    # Whether a form sent to this view must carry the one-time token; bearer tokens never do.
    csrf: bool = True


class PasswordFirst(CaseworkError):
    """The caller must change their password before anything else (403; pages lead there)."""

    code = "password_change_first"


class SecondFactorFirst(CaseworkError):
    """The caller must set up their second factor before anything else (403; pages lead there)."""

    code = "second_factor_first"


class FromElsewhere(CaseworkError):
    """One of the three administrators calls from outside the networks they work from (403)."""

    code = "admin_elsewhere"


def needs(permission: str, *, anywhere: bool = False, at_the_door: bool = False) -> Callable[[View], View]:
    """Let only known callers pass; with `anywhere`, only those who hold the permission in some place or unit.

    A browser whose owner has something to settle first gets no further than views `at_the_door`.

    Raises:
        KeyError: casework/permissions.toml does not know the permission (when the view is defined).
    """
    rules().permission[permission]

    def declare(view: View) -> View:
        @functools.wraps(view)
        def guarded(**values: Any) -> Any:
            known = identity.identity()
            if not at_the_door:
                _settle_first(known)
            if anywhere and not may_anywhere(known.actor, permission):
                raise Denied(permission)
            return view(**values)

        guarded.__dict__["access"] = Access(permission, anywhere=anywhere, at_the_door=at_the_door)
        return guarded

    return declare


def _settle_first(known: Identity) -> None:
    _look_where_from(known)
    if known.session_id is None:
        return
    if known.must_change:
        raise PasswordFirst
    settings = unit.office().settings
    needed = second_factor.is_required(known.own_roles, https=settings.https, profile=settings.account_profile)
    if needed and not known.has_second_factor:
        raise SecondFactorFirst


def _look_where_from(known: Identity) -> None:
    networks = unit.office().settings.admin_networks
    if not networks or not is_officer(known.own_roles):
        return
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        raise FromElsewhere from None
    address = getattr(address, "ipv4_mapped", None) or address
    if not any(address.version == each.version and address in each for each in networks):
        raise FromElsewhere


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
