"""The HTTP API under /api/v1. What there is, is declared by `@operation` in the modules named here."""

from web.api import (
    attachments,
    batches,
    cases,
    co_tasks,
    docs,
    extensions,
    funds,
    history,
    registry,
    reveal,
    statistics,
    suggestions,
    transitions,
    work,
)
from web.api.operations import OPERATIONS, blueprint

ROOMS = (
    *(attachments, batches, cases, co_tasks, docs, extensions, funds, history, registry, reveal),
    *(statistics, suggestions, transitions, work),
)

__all__ = ["OPERATIONS", "ROOMS", "blueprint"]
