"""The rig in a shell: start, status, comments, reset, sql and stop."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from pathlib import Path

from tests.rig.build import start
from tests.rig.folder import SERVICES, Folder, RigError
from tests.rig.site import Options, read_record, rig_of, stop

DEFAULT_FOLDER = os.environ.get("WORDPRESS_RIG_DIR") or str(Path(tempfile.gettempdir()) / "wordpress-rig")
HELP = {
    "port": "port of WordPress's nginx on 127.0.0.1",
    "public_url": "WordPress's own address when a proxy stands in front",
    "php_workers": "number of php-fpm's workers",
    "trust_proxy": "take the client's address from X-Forwarded-For of a loopback peer",
    "flood_check": "keep WordPress's 15 s flood limit",
    "show_faults": "undo WordPress's masking of pingback faults",
    "pingback_sleep": "keep the one second that WordPress sleeps before each pingback",
    "hop_port": "also a plain nginx hop on this port",
    "permalinks": "permalink structure, or 'plain'",
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m tests.rig", description="A throwaway, real WordPress.")
    verbs = top.add_subparsers(dest="verb", required=True)
    for verb in ("start", "status", "comments", "reset", "sql", "stop"):
        command = verbs.add_parser(verb)
        command.add_argument("--dir", default=DEFAULT_FOLDER)
        if verb == "start":
            _add_options(command)
        elif verb == "comments":
            command.add_argument("--since", type=int, default=0, help="only ids above this")
        elif verb == "sql":
            command.add_argument("statement")
        elif verb == "stop":
            command.add_argument("--purge", action="store_true", help="also remove the folder")
    return top


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--fresh", action="store_true", help="build the site anew")
    for field in dataclasses.fields(Options):
        name = "--" + field.name.replace("_", "-")
        if isinstance(field.default, bool):
            action = argparse.BooleanOptionalAction
            command.add_argument(name, action=action, default=field.default, help=HELP[field.name])
        else:
            kind = type(field.default)
            command.add_argument(name, type=kind, default=field.default, help=HELP[field.name])


def run(arguments: argparse.Namespace) -> str:
    """Do what the command line asks and return what to print."""
    folder = Folder(arguments.dir)
    if arguments.verb == "start":
        options = Options(
            **{field.name: getattr(arguments, field.name) for field in dataclasses.fields(Options)}
        )
        rig = start(folder, options, fresh=arguments.fresh)
        return f"WordPress {rig.version} on {rig.base_url}, described by {folder / 'site.json'}"
    if arguments.verb == "stop":
        return "stopped " + (", ".join(stop(folder, purge=arguments.purge)) or "nothing: nothing was running")
    if arguments.verb == "status":
        return json.dumps({service: folder.pid(service) for service in SERVICES})
    rig = rig_of(folder, read_record(folder))
    if arguments.verb == "comments":
        return "\n".join(json.dumps(dataclasses.asdict(comment)) for comment in rig.comments(arguments.since))
    if arguments.verb == "reset":
        rig.reset()
        return "deleted all comments"
    return rig.sql(arguments.statement)


def main() -> int:
    """Run one command."""
    try:
        print(run(parser().parse_args()))
    except RigError as error:
        print(f"rig: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
