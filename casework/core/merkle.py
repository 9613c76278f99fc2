"""Merkle trees over SHA-256 in the shape of RFC 6962 §2.1: leaves and nodes are hashed with different first bytes.

`root_of` folds a stream and keeps a hash a level; `Tree` keeps all levels, so that the next day's root costs only what
changed. What the leaves stand for is decided elsewhere (casework/matters/anchors.py).
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

_LEAF, _NODE = b"\x00", b"\x01"
EMPTY = hashlib.sha256(b"").digest()


def leaf(content: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(_LEAF + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two others."""
    return hashlib.sha256(_NODE + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes in the order given; a lone last one rises unhashed."""
    rising: list[bytes | None] = []
    for each in leaves:
        carried = each
        for height, waiting in enumerate(rising):
            if waiting is None:
                rising[height] = carried
                break
            rising[height] = None
            carried = node(waiting, carried)
        else:
            rising.append(carried)
    root: bytes | None = None
    for waiting in rising:
        if waiting is not None:
            root = waiting if root is None else node(waiting, root)
    return EMPTY if root is None else root


class Tree:
    """A tree over leaves in the order of their keys that can grow and change."""

    def __init__(self) -> None:
        """Begin without a leaf."""
        self._keys: list[Any] = []
        self._levels: list[list[bytes]] = [[]]

    def __len__(self) -> int:
        """Count the leaves."""
        return len(self._keys)

    @property
    def root(self) -> bytes:
        """The hash over all leaves."""
        return self._levels[-1][0] if self._keys else EMPTY

    def put(self, leaves: Mapping[Any, bytes]) -> None:
        """Set the hashes of leaves, known ones and new ones, and bring every level up to date."""
        keys, hashes = self._keys, self._levels[0]
        changed: set[int] = set()
        new: dict[Any, bytes] = {}
        for key, value in leaves.items():
            place = bisect_left(keys, key)
            if place < len(keys) and keys[place] == key:
                hashes[place] = value
                changed.add(place)
            else:
                new[key] = value
        # From the first new leaf on every place has moved.
        moved_from = len(keys)
        if new:
            moved_from = bisect_left(keys, min(new))
            tail = dict(zip(keys[moved_from:], hashes[moved_from:], strict=True)) | new
            ordered = sorted(tail)
            keys[moved_from:] = ordered
            hashes[moved_from:] = [tail[key] for key in ordered]
        self._rise(changed, moved_from)

    def _rise(self, changed: set[int], moved_from: int) -> None:
        height = 0
        while len(self._levels[height]) > 1:
            below = self._levels[height]
            if height + 1 == len(self._levels):
                self._levels.append([])
            level = self._levels[height + 1]
            # A last node that had no neighbour may have one now.
            moved_from //= 2
            changed = {place // 2 for place in changed if place // 2 < moved_from}
            for place in changed:
                level[place] = _parent(below, place)
            level[moved_from:] = [_parent(below, place) for place in range(moved_from, (len(below) + 1) // 2)]
            height += 1
        del self._levels[height + 1 :]


def _parent(below: list[bytes], place: int) -> bytes:
    left = below[2 * place]
    return node(left, below[2 * place + 1]) if 2 * place + 1 < len(below) else left
