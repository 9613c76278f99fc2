"""The proxy in front of the web hosts: hands each connection to the next host that says it is ready.

python -m tests.machines.proxy ADDRESS PORT HOST:PORT HOST:PORT
"""

import asyncio
import sys
from contextlib import suppress
from itertools import count

_CHECK_SECONDS = 0.8
_PATIENCE = 1.0


class Proxy:
    """Asks every host about every second whether it is ready; who is not gets no connection."""

    def __init__(self, hosts: list[tuple[str, int]]) -> None:
        self._hosts = hosts
        self._ready: set[tuple[str, int]] = set()
        self._turns = count()

    async def run(self, address: str, port: int) -> None:
        """Serve for ever."""
        watchers = [asyncio.create_task(self._watch(host)) for host in self._hosts]
        server = await asyncio.start_server(self._hand_on, address, port)
        print("proxy_works", flush=True)
        async with server:
            await asyncio.gather(server.serve_forever(), *watchers)

    async def _watch(self, host: tuple[str, int]) -> None:
        while True:
            try:
                ready = await asyncio.wait_for(self._is_ready(host), _PATIENCE)
            except (OSError, TimeoutError):
                ready = False
            if ready:
                self._ready.add(host)
            else:
                self._ready.discard(host)
            await asyncio.sleep(_CHECK_SECONDS)

    async def _is_ready(self, host: tuple[str, int]) -> bool:
        reader, writer = await asyncio.open_connection(*host)
        try:
            writer.write(f"GET /readyz HTTP/1.1\r\nHost: {host[0]}\r\nConnection: close\r\n\r\n".encode())
            return b" 200 " in await reader.readline()
        finally:
            writer.close()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turn = next(self._turns)
        ready = sorted(self._ready)
        for n in range(len(ready)):
            host = ready[(turn + n) % len(ready)]
            try:
                far = await asyncio.wait_for(asyncio.open_connection(*host), _PATIENCE)
            except (OSError, TimeoutError):
                continue
            await asyncio.gather(_pump(reader, far[1]), _pump(far[0], writer))
            return
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while said := await reader.read(65536):
            writer.write(said)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    parts = [each.rpartition(":") for each in sys.argv[3:]]
    asyncio.run(Proxy([(name, int(port)) for name, _, port in parts]).run(sys.argv[1], int(sys.argv[2])))
