"""A name server of the tests' own, and a resolver that asks it: answers may differ each time (rebinding)."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

TYPES = {socket.AF_INET: 1, socket.AF_INET6: 28}

Answers = Callable[[str], list[str]]


class NameServer(asyncio.DatagramProtocol):
    """Answers each question with what a function says of the name, with a time to live of 0 (RFC 1035)."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question."""
        labels, position = [], 12
        while length := data[position]:
            labels.append(data[position + 1 : position + 1 + length].decode("ascii"))
            position += 1 + length
        question = data[12 : position + 5]
        kind = struct.unpack(">H", data[position + 1 : position + 3])[0]
        packed = [address.packed for address in map(ip_address, self._answers(".".join(labels)))]
        fitting = [raw for raw in packed if len(raw) == (4 if kind == 1 else 16)]
        head = data[:2] + struct.pack(">5H", 0x8180, 1, len(fitting), 0, 0)
        records = (struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(raw)) + raw for raw in fitting)
        self._transport.sendto(head + question + b"".join(records), addr)


class AskingResolver(AbstractResolver):
    """Resolves a name by asking one server over UDP, both families at each time."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Ask for IPv4 addresses, and for IPv6 ones where there are none."""
        for kind in (socket.AF_INET, socket.AF_INET6):
            if addresses := await asyncio.to_thread(self._ask, host, kind):
                return [_result(host, address, port, kind) for address in addresses]
        raise OSError(f"{host} has no address")

    async def close(self) -> None:
        """Keep nothing open."""

    def _ask(self, host: str, kind: socket.AddressFamily) -> list[str]:
        name = b"".join(bytes([len(label)]) + label.encode("ascii") for label in host.split(".")) + b"\0"
        query = struct.pack(">6H", 4711, 0x0100, 1, 0, 0, 0) + name + struct.pack(">HH", TYPES[kind], 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.sendto(query, self._server)
            answer = client.recv(4096)
        count, position, size = (
            struct.unpack(">H", answer[6:8])[0],
            len(query),
            4 if kind == socket.AF_INET else 16,
        )
        starts = [position + 12 + index * (12 + size) for index in range(count)]
        return [str(ip_address(answer[start : start + size])) for start in starts]


def _result(host: str, address: str, port: int, family: socket.AddressFamily) -> ResolveResult:
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )


@asynccontextmanager
async def name_server(answers: Answers) -> AsyncIterator[AskingResolver]:
    """Run a name server; the value is a resolver that asks it."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: NameServer(answers), local_addr=("127.0.0.1", 0)
    )
    try:
        yield AskingResolver(transport.get_extra_info("sockname"))
    finally:
        transport.close()
