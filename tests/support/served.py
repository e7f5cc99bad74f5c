"""A dashboard in a thread of its own, for tests whose browser keeps the thread's loop to itself."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any

from tests.support.dashboard import Running, running_dashboard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator


class Served:
    """A running dashboard, and a way to work on its store from another thread."""

    def __init__(self, board: Running, loop: asyncio.AbstractEventLoop) -> None:
        self.board, self.url = board, board.url
        self._loop = loop

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine where the dashboard runs, and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


@contextlib.contextmanager
def serve(database: str, fill: Callable[[Running], Awaitable[Any]], **more: Any) -> Iterator[Served]:
    """Serve the dashboard of a new database that `fill` has filled."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    context = running_dashboard(database, **more)

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(60)

    try:
        board = run(context.__aenter__())
        run(fill(board))
        yield Served(board, loop)
        run(context.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
