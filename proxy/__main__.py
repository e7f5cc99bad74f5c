"""The command `linkback-proxy`: what a person types. Only the verb that is asked for is loaded."""

from __future__ import annotations

import argparse
import importlib
import sys

from proxy.config import ConfigError
from proxy.loading import loading

# Each verb: its module, which has `add_arguments(parser)` and `run(arguments) -> int`, and what it does.
VERBS = {
    "serve": ("proxy.commands.serve", "run the proxy"),
    "check": ("proxy.commands.check", "say whether a configuration can be used"),
    "reload": ("proxy.commands.reload", "have the running service take up its configuration and model anew"),
    "list": ("proxy.commands.listing", "list linkbacks, newest first"),
    "vanished": ("proxy.commands.vanished", "list delivered linkbacks whose link is gone"),
    "show": ("proxy.commands.show", "show a linkback with all that is known of it"),
    "release": ("proxy.commands.release", "release linkbacks: label them ham and deliver them"),
    "discard": ("proxy.commands.discard", "discard linkbacks, with a label"),
    "password": ("proxy.commands.password", "set a password of the dashboard"),
    "send": ("proxy.send", "send a linkback to a page, as a blog would"),
    "examine": ("proxy.examine_command", "say what the examiner finds in a page"),
    "demo": ("proxy.demo.show", "show the proxy in front of a small built-in blog"),
}


def main(argv: list[str] | None = None) -> int:
    """Run a verb and return its exit code: 0 done, 1 not done, 2 wrong usage or configuration."""
    words = sys.argv[1:] if argv is None else argv
    with loading():
        arguments = _parser(words[0] if words else "").parse_args(words)
    try:
        code: int = importlib.import_module(VERBS[arguments.verb][0]).run(arguments)
    except ConfigError as error:
        print(f"linkback-proxy: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return code


def _parser(asked: str) -> argparse.ArgumentParser:
    """Build the parser; the arguments of the verb that is asked for come from its module."""
    parser = argparse.ArgumentParser(
        prog="linkback-proxy",
        description="Lets genuine pingbacks, trackbacks and webmentions through to a blog; keeps spam out.",
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB", dest="verb")
    for name, (module, text) in VERBS.items():
        verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name == asked:
            importlib.import_module(module).add_arguments(verb)
    return parser


if __name__ == "__main__":
    sys.exit(main())
