"""What every process's dashboard sees of a retraining: progress, outcome, and that it was broken off."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from proxy.dashboard.candidate import BROKEN_OFF, STATUS, Training, alone, tell, training_of

HOLD = """
import pathlib, sys, time
from proxy.dashboard.candidate import Training, alone, tell
with alone(pathlib.Path(sys.argv[1])) as mine:
    tell(pathlib.Path(sys.argv[1]), Training(running=True, step="fitting", share=0.5))
    print(mine, flush=True)
    time.sleep(60)
"""


def test_progress_is_seen_from_another_process_until_that_is_killed(tmp_path: Path) -> None:
    """Another process's retraining is seen with its step, can't be doubled, and its death is told."""
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        assert training_of(tmp_path) == Training(running=True, step="fitting", share=0.5)
        with alone(tmp_path) as is_ours:
            assert not is_ours
        other.kill()
        other.wait()
    assert training_of(tmp_path) == Training(error=BROKEN_OFF)
    with alone(tmp_path) as is_ours:
        assert is_ours


def test_outcome_stays(tmp_path: Path) -> None:
    """What came of a retraining is read by any process, long after."""
    assert training_of(tmp_path) == Training()
    ended = Training(outcome={"model": "judge-1", "safe": True})
    tell(tmp_path, ended)
    assert training_of(tmp_path) == ended


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"running": true, "colour": 1}', b"\xff\xfe"])
def test_damaged_status_says_nothing(content: bytes, tmp_path: Path) -> None:
    """A status that can't be read is none."""
    (tmp_path / STATUS).write_bytes(content)
    assert training_of(tmp_path) == Training()
