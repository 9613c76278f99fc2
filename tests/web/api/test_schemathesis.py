"""The document against the application: generated requests for every operation, as every role, all checks on.

What is generated fits the document or breaks it on purpose; either way there is never a 5xx, every status and every
body is as declared, and what breaks the document is refused. Clerk and head send a hundred random requests of each
operation, everybody else ten of them; of an operation that takes nothing but an id there are ten for all. The clerk
besides sends a sixth of what keeps or breaks one single rule of the document. With CASEWORK_TEST_TIER=full there are ten
times as many, everybody breaks every rule, and everybody walks: from what one answer made to what the next request does
with it, as far as twenty requests at a time; the clerk walks a few steps in any case.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.drivers import CoverageGenerator
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.generation.overrides import Override
from schemathesis.specs.openapi.checks import ignored_auth, use_after_free

import web.api.rooms  # noqa: F401 - declares the operations the document is drawn from
from casework.core import clock
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.keeping.verify import verify
from tests import databases
from tests.tiers import FULL
from tests.web.api.conftest import Api, give_token
from tests.web.api.recorded import one_of_each
from tests.world import make_world
from web.api.openapi import document
from web.app import create_app
from workflows.lifecycles import lifecycles

# Clerk and head reach the most, so they are asked the most; what is made up for one is sent by the others too.
OFFICE = ("he", "an")
OTHERS = ("lu", "guan", "jin", "shen", "chen", "cun", "bai", "shui", "guanli", "anquan")
FEW, MANY = (100, 1000) if FULL else (10, 100)
# To make a request up takes as long as to answer it. In the quick tier the hundred of clerk and head together are ten
# that everybody sends and forty-five that both of them send (docs/decisions/0099); in the full tier each sends them all.
MADE_UP = MANY if FULL else FEW + (MANY - FEW) // len(OFFICE)
WALKS, STEPS = (40, 20) if FULL else (3, 6)
TRIES = 20 if FULL else 1
QUIET = hypothesis.settings(deadline=None, suppress_health_check=list(hypothesis.HealthCheck), database=None)
# Well-formed words that name nothing for the caller are 422 by the contract ("A code or id in a body that does not
# exist"), a stale If-Match is 412, and a form in which nothing fits is 400 before it is 422.
# A stale If-Match is told before wrong fields, so a body that breaks the document may be 412 too.
REFUSED = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429]


class _Door:
    """Leads to the application of the test at hand."""

    app: Flask
    tokens: dict[str, str]
    cases: list[str]
    records: dict[str, str]

    def __call__(self, environ: Any, start_response: Any) -> Any:
        # Read to its end and closed, as a server does: the library leaves the file of an attachment open.
        told = self.app(environ, start_response)
        try:
            return [b"".join(told)]
        finally:
            if hasattr(told, "close"):
                told.close()


door = _Door()


def _read() -> Any:
    """Read the document for generating: at random, and what keeps and breaks each of its rules by itself."""
    config = SchemathesisConfig.from_dict(
        {
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", *REFUSED]},
                "negative_data_rejection": {"expected-statuses": REFUSED},
            },
        }
    )
    read: Any = schemathesis.openapi.from_dict(document(), config=config)  # type: ignore[arg-type] # it only reads
    read.app = door
    read.location = "/api/v1/openapi.json"
    return read


documented = _read()
_dice = random.Random(1)
A_SIXTH = 1 / 6
LABELS = [f"{method.upper()} {path}" for path, asked in document()["paths"].items() for method in asked]


@pytest.fixture(scope="module", autouse=True)
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Open one small county for all requests; each of them leaves behind what it likes."""
    home: Path = tmp_path_factory.mktemp("fuzzed")
    with databases.fresh_database("sqlite", holding="county") as url:
        db = Database(url)
        world = make_world(db, home)
        settings = read_settings({"CASEWORK_HOME": str(home), "CASEWORK_DATABASE_URL": url})
        served = Office(settings, Keyring.open(home), db)
        door.app = create_app(served)
        door.app.config["PROPAGATE_EXCEPTIONS"] = False
        door.tokens = {user: give_token(db, actor.person_id) for user, actor in world.actors.items() if user != "ding"}
        cases = [world.report(), world.report("chen"), world.assigned(), world.coordinated(), world.resolved()]
        door.cases = [str(each) for each in cases]
        door.records = one_of_each(Api(door.app, world, served, door.tokens))
        yield
        db.close()


@pytest.mark.parametrize("label", LABELS)
def test_every_answer_is_as_declared_and_never_a_fault(label: str) -> None:
    operation, made = _operation(label), 0
    # Where there is nothing to make up but an id, ten of them say what a hundred would.
    takes_more = bool(operation.body or operation.query)

    # Half of what is made up fits the document, half breaks it on purpose.
    @hypothesis.settings(QUIET, max_examples=MADE_UP if takes_more else FEW)
    @hypothesis.given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def ask(case: schemathesis.Case) -> None:
        nonlocal made
        made += 1
        send(case, OFFICE + OTHERS if made <= FEW else OFFICE, asks_again=made <= FEW)

    ask()
    assert made, "nothing was made up"


