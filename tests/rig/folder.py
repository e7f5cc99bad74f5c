"""The folder that a rig lives in: its paths, its processes (by pid file) and its database shell.

A process belongs to a rig only if its pid file lies here *and* its command line names the folder, so that
a stale pid file never ends a stranger.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

MARK = "wordpress-rig.mark"  # present in every folder that a rig was built in
SERVICES = ("nginx", "php-fpm", "mariadb")  # in the order in which they are stopped
LONGEST_SOCKET_FOLDER = 80  # a unix socket's path ends at 107 bytes


class RigError(Exception):
    """The rig cannot do what was asked; the message says why and what to do."""


def find_program(*names: str) -> str | None:
    """Return the path of the first of these programs that is installed."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin"
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that no reader ever sees half of it."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.chmod(mode)
    fresh.replace(path)


class Folder:
    """One rig's place on disk."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).absolute()
        self.pids = self.path / "run"
        self.sockets = self._socket_folder()
        self.database_socket = self.sockets / "mariadb.sock"
        self.php_socket = self.sockets / "php.sock"
        self.children: list[subprocess.Popen[bytes]] = []  # those that this very process started

    def _socket_folder(self) -> Path:
        if len(str(self.pids)) <= LONGEST_SOCKET_FOLDER:
            return self.pids
        digest = hashlib.sha256(str(self.path).encode()).hexdigest()[:10]
        return Path(tempfile.gettempdir()) / f"wprig-{os.geteuid()}-{digest}"

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def is_ours(self) -> bool:
        """Whether a rig was built here."""
        return (self / MARK).exists()

    def pid(self, service: str) -> int | None:
        """Return the pid of a service that runs for this rig, or None."""
        try:
            number = int((self.pids / f"{service}.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return number if self._is_ours(number) else None

    def _is_ours(self, number: int) -> bool:
        try:
            command = Path(f"/proc/{number}/cmdline").read_bytes()
        except OSError:
            return False
        return f"{self.path}/" in command.replace(b"\0", b" ").decode(errors="replace") + "/"

    def running(self) -> list[str]:
        """Name the services that run."""
        return [service for service in SERVICES if self.pid(service)]

    def stop(self, service: str, patience: float = 20.0) -> bool:
        """End one service: politely, then not."""
        number = self.pid(service)
        if not number:
            return False
        if not self._ends_after(number, signal.SIGTERM, patience):
            self._ends_after(number, signal.SIGKILL, patience)
        for child in self.children:
            if child.pid == number:
                child.wait(patience)
        (self.pids / f"{service}.pid").unlink(missing_ok=True)
        return True

    def _ends_after(self, number: int, sign: signal.Signals, patience: float) -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, sign)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if not self._is_ours(number):  # an ended child, too, has no command line
                return True
            time.sleep(0.02)
        return False

    def log_tail(self, *names: str) -> str:
        """Return the last lines of these logs, for an error message."""
        logs = [self.path / "log" / name for name in names]
        return "\n".join(
            f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-12:])
            for log in logs
            if log.exists()
        )

    def sql(self, statement: str, database: str = "wordpress") -> str:
        """Run SQL as the database's root and return what the client prints."""
        client = find_program("mariadb", "mysql")
        if not client or not self.pid("mariadb"):
            raise RigError(f"no database runs in {self.path}: start the rig first")
        done = subprocess.run(
            [client, "--no-defaults", f"--socket={self.database_socket}", "-u", "root", "-N", "-B", "-r",
             "--default-character-set=utf8mb4", *([database] if database else [])],
            check=False, input=statement.encode(), capture_output=True,
        )  # fmt: skip
        if done.returncode:
            raise RigError("sql failed: " + done.stderr.decode(errors="replace").strip())
        return done.stdout.decode(errors="replace")

    def services_user(self) -> str | None:
        """Name the user to run services as: www-data where root can hand over, None where we are not root."""
        if os.geteuid() != 0:
            return None
        return "www-data" if self._can_be_entered_by("www-data") else "root"

    def _can_be_entered_by(self, user: str) -> bool:
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            return False
        cd = ["/bin/sh", "-c", 'cd "$0"', str(self.path)]
        done = subprocess.run(
            cd, check=False, capture_output=True, user=entry.pw_uid, group=entry.pw_gid, extra_groups=[]
        )
        return done.returncode == 0

    def hand_over(self, top: Path, user: str | None) -> None:
        """Give a folder and all in it to the services' user."""
        if user in (None, "root"):
            return
        entry = pwd.getpwnam(user)
        for base, _, files in os.walk(top):
            for path in (base, *(os.path.join(base, file) for file in files)):  # noqa: PTH118
                os.lchown(path, entry.pw_uid, entry.pw_gid)
