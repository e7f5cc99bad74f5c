"""Whatever WordPress stores, the gate has recognised, with the same source, target, title and excerpt.

`GATE_SHAPES`, `GATE_SEED` and `GATE_PERMALINKS` make the run longer, another, or one of other addresses
(pretty, plain, index: `index.php` stands in them, folder: the blog lives in one); `WORDPRESS_SRC` takes
another WordPress. `make differential` runs all of them.
"""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.differential.ledger import Ledger, check
from tests.differential.shapes import shapes
from tests.differential.wire import Site, Sources
from tests.rig import Folder, Options, Rig
from tests.rig.build import start
from tests.support.ports import free_port
from tests.support.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator


SHAPES = int(os.environ.get("GATE_SHAPES", "150"))
SEED = int(os.environ.get("GATE_SEED", "20261123"))
PERMALINKS = os.environ.get("GATE_PERMALINKS", "pretty plain").split()
ROUND = 25  # shapes by one seed: Hypothesis varies what it drew before, so new seeds mean new shapes

pytestmark = [pytest.mark.wordpress, pytest.mark.timeout(600)]


@pytest.fixture(params=PERMALINKS, scope="module")
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Run a WordPress of its own, so that no other test's comments come between."""
    with scratch_folder("differential") as folder, Sources() as sources:
        rig = start(Folder(folder / "site"), _options(request.param))
        (folder / "site" / "www" / "blog").symlink_to(".")
        yield Site(rig=with_attachment(rig), sources=sources)
        rig.stop()


@pytest.fixture(scope="module")
def ledger(site: Site) -> Iterator[Ledger]:
    """Count over all rounds; at the end see that no comment was missed and that enough were stored."""
    ledger = Ledger()
    yield ledger
    print(f"\nWordPress {site.rig.version}, {site.rig.options.permalinks}, seeds from {SEED}\n{ledger}")
    assert ledger.comments == len(site.rig.comments())
    assert ledger.stored() > SHAPES // 8


def _options(permalinks: str) -> Options:
    port = free_port()
    more = {
        "pretty": {},
        "plain": {"permalinks": "plain"},
        "index": {"permalinks": "/index.php/%year%/%monthnum%/%postname%/"},
        "folder": {"public_url": f"http://127.0.0.1:{port}/blog"},
    }[permalinks]
    return Options(port=port, php_workers=2, pingback_sleep=False, **more)


def with_attachment(rig: Rig) -> Rig:
    """Attach a picture to the first post: it has a page of its own, which takes linkbacks."""
    parent = rig.posts[0]
    rig.sql(
        "INSERT INTO wp_posts SET post_author=1, post_type='attachment', post_status='inherit',"
        f"post_name='a-loaf', post_title='A loaf', post_parent={parent.id}, ping_status='open',"
        "post_mime_type='image/jpeg', post_content='', post_excerpt='', to_ping='', pinged='',"
        "post_content_filtered=''"
    )
    number = int(rig.sql("SELECT ID FROM wp_posts WHERE post_name = 'a-loaf'"))
    path = f"/?attachment_id={number}" if "?" in parent.path else f"{parent.path}a-loaf/"
    page = dataclasses.replace(parent, id=number, slug="a-loaf", path=path, url=rig.public_url + path)
    return dataclasses.replace(rig, special={**rig.special, "attachment": page})


@pytest.mark.parametrize("round_", range(0, SHAPES, ROUND), ids=lambda first: f"from {first}")
def test_gate_knows_what_wordpress_stores(site: Site, ledger: Ledger, round_: int) -> None:
    """No shape is stored and unrecognised, or stored otherwise than claimed."""

    @seed(SEED + round_)
    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        check(data.draw(shapes(site)), site, ledger)

    run()
