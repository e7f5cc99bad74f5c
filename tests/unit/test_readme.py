"""The README's tables are the program's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from proxy.__main__ import VERBS
from proxy.policy import RULES
from training.cli import parser

README = (Path(__file__).parents[2] / "README.md").read_text()


def rows(heading: str, *, last: bool = False) -> list[str]:
    """Return the rows of the first or last table with this heading."""
    _, found, rest = README.rpartition(f"{heading}\n") if last else README.partition(f"{heading}\n")
    assert found, heading
    return rest.split("\n\n")[0].splitlines()[1:]


def test_reasons_and_actions() -> None:
    """The table of reasons is the policy's, row by row."""
    expected = [f"| `{reason}` | {rule.action} | {rule.text} |" for reason, rule in RULES.items()]
    assert rows("| reason | action | what it means |") == expected


def test_training_commands() -> None:
    """Every command of `linkback-train` is listed, with the sentence that --help has for it."""
    (commands,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    expected = [f"| `linkback-train {one.dest}` | {one.help} |" for one in commands._choices_actions]
    assert rows("| command | what it does |", last=True) == expected


def test_commands() -> None:
    """Every command is listed, with the sentence that --help has for it."""
    expected = [f"| `linkback-proxy {verb}` | {text} |" for verb, (_, text) in VERBS.items()]
    assert rows("| command | what it does |") == expected