@pytest.mark.parametrize("label", LABELS)
def test_each_rule_of_the_document_kept_or_broken_alone(label: str) -> None:
    asked = 0
    for case in _cases_of_rules(_operation(label)):
        if FULL:
            send(case, OFFICE + OTHERS)
        elif asked and _dice.random() >= A_SIXTH:
            continue
        else:
            # What keeps or breaks one rule alone is the same for all who may ask at all.
            send(case, OFFICE[:1])
        asked += 1
    assert asked


def _operation(label: str) -> Any:
    method, path = label.split(" ")
    return documented[path][method]


def _cases_of_rules(operation: Any) -> Iterator[schemathesis.Case]:
    """Yield what keeps and breaks each rule of one operation by itself; made here, as making it takes its time."""
    return iter(
        CoverageGenerator(
            operation=operation,
            generation_modes=list(GenerationMode),
            generation_config=documented.config.generation_for(operation=operation, phase="coverage"),
            auth_storage=None,
            override=Override(),
            feedback=NO_FEEDBACK,
        )
    )


def send(case: schemathesis.Case, people: Sequence[str], *, asks_again: bool = True) -> None:
    """Send what was made up as each of these people; every check is on.

    The check of tokens asks everything once more without one: the first of the people is enough for that, and the
    first requests of an operation are.
    """
    parts = case.meta.components if case.meta is not None else {}
    broken = {where for where, part in parts.items() if part.mode.is_negative}
    if "id" in (case.path_parameters or {}) and ParameterLocation.PATH not in broken and _dice.random() < 0.5:
        # Half of the requests meet a case that is there.
        case.path_parameters["id"] = _dice.choice(door.cases)
    if "record_id" in (case.path_parameters or {}) and ParameterLocation.PATH not in broken and _dice.random() < 0.5:
        case.path_parameters["record_id"] = door.records[case.operation.path.split("/")[1]]
    for who in people:
        # Headers broken on purpose stay as they are; without a token of ours the answer is 401 then.
        headers = {} if ParameterLocation.HEADER in broken else {"Authorization": f"Bearer {door.tokens[who]}"}
        try:
            left_out = [] if asks_again and who == people[0] else [ignored_auth]
            case.call_and_validate(headers=headers, excluded_checks=left_out)
        except BaseException as fault:  # Hypothesis ends examples with some of these; raised again with who it was
            fault.add_note(f"sent by {who}")
            raise


@pytest.mark.parametrize("who", OFFICE + OTHERS)
def test_everybody_gets_in_so_that_green_means_something(who: str) -> None:
    with door.app.test_client() as client:
        answer = client.get("/api/v1/work", headers={"Authorization": f"Bearer {door.tokens[who]}"}, buffered=True)
    assert answer.status_code == 200


@pytest.mark.timeout(3600 if FULL else 300)
@pytest.mark.parametrize("who", OFFICE + OTHERS if FULL else OFFICE[:1])
def test_what_one_answer_makes_the_next_request_takes(who: str) -> None:
    """Which answer feeds which request is found in the document itself. Afterwards the office is sound."""
    made: set[str] = set()
    asked = followed = 0
    faults: list[BaseException] = []

    class Walk(documented.as_state_machine()):  # type: ignore[misc] # made from the document
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return {"headers": {"Authorization": f"Bearer {door.tokens[who]}"}}

        def validate_response(self, response: Any, case: schemathesis.Case, **_more: Any) -> None:
            nonlocal asked, followed
            asked += 1
            followed += not made.isdisjoint(str(each) for each in (case.path_parameters or {}).values())
            told = response.json() if "json" in response.headers.get("content-type", [""])[0] else None
            if isinstance(told, dict) and "id" in told:
                made.add(str(told["id"]))
            # What is taken back or hidden may be asked for again: it is still there, in another state.
            try:
                case.validate_response(response, excluded_checks=[ignored_auth, use_after_free])
            except BaseException as fault:
                faults.append(fault)
                raise

    settings = hypothesis.settings(QUIET, max_examples=WALKS, stateful_step_count=STEPS, derandomize=not FULL)
    for _ in range(TRIES):
        # The office is not what it was when a walk began the same way before, which the generator takes for a fault of
        # ours: then it begins anew. What a check finds is kept, whatever the generator makes of it.
        with suppress(FlakyStrategyDefinition):
            run_state_machine_as_test(Walk, settings=settings)
        assert not faults, faults
        if asked >= WALKS * (STEPS // 2 if FULL else 1):
            break
    # Clerk and head make things; others may make nothing that a later request could name.
    assert asked >= WALKS and (followed or who not in OFFICE or not FULL)
    served = door.app.extensions["casework"]
    folder = served.settings.attachments
    found = verify(
        served.db, at=clock.now(), attachments=folder, lifecycles=lifecycles(), only=("I1", "I2", "I5", "I24")
    )
    assert {each.name: each.first for each in found if each.rows} == {}
