"""One difficulty told: a story with its slots filled, by somebody invented in a real village."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.demo import material

_CHANNELS = (("phone", 34), ("visit", 26), ("web", 12), ("qr", 10), ("letter", 8), ("superior", 6), ("consultation", 4))
_PHONE_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Tale:
    """One difficulty, ready to be reported; `unit` handles it in the end."""

    story: material.Story
    slots: Mapping[str, object]
    region_code: str
    channel: str
    reporter: Mapping[str, str]
    unit: str

    def filled(self, text: str) -> str:
        """Fill the slots of a further text of the same story."""
        return text.format_map(self.slots)

    def report(self) -> dict[str, Any]:
        """Return the difficulty as it is sent to `report_case`."""
        return {
            "title": self.filled(self.story["title"]),
            "description": self.filled(self.story["text"]),
            "category": self.story["category"],
            "kind": self.story["kind"],
            "urgency": self.story.get("urgency", "normal"),
            "region_code": self.region_code,
            "channel": self.channel,
            "reporter": dict(self.reporter),
        }


def invented_name(chance: random.Random) -> str:
    """Return a name nobody has."""
    words = material.words()
    return f"{chance.choice(words['surnames'])}{chance.choice(words['given_names'])}"


def tell(
    chance: random.Random, villages: Mapping[str, str], *, story: material.Story, region_code: str | None = None
) -> Tale:
    """Tell a story in a village, a random one unless it is named."""
    words = material.words()
    code = region_code or chance.choice(sorted(villages))
    slots = {
        "v": villages[code],
        "g": chance.choice(words["groups"]),
        "n": chance.randint(5, 38),
        "m": chance.randint(2, 9),
        "d": chance.randint(3, 14),
        "who": invented_name(chance),
        **{key: chance.choice(words[many]) for key, many in _MANY},
    }
    digits = f"{chance.randrange(10**_PHONE_DIGITS):0{_PHONE_DIGITS}d}"
    reporter = {"name": invented_name(chance), "phone": words["phone_prefix"] + digits}
    names, weights = zip(*_CHANNELS, strict=True)
    unit = story["unit"] if story["unit"] != "T" else f"T{code[:9]}"
    return Tale(story, slots, code, chance.choices(names, weights)[0], reporter, unit)


_MANY = (
    ("crop", "crops"),
    ("animal", "animals"),
    ("disease", "diseases"),
    ("grade", "grades"),
    ("weather", "weathers"),
    ("helper", "helpers"),
)
