"""/metrics of a running service: what is counted, who may see it, and that workers count together."""

from __future__ import annotations

import asyncio
import random

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.chaos.world import Proxy, Sources, Upstream, send
from tests.support.ports import free_port

TOKEN = "a-token-of-the-monitoring"


def read(text: str) -> dict[tuple[str, ...], float]:
    """Read what a monitoring system would: name and labels' values to the value."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def ask(url: str, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics", headers=headers) as answer:
        return answer.status, await answer.text()


async def test_two_workers_count_together(tmp_path):
    """Whichever worker answers gives the sums of both; only this machine or the token's bearer hears them."""
    upstream, sources = Upstream(random.Random(1)), Sources(random.Random(1))
    proxy = Proxy(folder=tmp_path, upstream=upstream)
    port = free_port()
    dashboard = {"listen": f"127.0.0.1:{port}", "metrics_token": TOKEN}
    proxy.write_config(workers=2, dashboard=dashboard, delivery={"undo_seconds": 0})
    for server in (upstream, sources, proxy):
        await server.start()
    url = f"http://127.0.0.1:{port}"
    try:
        for number in range(10):  # a connection each, so both workers have some
            async with aiohttp.ClientSession() as session:
                await send(session, proxy.url, sources.url("ham" if number < 6 else "spam", number))
                async with session.get(f"{proxy.url}/", headers={"Host": "blog.example"}) as answer:
                    await answer.read()
                async with session.post(
                    f"{proxy.url}/xmlrpc.php", headers={"Host": "blog.example"}
                ) as answer:
                    await answer.read()
        async with asyncio.timeout(20):
            while upstream.stored.total() < 6:
                await asyncio.sleep(0.1)
        found = [read((await ask(url))[1]) for _ in range(6)]
        assert (await ask(url, **{"X-Forwarded-For": "192.0.2.1"}))[0] == 403
        assert (await ask(url, Host="blog.example"))[0] == 403
        assert (await ask(url, Host="blog.example", Authorization=f"Bearer {TOKEN}"))[0] == 200
        assert (await ask(url, Host="blog.example", Authorization="Bearer something-else"))[0] == 403
        assert (await ask(proxy.url, Host="blog.example"))[1].startswith("<title>A post")  # the blog's own
    finally:
        await proxy.terminate(within=20)
        await upstream.stop()
        await sources.stop()
    expected = {
        ("linkback_linkbacks_total", "forward", "pingback", "ham"): 6,
        ("linkback_linkbacks_total", "reject", "pingback", "no-link"): 4,
        ("linkback_fetches_total", "page"): 10,
        ("linkback_refusals_total", "unreadable-xmlrpc"): 10,
        ("linkback_judging_seconds_count",): 10,
        ("linkback_deliveries_total", "delivered"): 6,
        ("linkback_waiting", "received"): 0,
        ("linkback_waiting", "queued"): 0,
        ("linkback_oldest_waiting_seconds", "queued"): 0,
    }
    for one in found:
        assert {key: one.get(key) for key in expected} == expected
        assert one["linkback_relayed_total",] >= 10
        assert one["linkback_database_bytes",] > 4096
        assert [key for key in one if key[0] == "linkback_model_info"]
