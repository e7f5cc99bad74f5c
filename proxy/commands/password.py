"""`linkback-proxy password`: set a password of the dashboard, or remove one."""

from __future__ import annotations

import argparse
import getpass
import sys

from proxy.commands.common import BY, add_config, with_store
from proxy.config import Config
from proxy.dashboard.passwords import PasswordError, Passwords
from proxy.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)
    parser.add_argument("--name", default="owner", help="who logs in with it (owner)")
    parser.add_argument("--remove", action="store_true", help="remove the name and its password")


def run(arguments: argparse.Namespace) -> int:
    """Set or remove and return the exit code."""
    return with_store(_remove if arguments.remove else _set, arguments)


async def _remove(arguments: argparse.Namespace, _config: Config, store: Store) -> int:
    done = await Passwords(store).remove(arguments.name, by=BY)
    print(f"{arguments.name}: {'removed, logged out everywhere' if done else 'there is no such name'}")
    return 0 if done else 1


async def _set(arguments: argparse.Namespace, _config: Config, store: Store) -> int:
    try:
        await Passwords(store).set(arguments.name, _asked(), by=BY)
    except PasswordError as error:
        print(f"linkback-proxy: {error}", file=sys.stderr)
        return 1
    print(f"{arguments.name}: the password is set; whoever was logged in by that name is logged out")
    return 0


def _asked() -> str:
    """Ask for a password twice on a terminal; else read a line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != first:
        raise PasswordError("the two are not the same; nothing was changed")
    return first
