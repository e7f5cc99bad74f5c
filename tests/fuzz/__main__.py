"""Fuzz one target: `python -m tests.fuzz NAME [libFuzzer's options and corpus folders]`."""

from __future__ import annotations

import importlib
import sys

import atheris


def main() -> None:
    """Instrument the parsers while they are imported, and fuzz."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["proxy"]):
        targets = importlib.import_module("tests.fuzz.targets")
    atheris.Setup(sys.argv, targets.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
