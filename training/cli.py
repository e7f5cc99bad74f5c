"""The command line of training: a table of commands, each with its arguments and its function."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from proxy.scoring import ModelError
from proxy.scoring.features import FAMILIES
from training import commands
from training.found import IN_MEMORY
from training.render.habits import HABITS

MODELS = Path("models")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it went well, 1 with a sentence on standard error if not."""
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except (ModelError, OSError, ValueError) as error:
        print(f"linkback-train: {error}", file=sys.stderr)
        return 1
    return code


def parser() -> argparse.ArgumentParser:
    """Describe all commands."""
    described = argparse.ArgumentParser(
        prog="linkback-train", description="Train, measure and change the judge."
    )
    commands_of = described.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        _add_fit,
        _add_score,
        _add_evaluate,
        _add_compare,
        _add_import,
        _add_retrain,
        _add_curves,
        _add_registry,
    ):
        add(commands_of)
    return described


def _add_fit(commands_of: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands_of.add_parser("fit", help="train a model on JSONL files of linkbacks and posts")
    command.add_argument("data", nargs="+", type=Path, metavar="DATA")
    command.add_argument("--out", required=True, type=Path, metavar="FOLDER")
    command.add_argument("--seed", type=int, default=1)
    _add_means(command, processes=os.cpu_count() or 1)
    _add_without(command)
    command.set_defaults(run=commands.fit)


def _add_means(command: argparse.ArgumentParser, processes: int) -> None:
    _add_processes(command, processes)
    command.add_argument(
        "--in-memory",
        type=int,
        default=IN_MEMORY,
        metavar="ROWS",
        help="of more rows the numbers are put on disk, into the folder of --out (default: %(default)s)",
    )


def _add_processes(command: argparse.ArgumentParser, processes: int) -> None:
    command.add_argument(
        "--processes", type=int, default=processes, metavar="N", help="default here: %(default)s"
    )


def _add_without(command: argparse.ArgumentParser) -> None:
    families = "; ".join(f"{name}: {what}" for name, what in FAMILIES.items())
    command.add_argument(
        "--without",
        action="append",
        default=[],
        choices=sorted(FAMILIES),
        metavar="FAMILY",
        help=f"take a family of features away (repeatable). {families}",
    )


def _add_score(commands_of: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands_of.add_parser("score", help="score the rows of a JSONL file")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--model", type=Path, default=MODELS, metavar="FOLDER")
    command.add_argument("--json", action="store_true", help="a line of JSON for each row")
    command.set_defaults(run=commands.score)


def _add_evaluate(commands_of: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands_of.add_parser(
        "evaluate", help="measure a model on labelled rows, or the recipe on folds"
    )
    command.add_argument("data", nargs="+", type=Path, metavar="DATA")
    command.add_argument("--model", type=Path, default=MODELS, metavar="FOLDER")
    command.add_argument("--folds", action="store_true", help="fit anew on folds of blogs ordered by time")
    command.add_argument("--no-baselines", action="store_true", help="with --folds: the judge alone")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--json", action="store_true")
    _add_processes(command, os.cpu_count() or 1)
    _add_without(command)
    command.set_defaults(run=commands.evaluate)


def _add_compare(commands_of: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands_of.add_parser("compare", help="compare two models on labelled rows: won, lost, tied")
    command.add_argument("before", type=Path, metavar="A")
    command.add_argument("after", type=Path, metavar="B")
    command.add_argument("--data", nargs="+", required=True, type=Path)
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=commands.compare)


def _add_import(commands_of: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands_of.add_parser(
        "import",
        help="read labelled linkbacks of a blog",
        description="Reads labelled linkbacks from JSONL, CSV, a WordPress export (XML), a dump of "
        "WordPress's database (SQL), the database itself (by its wp-config.php), or a proxy's own labels "
        "(by its config.yaml). Files may be gzipped.",
    )
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--blog", default="", help="name of the blog (default: the file's name)")
    command.add_argument("--out", type=Path, help="JSONL file to write (default: standard output)")
    command.set_defaults(run=commands.import_labels)


def _add_retrain(commands_of: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands_of.add_parser(
        "retrain", help="make a candidate of the shipped model and an owner's labels"
    )
    command.add_argument(
        "labels", type=Path, metavar="LABELS", help="JSONL: the data's keys, 'label' and 'at'"
    )
    command.add_argument("--models", type=Path, default=MODELS, metavar="FOLDER")
    command.add_argument(
        "--out", required=True, type=Path, metavar="FOLDER", help="where the candidate is written"
    )
    command.add_argument(
        "--promote", action="store_true", help="put it to use if false positives do not rise"
    )
    command.add_argument("--override", action="store_true", help="with --promote: even if they do")
    _add_means(command, processes=1)
    command.set_defaults(run=commands.retrain)


def _add_curves(commands_of: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands_of.add_parser(
        "curves", help="show how labels of unseen blogs help, and how fast a campaign is learned"
    )
    command.add_argument("data", nargs="+", type=Path, metavar="DATA")
    command.add_argument("--blog", action="append", required=True, help="a blog to leave out (repeatable)")
    command.add_argument(
        "--campaign",
        action="append",
        choices=sorted(HABITS),
        metavar="HABIT",
        help="a habit of made campaigns that training shall not know (repeatable; default: praise)",
    )
    command.add_argument("--out", required=True, type=Path, help="SVG file to write")
    command.add_argument("--seed", type=int, default=1)
    command.set_defaults(run=commands.curves)


def _add_registry(commands_of: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = commands_of.add_parser("list", help="list the models that a folder knows")
    promoting = commands_of.add_parser(
        "promote", help="make a candidate the model in use, if false positives do not rise"
    )
    promoting.add_argument("candidate", type=Path, metavar="CANDIDATE")
    promoting.add_argument(
        "--data",
        nargs="+",
        type=Path,
        default=[],
        help="compare it with the model in use on these rows",
    )
    promoting.add_argument("--override", action="store_true", help="even if false positives rise")
    returning = commands_of.add_parser("rollback", help="go back to the model before")
    for command, run in (
        (listing, commands.list_models),
        (promoting, commands.promote),
        (returning, commands.rollback),
    ):
        command.add_argument("--models", type=Path, default=MODELS, metavar="FOLDER")
        command.set_defaults(run=run)
