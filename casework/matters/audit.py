"""The audit as the lifecycles know it; kept in casework/registry/audit.py, below them, since accounts use it too."""

from casework.registry.audit import count_since, record

__all__ = ["count_since", "record"]
