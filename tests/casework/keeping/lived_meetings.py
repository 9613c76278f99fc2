"""Consultations in the lived office: one with a date, one put off, one whose agreements became records."""

from uuid import UUID

from tests.meeting import approved, at, convert, hall, minuted, move, scheduled
from tests.world import World


def met(world: World) -> dict[str, UUID]:
    """Bring three topics to three ends; return the ids."""
    dated, followed, off = scheduled(world), minuted(world), approved(world, "下雨没开成")
    convert(world, followed, 1, "case")
    convert(world, followed, 2, "suggestion")
    move(world, followed, "implement")
    hall(world)
    move(world, off, "schedule", **at(72))
    move(world, off, "postpone", "an", reason="下雨")
    return {"dated": dated, "followed": followed, "put_off": off}
