"""nginx, Apache and Caddy as real processes, each with its file of packaging/ fitted to a test's ports."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.rig import Rig
from tests.support.ports import await_port, free_port

PACKAGING = Path(__file__).parents[2] / "packaging"
APACHE_MODULES = (
    "mpm_event", "authz_core", "dir", "mime", "rewrite", "proxy", "proxy_http", "proxy_fcgi", "remoteip",
    "setenvif", "headers",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What stands in a site's file in place of the example's own values."""

    folder: Path
    port: int  # of the web server itself: 80 in the file
    proxy_port: int  # 8000 in the file
    inner_port: int  # 8080 in the file
    root: Path
    php_socket: Path

    def fit(self, text: str) -> str:
        """Replace the example's values."""
        for old, new in (
            ("127.0.0.1:8000", f"127.0.0.1:{self.proxy_port}"),
            ("127.0.0.1:8080", f"127.0.0.1:{self.inner_port}"),
            ("/var/www/wordpress", str(self.root)),
            ("/run/php/php-fpm.sock", str(self.php_socket)),
            ("server_name blog.example", "server_name 127.0.0.1"),
            ("ServerName blog.example", "ServerName 127.0.0.1"),
            ("\nblog.example {", f"\nhttp://127.0.0.1:{self.port} {{"),
            ("listen 80;", f"listen 127.0.0.1:{self.port};"),
            ("<VirtualHost *:80>", f"<VirtualHost 127.0.0.1:{self.port}>"),
        ):
            text = text.replace(old, new)
        return text


def _nginx(fitting: Fitting, site: Path) -> list[str]:
    folder = fitting.folder
    for name in ("fastcgi.conf", "mime.types"):
        shutil.copy(Path("/etc/nginx") / name, folder / name)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "main.conf"
    main.write_text(
        f"user www-data; daemon off; worker_processes 1; pid {folder}/pid; events {{}}\n"
        f"http {{ access_log off; {temporary} include mime.types; include {site}; }}\n"
    )
    return ["/usr/sbin/nginx", "-e", f"{folder}/error.log", "-c", str(main)]


def _apache(fitting: Fitting, site: Path) -> list[str]:
    folder = fitting.folder
    main = folder / "main.conf"
    library = "/usr/lib/apache2/modules"
    modules = "".join(f"LoadModule {name}_module {library}/mod_{name}.so\n" for name in APACHE_MODULES)
    main.write_text(
        f"{modules}ServerRoot {folder}\nServerName 127.0.0.1\nPidFile {folder}/pid\n"
        "User www-data\nGroup www-data\n"
        f"ErrorLog {folder}/error.log\nTypesConfig /etc/mime.types\nListen 127.0.0.1:{fitting.port}\n"
        f"DefaultRuntimeDir {folder}\nInclude {site}\n"
    )
    return ["/usr/sbin/apache2", "-D", "FOREGROUND", "-f", str(main)]


def _caddy(fitting: Fitting, site: Path) -> list[str]:
    site.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + site.read_text())
    return ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", str(site)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebServer:
    """One kind of web server."""

    file: str
    command: Callable[[Fitting, Path], list[str]]
    whole_site: Callable[[str], str]  # makes the file's second variant, as its comments say


def _without(mark: str) -> Callable[[str], str]:
    def delete(text: str) -> str:
        lines = [line for line in text.splitlines(keepends=True) if mark not in line]
        assert len(lines) == len(text.splitlines()) - 1
        return "".join(lines)

    return delete


WEB_SERVERS = {
    "nginx": WebServer(file="nginx.conf", command=_nginx, whole_site=_without('"000" 0;')),
    "apache": WebServer(
        file="apache.conf", command=_apache, whole_site=_without("RewriteCond %{ENV:LINKBACK} =1")
    ),
    "caddy": WebServer(
        file="Caddyfile",
        command=_caddy,
        whole_site=lambda text: text.replace("reverse_proxy @linkback", "reverse_proxy"),
    ),
}


@contextlib.contextmanager
def running(server: WebServer, fitting: Fitting, *, whole_site: bool = False) -> Iterator[None]:
    """Run a web server with its file, in the first variant or the second."""
    fitting.folder.chmod(0o755)
    text = (PACKAGING / server.file).read_text()
    site = fitting.folder / server.file
    site.write_text(fitting.fit(server.whole_site(text) if whole_site else text))
    environment = {"HOME": str(fitting.folder), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    log = fitting.folder / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            server.command(fitting, site), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            cwd=fitting.folder, env=environment,
        )  # fmt: skip
    try:
        try:
            await_port(fitting.port, process)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{log.read_text()}") from failure
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def in_front_of(
    rig: Rig, name: str, *, proxy_port: int, port: int = 0, whole_site: bool = False
) -> Iterator[Fitting]:
    """Run a web server for the rig's WordPress, on `port` if it matters, with the proxy at `proxy_port`."""
    with tempfile.TemporaryDirectory(prefix="linkback-web-") as folder:
        fitting = Fitting(
            folder=Path(folder),
            port=port or free_port(),
            proxy_port=proxy_port,
            inner_port=free_port(),
            root=rig.folder / "www",
            php_socket=rig.folder.php_socket,
        )
        with running(WEB_SERVERS[name], fitting, whole_site=whole_site):
            yield fitting
