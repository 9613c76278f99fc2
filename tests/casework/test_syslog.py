"""Logs go to syslog besides, scrubbed like the rest; a server that is away costs nothing."""

import logging
import socket
from pathlib import Path

import pytest
from structlog import get_logger

from casework.core import logs


def test_a_line_reaches_the_socket_without_personal_numbers_and_a_lost_socket_is_borne(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        server.bind(str(tmp_path / "log"))
        logs.configure(syslog=str(tmp_path / "log"))
        get_logger("tests.syslog").info("case_seen", phone="13900000876")
        line = server.recv(4096).decode()
        assert line.startswith("<134>casework: {") and "case_seen" in line and "13900000876" not in line
        server.close()
        (tmp_path / "log").unlink()
        get_logger("tests.syslog").info("case_lost")
        told = capsys.readouterr().err
        assert "case_lost" in told and "Traceback" not in told
    finally:
        server.close()
        for handler in root.handlers:
            handler.close()
        root.handlers = before
        root.setLevel(level)
