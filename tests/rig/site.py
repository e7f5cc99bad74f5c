"""A rig that runs: what a test may ask of it. Building and starting are in `tests.rig.build`."""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tests.rig.folder import SERVICES, Folder, RigError

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 5  # raised when the built site changes: older folders are refused
COMMENTS = """SELECT JSON_OBJECT('id',comment_ID,'type',comment_type,'author',comment_author,
'author_url',comment_author_url,'author_email',comment_author_email,'content',comment_content,
'approved',comment_approved,'post_id',comment_post_ID,'agent',comment_agent,'ip',comment_author_IP,
'date_gmt',CAST(comment_date_gmt AS CHAR)) FROM wp_comments WHERE comment_ID > %d ORDER BY comment_ID;"""
RESET = """DELETE FROM wp_commentmeta; DELETE FROM wp_comments;
UPDATE wp_posts SET comment_count=0 WHERE comment_count<>0;"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a rig is built and started; a restart must repeat them."""

    port: int = 8081  # of WordPress's nginx on 127.0.0.1
    public_url: str = ""  # WordPress's own address when a proxy stands in front; '' for its port's
    php_workers: int = 4
    trust_proxy: bool = False  # nginx takes REMOTE_ADDR from X-Forwarded-For of a loopback peer
    flood_check: bool = False  # keep WordPress's 15 s flood limit
    show_faults: bool = False  # undo the masking of pingback faults (all but 48 become 0 "")
    pingback_sleep: bool = True  # keep the sleep(1) of pingback_ping
    hop_port: int = 0  # also a plain nginx hop on this port
    permalinks: str = "/%year%/%monthnum%/%postname%/"  # or 'plain' for ?p=ID

    @property
    def base_url(self) -> str:
        """Where WordPress itself answers."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogPost:
    """A post or page of the site."""

    id: int
    slug: str
    title: str
    category: str
    status: str
    type: str
    kind: str  # 'post', or what is special about it: 'draft', 'pings_closed', 'page', ...
    ping_status: str
    path: str
    url: str
    trackback_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A row of wp_comments."""

    id: int
    type: str  # 'comment', 'pingback' or 'trackback'
    author: str
    author_url: str
    author_email: str
    content: str
    approved: str
    post_id: int
    agent: str
    ip: str
    date_gmt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A real WordPress."""

    folder: Folder
    options: Options
    version: str
    posts: tuple[BlogPost, ...]  # 20 ordinary, published posts, pings open
    special: dict[str, BlogPost]  # by kind
    admin_user: str
    admin_password: str

    @property
    def base_url(self) -> str:
        """Where WordPress itself answers."""
        return self.options.base_url

    @property
    def public_url(self) -> str:
        """The address that WordPress believes to be its own."""
        return self.options.public_url

    @property
    def hop_url(self) -> str:
        """Where the plain nginx hop answers."""
        return f"http://127.0.0.1:{self.options.hop_port}"

    def comments(self, since: int = 0) -> list[Comment]:
        """Return the comments with ids above `since`, oldest first."""
        return [Comment(**json.loads(line)) for line in self.sql(COMMENTS % since).splitlines()]

    def reset(self) -> None:
        """Delete all comments."""
        self.sql(RESET)

    def sql(self, statement: str) -> str:
        """Run SQL on WordPress's database."""
        return self.folder.sql(statement)

    @contextlib.contextmanager
    def flood_check(self) -> Iterator[None]:
        """Let WordPress apply its 15 s flood limit, as it does in real life, for a while."""
        set_flag(self.folder, "flood-check", on=True)
        try:
            yield
        finally:
            set_flag(self.folder, "flood-check", on=self.options.flood_check)

    def stop(self, *, purge: bool = False) -> None:
        """End the services; with `purge`, remove the site as well."""
        stop(self.folder, purge=purge)


def set_flag(folder: Folder, name: str, *, on: bool) -> None:
    """Switch a behaviour of the must-use plugin, which looks for a file of that name."""
    flag = folder / "flags" / name
    flag.touch() if on else flag.unlink(missing_ok=True)


def stop(folder: Folder, *, purge: bool) -> list[str]:
    """End the services of a rig's folder and return the names of those that ran."""
    if not folder.is_ours():
        raise RigError(f"{folder.path} holds no rig")
    ended = [service for service in SERVICES if folder.stop(service)]
    if folder.sockets != folder.pids:
        shutil.rmtree(folder.sockets, ignore_errors=True)
    if purge:
        shutil.rmtree(folder.path)
    return ended


def save(folder: Folder, record: dict[str, Any]) -> None:
    """Write site.json, which survives a stop."""
    path = folder / "site.json"
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False))
    path.chmod(0o600)


def record_of(options: Options, secrets: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
    """Return what site.json holds."""
    return {"format": FORMAT, "options": asdict(options), "secrets": secrets, "info": info}


def read_record(folder: Folder) -> dict[str, Any]:
    """Read site.json, or say what to do."""
    try:
        record: dict[str, Any] = json.loads((folder / "site.json").read_text())
    except FileNotFoundError:
        raise RigError(f"no site in {folder.path}: run `start --dir {folder.path}` first") from None
    if record.get("format") != FORMAT:
        raise RigError(f"{folder.path} was built by another version of the rig: start it with --fresh")
    return record


def rig_of(folder: Folder, record: dict[str, Any]) -> Rig:
    """Return the rig that a record describes."""
    options = Options(**record["options"])
    posts = [_post(options, row) for row in record["info"]["posts"]]
    return Rig(
        folder=folder,
        options=options,
        version=record["info"]["wp_version"],
        posts=tuple(post for post in posts if post.kind == "post"),
        special={post.kind: post for post in posts if post.kind != "post"},
        admin_user="admin",
        admin_password=record["secrets"]["admin_password"],
    )


def _post(options: Options, row: dict[str, Any]) -> BlogPost:
    url = options.public_url + row["path"]
    return BlogPost(**row, url=url, trackback_url=url + ("trackback/" if url.endswith("/") else ""))
