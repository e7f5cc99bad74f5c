"""The lock files pin what pyproject.toml asks for, and nothing of the machine that wrote them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
SERVICE = PROJECT["dependencies"] + EXTRAS["postgresql"]
ASKED = [("requirements.lock", text) for text in SERVICE]
ASKED += [("requirements-test.lock", text) for text in SERVICE + EXTRAS["test"]]


def pins(file: str) -> dict[str, str]:
    """Return the versions that a lock file names, by canonical name."""
    rows = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / file).read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in rows}


@pytest.mark.parametrize(("file", "text"), ASKED)
def test_pins_every_dependency(file: str, text: str) -> None:
    """Each dependency is pinned at a version that pyproject.toml allows (else: `make lock`)."""
    asked = Requirement(text)
    assert pins(file)[canonicalize_name(asked.name)] in asked.specifier


def test_locks_agree() -> None:
    """Tests run with the very versions that the service runs with."""
    assert pins("requirements.lock").items() <= pins("requirements-test.lock").items()


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-test.lock"])
def test_names_no_index(file: str) -> None:
    """A lock file holds pins and hashes, and no address of a package index."""
    assert not re.search(r"https?://|file://|^--(index|extra|find)", (ROOT / file).read_text(), re.MULTILINE)
