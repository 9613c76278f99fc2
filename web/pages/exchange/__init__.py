"""Ledgers in and out: imports, exports, sheets upwards, exports that name people."""
