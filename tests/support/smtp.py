"""An SMTP server on loopback (RFC 5321, no more of it than a client needs), which a test can have refuse."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from email.message import EmailMessage


class SmtpServer(socketserver.ThreadingTCPServer):
    """Keeps what it was sent: `letters` holds sender, recipients and message of each."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, refuses: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.refuses = refuses  # the first word of the command that is answered with 550
        self.letters: list[tuple[str, list[str], EmailMessage]] = []
        self.commands: list[str] = []

    @property
    def address(self) -> str:
        """Give HOST:PORT."""
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Dialogue(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        sender, recipients = "", []
        self._say("220 ready")
        while line := self.rfile.readline(2000).decode().strip():
            word, _, rest = line.partition(" ")
            self.server.commands.append(word.upper())
            if word.upper() == self.server.refuses:
                self._say("550 not here")
                continue
            if word.upper() == "MAIL":
                sender, recipients = _path(rest), []
            elif word.upper() == "RCPT":
                recipients.append(_path(rest))
            elif word.upper() == "DATA":
                self._say("354 go on")
                letter = message_from_bytes(self._body(), policy=policy.default)
                self.server.letters.append((sender, recipients, letter))
            self._say("221 bye" if word.upper() == "QUIT" else "250 fine")
            if word.upper() == "QUIT":
                return

    def _body(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def _path(rest: str) -> str:
    return rest[rest.index("<") + 1 : rest.index(">")]
