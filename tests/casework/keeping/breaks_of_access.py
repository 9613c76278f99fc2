"""Ways to let oneself in past the product."""

from typing import Any

from casework.core.hashing import new_token
from casework.core.ids import new_id
from tests.casework.keeping.breaking import Breaker
from tests.casework.keeping.breaks import breaks
from tests.world import MORNING


def token(b: Breaker) -> dict[str, Any]:
    return b.rows("tokens")[0]


@breaks("access")
def a_password_is_replaced(b: Breaker) -> None:
    b.set("people", {"user_name": "bai"}, password_hash="$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA")


@breaks("access")
def an_account_without_a_password_gets_one(b: Breaker) -> None:
    other = next(row for row in b.rows("people") if row["user_name"] == "bai")
    b.set("people", {"user_name": "guanli"}, password_hash=other["password_hash"])


@breaks("access")
def a_token_is_another_ones(b: Breaker) -> None:
    b.set("tokens", {"id": token(b)["id"]}, person_id=b.office.known.actors["an"].person_id)


@breaks("access")
def a_token_is_replaced(b: Breaker) -> None:
    b.set("tokens", {"id": token(b)["id"]}, digest=new_token("cw")[1])


@breaks("access")
def a_token_opens_more(b: Breaker) -> None:
    b.set("tokens", {"id": token(b)["id"]}, kind="open311")


@breaks("access")
def a_token_is_slipped_in(b: Breaker) -> None:
    b.add("tokens", {**token(b), "id": new_id(), "digest": new_token("cw")[1]})


@breaks("access")
def somebody_stands_in_for_the_chair(b: Breaker) -> None:
    people = {name: actor.person_id for name, actor in b.office.known.actors.items()}
    row = {"person_id": people["an"], "deputy_id": people["bai"], "created_at": MORNING}
    days = {"valid_from": MORNING.date(), "valid_to": MORNING.date().replace(year=2030)}
    b.add("deputies", {"id": new_id(), **row, **days})
