"""What a running service takes up without a restart: configuration, model, candidate, the owner's choices.

What can't be used is refused with an error, and the old stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from proxy import scoring, upkeep
from proxy.config import Config, ConfigError, load
from proxy.live import SHIPPED_MODELS, Live, changed_at, models_folder, written_at
from proxy.scoring.features import features
from proxy.scoring.memory import remembered, text_marks
from proxy.shadow import Shadow, candidate_of
from proxy.starting import StartError
from proxy.store import Store
from proxy.store.review import Key, Labelled

RECENT = 200  # labels that count at once: older ones wait for a retraining

Told = tuple[list[int], bool]  # a label's marks, and whether it says spam

_log = structlog.get_logger()


class Renewal:
    """Renews what is live. `taken` is told the configuration after each change of it."""

    def __init__(
        self,
        live: Live,
        shadow: Shadow,
        store: Store,
        config_path: Path | None,
        taken: Callable[[Config], None],
    ) -> None:
        self._live = live
        self._shadow = shadow
        self._store = store
        self._recent: dict[Key, Told] = {}
        self._config_path = config_path
        self._taken = taken
        self._reloading = asyncio.Lock()

    async def take_first(self) -> None:
        """Take up the model to begin with, and say so if it is not the owner's; StartError without one."""
        async with self._reloading:
            config = self._live.config
            folder = self.models()
            self._live.take(config, await asyncio.to_thread(load_model, folder))
        if folder != models_folder(config):
            _log.error(
                "model",
                what="yours is of another version; the shipped one judges: retrain",
                model=self._live.model.name,
            )

    def models(self) -> Path:
        """Name the folder of the model in use."""
        return usable_models(self._live.config)

    async def reload(self) -> str:
        """Take new configuration and model and say so; what can't be used is refused and the old stays."""
        if self._config_path is None:
            return "refused: there is no configuration file"
        async with self._reloading:
            try:
                config = await asyncio.to_thread(load, self._config_path)
                model = await asyncio.to_thread(load_model, models_folder(config))
            except (ConfigError, StartError) as error:
                _log.error("reload", what="refused; the old configuration stays", error=str(error))
                return f"refused; the old configuration stays: {error}"
            waiting = upkeep.need_restart(self._live.config, config)
            self._take(config, model)
        blogs = len(self._live.blogs)
        _log.info("reload", what="done", blogs=blogs, model=model.name, need_restart=waiting)
        return "done" + (f"; only a restart changes {', '.join(waiting)}" if waiting else "")

    def _take(self, config: Config, model: scoring.Model) -> None:
        self._live.take(config, model)
        self._taken(config)

    async def take_choices(self) -> None:
        """Take up what was chosen on a dashboard, this process's or another's."""
        self._live.choose(await self._store.choices.all())

    async def take_labels(self) -> None:
        """Let what the owner labelled last count at once: copies of it are known before a retraining.

        Only what texts say, since the labels of a source's domain count already.
        """
        keys = await self._store.review.newest(RECENT)
        if keys == list(self._recent):
            return
        fresh = await self._store.review.samples([one for one in keys if one not in self._recent])
        known = self._recent | await asyncio.to_thread(_told, fresh)
        self._recent = {one: known[one] for one in keys if one in known}
        self._live.remember(remembered((*told, 1.0) for told in self._recent.values()))

    async def watch_model(self) -> None:
        """Take up a model whenever one is promoted or rolled back."""
        await upkeep.watch(lambda: changed_at(self._live.config), self._take_model)

    async def _take_model(self) -> None:
        async with self._reloading:
            config = self._live.config
            try:
                self._live.take(config, await asyncio.to_thread(load_model, models_folder(config)))
            except StartError as error:
                _log.error("model", what="refused; the old model stays", error=str(error))
            else:
                _log.info("model", what="taken up", model=self._live.model.name)

    async def watch_candidate(self) -> None:
        """Have a candidate for the model's place score beside it, from when it is made until it is gone."""

        def folder() -> Path:
            return candidate_of(Path(self._live.config.models))

        async def take() -> None:
            await asyncio.to_thread(self._shadow.take, folder())

        await take()
        await upkeep.watch(lambda: written_at(folder()), take)


def usable_models(config: Config) -> Path:
    """Return the folder to begin with: the shipped one if the owner's is of another version.

    So an upgrade stops no blog's linkbacks; the owner's labels make a new model of the shipped one.
    """
    folder = models_folder(config)
    return SHIPPED_MODELS if scoring.is_outdated(folder) else folder


def load_model(folder: Path) -> scoring.Model:
    """Load a folder's model; StartError says what to do if it can't be."""
    try:
        return scoring.load(folder)
    except (scoring.ModelError, OSError) as error:
        raise StartError(f"models: {error}") from error


def _told(labels: list[Labelled]) -> dict[Key, Told]:
    """Give the marks of each label's text."""
    seen = {one.key: (features(one.sample).seen, one.is_spam) for one in labels}
    return {one: ([*text_marks(view)] if view else [], is_spam) for one, (view, is_spam) in seen.items()}
