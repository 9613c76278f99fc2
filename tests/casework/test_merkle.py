"""The Merkle tree is the one of RFC 6962 §2.1, folded from a stream or grown day by day."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from casework.core.merkle import EMPTY, Tree, leaf, root_of


def by_the_book(leaves: list[bytes]) -> bytes:
    """Hash as RFC 6962 §2.1 defines it: split at the largest power of two smaller than the number of leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + by_the_book(leaves[:split]) + by_the_book(leaves[split:])).digest()


def hashes(count: int) -> list[bytes]:
    return [leaf(bytes([n])) for n in range(count)]


def test_the_root_over_a_stream_is_that_of_the_book() -> None:
    for count in range(70):
        assert root_of(hashes(count)) == by_the_book(hashes(count))


def test_known_answers_of_certificate_transparency() -> None:
    # The test vectors that implementations of RFC 6962 share (leaves "", 00, 10, 2021, 3031, …).
    inputs = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")]
    roots = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    }
    for count, root in roots.items():
        assert root_of(leaf(each) for each in inputs[:count]).hex() == root


def test_a_leaf_is_no_node() -> None:
    one, two = hashes(2)
    assert leaf(one + two) != root_of([one, two])


@given(st.lists(st.dictionaries(st.integers(0, 60), st.binary(max_size=3), max_size=12), max_size=8))
def test_a_tree_that_grows_and_changes_has_the_root_of_what_it_holds(days: list[dict[int, bytes]]) -> None:
    tree = Tree()
    held: dict[int, bytes] = {}
    for day in days:
        tree.put({key: leaf(value) for key, value in day.items()})
        held |= day
        expected = [leaf(held[key]) for key in sorted(held)]
        assert len(tree) == len(held)
        assert tree.root == by_the_book(expected) == root_of(expected)


def test_a_tree_without_leaves_has_the_empty_root() -> None:
    assert Tree().root == EMPTY == root_of([])
