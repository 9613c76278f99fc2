"""The audit as the lifecycles know it; it is kept in casework/registry/audit.py, below them, because accounts use it."""

from casework.registry.audit import count_since, record

__all__ = ["count_since", "record"]
