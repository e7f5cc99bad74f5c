"""`linkback-proxy check`: whether a configuration can be used."""

from __future__ import annotations

import argparse

from proxy.commands.common import add_config
from proxy.config import load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check and return the exit code."""
    config = load(arguments.config)
    print(f"{arguments.config}: good, {len(config.blogs)} blog(s)")
    return 0
