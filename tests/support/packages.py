"""What the tests need installed: Debian's packages (as root or with `sudo -n`), and one of npm's.

    python -m tests.support.packages          # install what is missing
    python -m tests.support.packages --check  # only say what is missing

Uses the standard library alone: it runs before any virtual environment exists.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]

# Package, and a path (a pattern below /) that exists when it is installed.
PACKAGES = {
    "wordpress": "usr/share/wordpress/wp-settings.php",
    "wordpress-theme-twentytwentythree": "usr/share/wordpress/wp-content/themes/twentytwentythree",
    "php-cli": "usr/bin/php",
    "php-fpm": "usr/sbin/php-fpm[0-9]*",
    "php-mysql": "usr/lib/php/*/mysqli.so",
    "php-curl": "usr/lib/php/*/curl.so",
    "php-xml": "usr/lib/php/*/xml.so",
    "php-mbstring": "usr/lib/php/*/mbstring.so",
    "nginx": "usr/sbin/nginx",
    "mariadb-server-core": "usr/sbin/mariadbd",
    "mariadb-client": "usr/bin/mariadb",
    "postgresql": "usr/lib/postgresql/*/bin/initdb",
    "apache2": "usr/sbin/apache2",
    "wrk": "usr/bin/wrk",  # for `make bench`
    "caddy": "usr/bin/caddy",
    "chromium": "usr/bin/chromium",
    "npm": "usr/bin/npm",
}
# From npm, for the test that holds the dashboard to rules of accessibility: the package, and its one file.
AXE = ("axe-core@4.14.1", "package/axe.min.js", ROOT / ".cache" / "axe.min.js")
POLICY = Path("/usr/sbin/policy-rc.d")  # Debian's switch against starting services on installation
WANTS = Path("/etc/systemd/system/multi-user.target.wants")
SERVICES = ("nginx", "php", "mariadb", "apache2", "caddy", "postgresql")
APT = [
    "apt-get", "-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold",
    "-o", "DPkg::Lock::Timeout=300",
]  # fmt: skip


def missing() -> list[str]:
    """Name the packages that are not installed."""
    return [package for package, path in PACKAGES.items() if not any(Path("/").glob(path))]


def _enabled_units() -> set[str]:
    return {path.name for path in WANTS.iterdir()} if WANTS.is_dir() else set()


@contextlib.contextmanager
def _nothing_starts() -> Iterator[None]:
    """Keep the packages from starting servers on public ports, now and at boot."""
    before = _enabled_units()
    made = not POLICY.exists()
    if made:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if made:
            POLICY.unlink(missing_ok=True)
    for unit in sorted(_enabled_units() - before):
        if unit.startswith(SERVICES):
            subprocess.run(["systemctl", "disable", unit], check=False, capture_output=True)


def _apt(*arguments: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    return (
        subprocess.run([*APT, *arguments], check=False, env=environment, stdin=subprocess.DEVNULL).returncode
        == 0
    )


def install(packages: list[str]) -> str:
    """Install packages as root and return what is wrong afterwards, '' for nothing."""
    with _nothing_starts():
        if not _apt("install", *packages):
            _apt("update")
            _apt("install", *packages)
    still = missing()
    return f"apt-get could not install {', '.join(still)}; see above" if still else ""


def _through_sudo() -> int | None:
    sudo = shutil.which("sudo")
    if not sudo or subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode:
        return None
    return subprocess.run([sudo, "-n", sys.executable, __file__], check=False).returncode


def fetch_axe() -> str:
    """Keep axe-core's file in `.cache` and return what is wrong, '' for nothing."""
    package, member, file = AXE
    if file.exists():
        return ""
    file.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        command = ["npm", "pack", "--silent", package]
        try:
            subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, capture_output=True)
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as packed:
                content = packed.extractfile(member).read()  # type: ignore[union-attr]
        except (OSError, subprocess.CalledProcessError, StopIteration, KeyError) as error:
            return f"npm could not fetch {package}: {error}"
        file.write_bytes(content)
    return ""


def main() -> int:
    """Install what is missing, or say what and how."""
    absent = missing()
    if not absent:
        return _told("" if "--check" in sys.argv[1:] else fetch_axe())
    command = f"apt-get install {' '.join(absent)}"
    if not shutil.which("apt-get") or "--check" in sys.argv[1:]:
        print(
            f"The tests need these Debian packages, which are missing: {', '.join(absent)}.", file=sys.stderr
        )
        return 1
    if os.geteuid() != 0:
        status = _through_sudo()
        if status is None:
            print(f"The tests need Debian packages; as root, run this once: {command}", file=sys.stderr)
            return 1
        return status
    return _told(install(absent) or fetch_axe())


def _told(problem: str) -> int:
    print(problem, end="\n" if problem else "", file=sys.stderr)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
