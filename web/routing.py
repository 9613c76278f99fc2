"""Routes whose address builders are made when an address is first asked for.

Werkzeug compiles two small functions a route when the route is added, three quarters of the time it takes to make the
application; most routes are never built in a process's first seconds, and many never. What is matched and what is
built stays Werkzeug's own.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from types import FunctionType
from typing import Any

import markupsafe
from flask import Flask, Request, Response, request
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from markupsafe import Markup
from werkzeug.routing import BaseConverter, Rule

from web.form_cookies import FormCookies

# What an answer goes through before it leaves, with the request it answers.
Watch = Callable[[Request, Response], Response]
_OF_EVERY_DICT = frozenset(dir(dict))


class LazyRule(Rule):
    """A route that compiles its builders late."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder
        made: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(compile_now(append_unknown))
            return made[0](rule, **values)

        return build


class MatterConverter(BaseConverter):
    """An id or number of a consultation; `slots` stands beside it in the contract and is none."""

    regex = "(?!slots$)[^/]+"


class FundLineConverter(BaseConverter):
    """An id of a fund line; `totals` stands beside it and is none."""

    regex = "(?!totals$)[^/]+"


class CodeConverter(BaseConverter):
    """A code, which may have a slash in it; what stands behind it in an address is none of it."""

    part_isolating = False
    regex = r"[^/].*?(?<!/history)"


class Page(Context):
    """Jinja's context, quicker with what a page calls a hundred times: macros, and plain functions of ours.

    Jinja looks at everything that is called, and at how it is called, for a wish to be handed more than it is given.
    """

    def call(self, called: Any, /, *arguments: Any, **named: Any) -> Any:
        """Return what calling gives."""
        kind = type(called)
        if kind is Macro:
            # As every macro wishes.
            arguments = (self.eval_ctx, *arguments)
        elif kind is not FunctionType or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *arguments, **named)
        # What only those are handed that wish for the whole context.
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return called(*arguments, **named)


# Without what makes a string of its own kind of the outcome: three quarters of the time.
_escape: Callable[[str], str] = getattr(markupsafe, "_escape_inner", markupsafe.escape)


def escaped(value: Any, /) -> str:
    """Return a value as it stands in a page: exactly what the library's `escape` gives, as a plain string.

    A page is joined of a thousand of these, and nobody asks any of them again whether it is safe.
    """
    kind = type(value)
    if kind is str:
        return _escape(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]  # of the kind just asked for
    if kind is int:
        return str(value)
    return markupsafe.escape(value)


class Writer(CodeGenerator):
    """Writes templates out as Jinja does, but with our `escaped` around what is put into a page."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.escaped(")
        else:
            super()._output_child_pre(node, frame, finalize)


class Pages(Environment):
    """Jinja's environment, quicker with what nearly every page is made of: entries of dictionaries, parts of pages.

    Jinja asks for an attribute first and learns by an exception that a dictionary has none of that name, hundreds of
    times a page.
    """

    context_class = Page
    code_generator_class = Writer
    escaped = staticmethod(escaped)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what `obj.attribute` means in a template."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_EVERY_DICT:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return what every template knows: the one dictionary of the environment where a template adds nothing.

        Jinja chains an empty one before it, and looks through both by hand for each of the ten parts of a page.
        """
        return super().make_globals(d) if d else self.globals


class Application(Flask):
    """Flask with late address builders, and without a question after coroutines at every call of a view or hook."""

    url_rule_class = LazyRule
    jinja_environment = Pages
    # Every template is kept once it is made: to keep count of which was used last takes longer than to find it.
    jinja_options: Mapping[str, Any] = {"cache_size": -1}  # type: ignore[assignment] # Flask only reads it
    # Headers of every answer that does not carry one of the same name itself.
    always: Sequence[tuple[str, str]] = ()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Know our own kinds of variables from the first route on."""
        super().__init__(*arguments, **options)
        self._watches: list[Watch] = []
        self.session_interface = FormCookies()
        self.url_map.converters["consultation"] = MatterConverter
        self.url_map.converters["fund_line"] = FundLineConverter
        self.url_map.converters["code"] = CodeConverter

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is: no view or hook here is a coroutine, and some twenty are called a request."""
        return func

    def on_answer(self, watch: Watch) -> Watch:
        """Let every answer go through `watch`; who was registered last is asked first.

        As Flask's `after_request`, but with the request in hand: to look for it takes longer than most of them do.
        """
        self._watches.insert(0, watch)
        return watch

    def process_response(self, response: Response) -> Response:
        """Let an answer go through all that watch, then through Flask's own."""
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]  # of Werkzeug's proxies
        for watch in self._watches:
            response = watch(asked, response)
        return super().process_response(response)

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, and put what every answer carries on the list that the server sends.

        Put into Werkzeug's headers one by one they take longer than it takes to find the route.
        """

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            own = {name.lower() for name, _ in headers}
            headers += [each for each in self.always if each[0].lower() not in own]
            return start_response(status, headers, *error)

        return super().wsgi_app(environ, start)
