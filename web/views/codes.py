"""Codes to scan that lead to an address. What draws them is read in with the first: the log-in page needs none."""

from typing import IO


def data_uri(address: str, *, error: str = "m", scale: int, border: int) -> str:
    """Draw a code for a page; `error`: how much of it may be lost."""
    import segno  # noqa: PLC0415 - only who prints draws codes

    drawn: str = segno.make(address, error=error).svg_data_uri(scale=scale, border=border)
    return drawn


def png(address: str, out: IO[bytes], *, scale: int, border: int) -> None:
    """Draw a code as a picture for a document."""
    import segno  # noqa: PLC0415 - only who prints draws codes

    segno.make(address, error="m").save(out, kind="png", scale=scale, border=border)
