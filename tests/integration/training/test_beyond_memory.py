"""Rows beyond the bound on memory: learned from disk, to the same regression, and nothing stays behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from proxy.scoring import Model, load
from proxy.scoring.artefact import read_manifest
from tests.integration.training.test_commands import SHIPPED, SMALL, lines, run
from training import fit, found
from training.cli import main


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a fit make few rows, and parts be of few rows."""
    monkeypatch.setattr(fit, "Recipe", lambda: SMALL)
    monkeypatch.setattr(found, "PIECE", 200)


def distance(one: Model, other: Model) -> float:
    """Give how far the weights of two models lie apart, as a share of their length."""
    assert one.findings.keys() == other.findings.keys()
    apart, length = (
        np.concatenate([weights, tokens])
        for weights, tokens in (
            (
                [one.findings[name] - other.findings[name] for name in one.findings],
                one.tokens - other.tokens,
            ),
            (list(one.findings.values()), one.tokens),
        )
    )
    return float(np.linalg.norm(apart) / np.linalg.norm(length))


def test_fit_from_disk_is_the_same_regression(
    data_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fit of which 300 rows may be in memory reads them from disk, and comes to the same weights.

    Two processes find what one finds: the bytes are the same.
    """
    whole, parts, again = (tmp_path / name for name in ("whole", "parts", "again"))
    run(capsys, "fit", data_file, "--out", whole, "--processes", 1)
    for out, processes in ((parts, 1), (again, 2)):
        arguments = ("fit", data_file, "--out", out, "--processes", processes, "--in-memory", 300)
        run(capsys, *arguments)
    assert read_manifest(parts) == read_manifest(again)
    assert read_manifest(parts).knowledge_sha256 == read_manifest(whole).knowledge_sha256
    assert distance(load(whole), load(parts)) < 0.05
    assert not list(tmp_path.rglob("parts-*"))


def test_retraining_from_disk_comes_to_the_same(
    data_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 120 labels 50 may be in memory: the command says so, and makes the same candidate from disk."""
    monkeypatch.setattr(found, "PIECE", 40)
    told = {}
    for name, most in (("whole", 1_000), ("parts", 50)):
        arguments = ("retrain", data_file, "--models", SHIPPED, "--out", tmp_path / name, "--in-memory", most)
        assert main([str(argument) for argument in arguments]) == 0
        captured = capsys.readouterr()
        told[name] = lines(captured.out)[-1]
    assert "120 rows in 3 parts, on disk" in captured.err
    assert "(in memory: up to 50 rows)" in captured.err
    assert told["parts"]["later"] == told["whole"]["later"]
    assert told["parts"]["groups"] == told["whole"]["groups"]
    assert distance(load(tmp_path / "whole"), load(tmp_path / "parts")) < 0.05
