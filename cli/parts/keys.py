"""What the commands of the keys share: the ring with what is stored under each key, in words and as JSON."""

import json
from collections.abc import Mapping

from casework.core.i18n import say
from casework.core.office import Office
from casework.keeping.rotation import uses


def listed(office: Office) -> list[dict[str, object]]:
    """Return every key with its kind, whether it is active, and how many values stand under it."""
    keyring = office.keyring
    with office.db.reading() as session:
        counted = uses(session)
    active = {keyring.active_key_id, keyring.active_index_key_id}
    names = sorted({*keyring.key_ids, *counted}, key=lambda name: (name[:1], name not in active, name))
    return [
        {
            "key": name,
            "kind": "index" if name.startswith("x") else "data",
            "active": name in active,
            "here": name in keyring.key_ids,
            "values": counted.get(name, 0),
        }
        for name in names
    ]


def told(keys: list[dict[str, object]], *, as_json: bool, **more: object) -> str:
    """Write the keys, for programs or for people."""
    if as_json:
        return json.dumps({"keys": keys, **more}, ensure_ascii=False) + "\n"
    return "".join(f"{_line(row)}\n" for row in keys)


def _line(row: Mapping[str, object]) -> str:
    state = "active" if row["active"] else "old" if row["here"] else "missing"
    kind = say(f"cli.key_{row['kind']}")
    return say("cli.key_line", key=row["key"], kind=kind, state=say(f"cli.key_{state}"), values=row["values"])
