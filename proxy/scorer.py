"""Scores off the event loop, those that wait together in one go.

In a flood the way to a thread and back costs half of a score, and what is scored alone is recorded alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from proxy.linkback import Sample, Score

MOST_TOGETHER = 16

_Waiting = tuple[Sample, asyncio.Future[Score | None]]
_log = structlog.get_logger()


class Scorer:
    """One thread that scores. `score` is the model in use, whatever that is when a linkback's turn comes."""

    def __init__(self, score: Callable[[Sample], Score]) -> None:
        self._one = score
        self._waiting: list[_Waiting] = []
        self._is_busy = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="score")

    def close(self) -> None:
        """Begin no further score."""
        for _, future in self._waiting:
            future.cancel()
        self._waiting.clear()
        self._thread.shutdown(wait=False)

    async def score(self, sample: Sample) -> Score | None:
        """Score one linkback; None, and a line in the log, if the model fails."""
        future: asyncio.Future[Score | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sample, future))
        if not self._is_busy:
            self._begin()
        return await future

    def _begin(self) -> None:
        together, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
        samples = [sample for sample, _ in together]
        self._is_busy = True
        run = asyncio.get_running_loop().run_in_executor(self._thread, self._scored, samples)
        run.add_done_callback(partial(self._end, together))

    def _end(self, together: Sequence[_Waiting], run: asyncio.Future[list[Score | None]]) -> None:
        self._is_busy = False
        if self._waiting:
            self._begin()
        scores = [None] * len(together) if run.cancelled() else run.result()
        for (_, future), score in zip(together, scores, strict=True):
            if not future.done():
                future.set_result(score)

    def _scored(self, samples: Sequence[Sample]) -> list[Score | None]:
        return [self._attempt(sample) for sample in samples]

    def _attempt(self, sample: Sample) -> Score | None:
        try:
            return self._one(sample)
        except Exception:  # noqa: BLE001  (a model that fails must not lose a linkback)
            _log.exception("bug", what="the model failed; the linkback is held")
            return None
