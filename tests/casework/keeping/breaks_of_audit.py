"""Ways to rewrite the audit itself, past the product."""

from datetime import timedelta
from typing import Any

from casework.core.ids import new_id
from casework.registry import audit_chain
from tests.casework.keeping.breaking import Breaker
from tests.casework.keeping.breaks import breaks


def forge(b: Breaker) -> None:
    """Seal the whole chain anew over what is there, as whoever knows how it is made could."""
    rows = {row["id"]: row for row in b.rows("audit")}
    before = audit_chain.GENESIS
    for link in b.rows("audit_links"):
        row = dict(rows[link["audit_id"]])
        before = audit_chain.digest(before, seq=link["seq"], row_id=row.pop("id"), **row)
        b.set("audit_links", {"seq": link["seq"]}, hash=before)


def in_the_middle(b: Breaker) -> dict[str, Any]:
    """Return a link with others before and behind it."""
    links = b.rows("audit_links")
    return links[len(links) // 2]


@breaks("audit")
def an_entry_tells_otherwise(b: Breaker) -> None:
    b.set("audit", {"id": in_the_middle(b)["audit_id"]}, facts={"person": str(new_id())})


@breaks("audit")
def an_entry_is_of_another_day(b: Breaker) -> None:
    row = b.rows("audit", id=in_the_middle(b)["audit_id"])[0]
    b.set("audit", {"id": row["id"]}, at=row["at"] - timedelta(days=1))


@breaks("audit")
def somebody_else_is_in_it(b: Breaker) -> None:
    b.set("audit", {"id": in_the_middle(b)["audit_id"]}, person_id=b.office.known.actors["bai"].person_id)


@breaks("audit")
def an_entry_is_gone(b: Breaker) -> None:
    b.remove("audit", id=in_the_middle(b)["audit_id"])


@breaks("audit")
def an_entry_is_gone_with_its_link(b: Breaker) -> None:
    link = in_the_middle(b)
    b.remove("audit_links", seq=link["seq"])
    b.remove("audit", id=link["audit_id"])


@breaks("audit")
def an_entry_is_slipped_in(b: Breaker) -> None:
    b.add("audit", {**b.rows("audit")[0], "id": new_id()})


@breaks("audit")
def two_entries_change_places(b: Breaker) -> None:
    one, two = b.rows("audit_links")[1:3]
    b.set("audit_links", {"seq": one["seq"]}, audit_id=new_id())
    b.set("audit_links", {"seq": two["seq"]}, audit_id=one["audit_id"])
    b.set("audit_links", {"seq": one["seq"]}, audit_id=two["audit_id"])


@breaks("I6")
def the_audit_is_forged_from_a_changed_entry_on(b: Breaker) -> None:
    an_entry_tells_otherwise(b)
    forge(b)


@breaks("I6")
def the_end_of_the_audit_is_cut_off(b: Breaker) -> None:
    length = b.rows("anchors")[-1]["audit_seq"]
    for link in reversed(b.rows("audit_links")[length - 1 :]):
        b.remove("audit_links", seq=link["seq"])
        b.remove("audit", id=link["audit_id"])


@breaks("I6")
def an_anchor_knows_of_a_shorter_audit(b: Breaker) -> None:
    anchor = b.rows("anchors")[-1]
    b.set("anchors", {"day": anchor["day"]}, audit_seq=anchor["audit_seq"] - 1)
