"""The ring that a transaction writes with: its keys stay what they were, and no nonce comes twice."""

import os
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from casework.core.database import Database
from casework.core.encryption import KEYRING_FILE, Keyring, key_id_of, keyring_of

CELL = {"table": "cases", "column": "reporter_id_cipher", "row_id": UUID(int=1)}


def test_a_transaction_writes_with_the_keys_it_began_with_and_the_next_one_with_the_new(tmp_path):
    office = Keyring.open(tmp_path)
    db = Database(f"sqlite:///{tmp_path / 'x.db'}", keyring=office)
    with db.reading() as session:
        began_with = keyring_of(session)
        Keyring(tmp_path / KEYRING_FILE).rotate()
        old = keyring_of(session).encrypt("张三", **CELL)
        assert keyring_of(session) is began_with
    with db.reading() as session:
        new = keyring_of(session).encrypt("张三", **CELL)
        assert key_id_of(new) != key_id_of(old)
        assert keyring_of(session).decrypt(old, **CELL) == "张三"
    assert began_with.decrypt(new, **CELL) == "张三"
    db.engine.dispose()


def test_no_two_values_have_the_same_nonce_whoever_seals_them(tmp_path):
    ring = Keyring.open(tmp_path)

    def sealed(_n):
        return [ring.encrypt("x", **CELL).split(":")[2] for _ in range(500)]

    with ThreadPoolExecutor(8) as threads:
        nonces = [nonce for some in threads.map(sealed, range(8)) for nonce in some]
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(theirs, "\n".join(sealed(0)).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    nonces += os.read(ours, 100_000).decode().split("\n") + sealed(0)
    assert len(nonces) == 10 * 500 == len(set(nonces))
    os.close(ours)
    os.close(theirs)
