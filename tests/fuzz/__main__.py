"""Fuzz one target: `python -m tests.fuzz NAME [libFuzzer's options and corpus folders]`.

Without a folder of its own the corpus grows in `.cache/fuzz/NAME`, from the target's seeds; what breaks a
promise is written beside it.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import atheris

CACHE = Path(__file__).parents[2] / ".cache" / "fuzz"


def main() -> None:
    """Instrument the parsers while they are imported, and fuzz."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["proxy"]):
        targets = importlib.import_module("tests.fuzz.targets")
    if all(argument.startswith("-") for argument in sys.argv[1:]):
        sys.argv.append(str(_corpus(name, targets.SEEDS[name])))
    CACHE.mkdir(parents=True, exist_ok=True)
    sys.argv.insert(1, f"-artifact_prefix={CACHE / name}-")
    atheris.Setup(sys.argv, targets.TARGETS[name])
    atheris.Fuzz()


def _corpus(name: str, seeds: tuple[bytes, ...]) -> Path:
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(content)
    return folder


if __name__ == "__main__":
    main()
