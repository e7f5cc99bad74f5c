"""Counts and gauges for a monitoring system, in Prometheus's text format.

Open to this machine, unless a proxy on it passes the request on, and to whoever brings the configured token.
Names no linkback, no sender and no source.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from aiohttp import web
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from proxy import meters
from proxy.dashboard import guard
from proxy.dashboard.desk import DESK, Desk
from proxy.store import State

PREFIX = "linkback_"
COUNTERS = (
    meters.LINKBACKS,
    meters.AGAIN,
    meters.REFUSED,
    meters.LIMITED,
    meters.FETCHES,
    meters.DELIVERIES,
    meters.RELAYED,
)
WAITING = (State.RECEIVED, State.JUDGING, State.HELD, State.QUEUED, State.DELIVERING, State.DEAD)
CLOSED = "Ask from this machine, or with the token: Authorization: Bearer TOKEN (dashboard.metrics_token).\n"


class _Found:
    """What `generate_latest` wants of a registry: something to collect from."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


async def show_metrics(request: web.Request) -> web.Response:
    """Show them to who may see them."""
    desk = request.app[DESK]
    if not (guard.comes_from_here(request) or _brings_token(request, desk.config().dashboard.metrics_token)):
        return web.Response(status=403, text=CLOSED)
    families = [*_counters(desk.meters), _durations(desk.meters), *await _gauges(desk)]
    text = generate_latest(_Found(families))
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _brings_token(request: web.Request, token: str | None) -> bool:
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return token is not None and hmac.compare_digest(shown.encode(), token.encode())


def _counters(counted: meters.Meters) -> Iterable[Metric]:
    for family in COUNTERS:
        metric = CounterMetricFamily(PREFIX + family.name, family.text, labels=family.labels)
        for values, total in counted.samples(family):
            metric.add_metric(values, total)
        if not family.labels and not metric.samples:
            metric.add_metric((), 0)
        yield metric


def _durations(counted: meters.Meters) -> Metric:
    so_far, buckets = 0.0, []
    for bound in meters.BUCKETS:
        so_far += counted.total(meters.JUDGING, str(bound))
        buckets.append(("+Inf" if bound == meters.BUCKETS[-1] else str(bound), so_far))
    total = counted.total(meters.JUDGING_SUM)
    name, text = PREFIX + meters.JUDGING.name, meters.JUDGING.text
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=total)


async def _gauges(desk: Desk) -> Iterable[Metric]:
    counts, pulse = await desk.store.review.counts(), desk.store.pulse
    states = GaugeMetricFamily(
        PREFIX + "waiting", "Linkbacks that are under way or wait, by state.", labels=("state",)
    )
    for state in WAITING:
        states.add_metric((state,), counts.get(state, 0))
    ages = GaugeMetricFamily(
        PREFIX + "oldest_waiting_seconds", "Age of the oldest that waits in a state.", labels=("state",)
    )
    for state in (State.RECEIVED, State.QUEUED):
        ages.add_metric((state,), await pulse.oldest(state))
    model = GaugeMetricFamily(PREFIX + "model_info", "The model in use.", labels=("model",))
    model.add_metric((desk.model().name,), 1)
    size = GaugeMetricFamily(PREFIX + "database_bytes", "Size of the database.", value=await pulse.size())
    return states, ages, model, size
