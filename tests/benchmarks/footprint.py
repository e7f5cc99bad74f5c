"""Start to ready, memory of the workers idle and under flood, and the size of what is installed.

`python -m tests.benchmarks.footprint [--rounds N]`. Memory is the proportional set size: pages that several
processes share count for each in part, so the sum is what the machine spends. The service's modules are
compiled before, as they are where it is installed.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib import metadata
from pathlib import Path

from tests.benchmarks.relay import family_of, processor_seconds
from tests.benchmarks.report import machine, table
from tests.benchmarks.stage import KINDS, PINGBACK, ROOT, Stage, staged

AIM_READY, AIM_WORKER, AIM_FURTHER = 1.5, 150, 60  # seconds, MB, MB
JUDGED = KINDS[-1]
BARE = "import proxy.commands.serve"  # what no front can listen before


def memory(process: int) -> float:
    """Give the proportional set size of a process and all its children, in MB."""
    total = 0
    for member in family_of(process):
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{member}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


def peak(stage: Stage, seconds: float) -> float:
    """Give the most memory that is seen while the service judges as fast as it can."""
    script = JUDGED.script(stage, stage.blog, 1)
    seen = [0.0]
    begun = time.monotonic()
    (stage.folder / "lua").write_text(script)
    url = f"{stage.blog}/xmlrpc.php"
    with subprocess.Popen(
        ["wrk", "-t1", "-c16", f"-d{seconds:.0f}s", "-s", stage.folder / "lua", url],
        stdout=subprocess.DEVNULL,
    ):
        while time.monotonic() < begun + seconds:
            time.sleep(0.25)
            seen.append(memory(stage.service.process))
    return max(seen)


def measure(workers: int, seconds: float) -> tuple[float, float, float, float, float]:
    """Give seconds until pages and linkbacks are served, processor seconds, and MB idle and under flood."""
    with tempfile.TemporaryDirectory() as name, staged(Path(name), workers=workers) as stage:
        taken = stage.ready_after + first_linkback(stage)
        spent = processor_seconds(stage.service.process)
        time.sleep(2)
        idle = memory(stage.service.process)
        return stage.ready_after, taken, spent, idle, peak(stage, seconds)


def first_linkback(stage: Stage) -> float:
    """Give the seconds that the first linkback is answered in: it comes as soon as there is who takes it."""
    begun = time.perf_counter()
    body = PINGBACK.format(source="http://first.example/", target="http://not-ours.example/").encode()
    request = urllib.request.Request(f"{stage.blog}/xmlrpc.php", body, headers={"Content-Type": "text/xml"})
    with urllib.request.urlopen(request, timeout=30):
        return time.perf_counter() - begun


def imports() -> float:
    """Give the seconds of importing alone."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", BARE], check=True)
    return time.perf_counter() - begun


def installed() -> tuple[int, float]:
    """Count the packages of the lock and their megabytes as installed here."""
    lock = ROOT / "requirements.lock"
    names = [line.split("==")[0] for line in lock.read_text().splitlines() if "==" in line]
    size = 0
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            for file in metadata.files(name) or ():
                with contextlib.suppress(OSError):
                    size += Path(str(file.locate())).stat().st_size
    return len(names), size / 1e6


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    compileall.compile_dir(ROOT / "proxy", quiet=1)
    print(machine("aiohttp", "numpy", "sqlalchemy", "pydantic") + "\n")
    runs = [measure(1, options.seconds) for _ in range(options.rounds)]
    one = [statistics.median(column) for column in zip(*runs, strict=True)]
    two, three = measure(2, options.seconds), measure(3, options.seconds)
    packages, size = installed()
    bare = statistics.median(imports() for _ in range(options.rounds))
    rows = [
        ["start until pages are served, s", f"{one[0]:.2f}", f"{AIM_READY}", f"{one[0] / AIM_READY:.2f}"],
        ["of it importing, s", f"{bare:.2f}", "", ""],
        [
            "start until a linkback is answered, s",
            f"{one[1]:.2f}",
            f"{AIM_READY}",
            f"{one[1] / AIM_READY:.2f}",
        ],
        ["processor time until then, s", f"{one[2]:.2f}", "", ""],
        *(
            [f"{what}, MB", f"{value:.0f}", f"{aim}", f"{value / aim:.2f}"]
            for what, value, aim in (
                ("one worker with its page reader, idle", one[3], AIM_WORKER),
                ("one worker with its page readers, under flood", one[4], AIM_WORKER),
                ("each further worker with its reader, idle", three[3] - two[3], AIM_FURTHER),
                ("each further worker with its readers, under flood", three[4] - two[4], AIM_FURTHER),
            )
        ),
        [f"installation, {packages} packages, MB", f"{size:.0f}", "", ""],
    ]
    print(table(["", "measured", "aim", "ratio"], rows))


if __name__ == "__main__":
    main()
