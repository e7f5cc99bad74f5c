"""Build a rig's site and start its services, in this order: files, database, WordPress, php-fpm, nginx."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.rig import configuration
from tests.rig.folder import MARK, SERVICES, Folder, RigError, find_program, write
from tests.rig.site import Options, Rig, read_record, record_of, rig_of, save, set_flag, stop

HERE = Path(__file__).parent
DEBIAN_SOURCE = Path("/usr/share/wordpress")
THEME = "wp-content/themes/twentytwentythree"
XMLRPC_SERVER = "wp-includes/class-wp-xmlrpc-server.php"
SALTS = tuple(
    f"{prefix}{kind}"
    for prefix in ("AUTH_", "SECURE_AUTH_", "LOGGED_IN_", "NONCE_")
    for kind in ("KEY", "SALT")
)
HELLO = b"<methodCall><methodName>demo.sayHello</methodName><params/></methodCall>"
SPECIAL_POSTS: tuple[dict[str, str], ...] = (
    {"kind": "pings_closed", "title": "A Post With Pings Closed", "ping_status": "closed"},
    {"kind": "draft", "title": "A Draft Nobody May Ping", "status": "draft"},
    {"kind": "private", "title": "A Private Post", "status": "private"},
    {"kind": "password", "title": "A Post Behind a Password", "post_password": "sesame"},
    {"kind": "page", "title": "About This Test Site", "type": "page"},
    {"kind": "unicode_slug", "title": "冬の庭と猫 Café — naïve"},
    {"kind": "numeric_title", "title": "1984"},
)


def wordpress_source() -> Path:
    """Where WordPress's files are taken from: Debian's package, or another tree for another version."""
    return Path(os.environ.get("WORDPRESS_SRC", DEBIAN_SOURCE))


def start(folder: Folder, options: Options, *, fresh: bool = False) -> Rig:
    """Start the rig in this folder, building its site where there is none."""
    options = dataclasses.replace(options, public_url=(options.public_url or options.base_url).rstrip("/"))
    if fresh and folder.is_ours():
        stop(folder, purge=True)
    with _locked(folder):
        record = read_record(folder) if (folder / "site.json").exists() else None
        if record and len(folder.running()) == len(SERVICES):
            return _already_running(folder, record, options)
        try:
            record = _start(folder, options, record)
        except BaseException:
            for service in SERVICES:
                folder.stop(service, patience=8)
            raise
    return rig_of(folder, record)


def _locked(folder: Folder) -> Any:
    if folder.path.is_dir() and any(folder.path.iterdir()) and not folder.is_ours():
        raise RigError(f"{folder.path} is not empty and holds no rig: choose another folder")
    folder.path.mkdir(mode=0o755, parents=True, exist_ok=True)
    write(folder / MARK, "")
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RigError(f"another start works in {folder.path}") from None
    return lock


def _already_running(folder: Folder, record: dict[str, Any], options: Options) -> Rig:
    if record["options"] != dataclasses.asdict(options):
        raise RigError(f"already running in {folder.path} with other options: stop it first")
    return rig_of(folder, record)


def _start(folder: Folder, options: Options, record: dict[str, Any] | None) -> dict[str, Any]:
    if record and record["options"]["permalinks"] != options.permalinks:
        raise RigError(f"{folder.path} was built with other permalinks: start it with --fresh")
    user = folder.services_user()
    private = record["secrets"] if record else _new_secrets()
    _prepare_folders(folder, user)
    if record is None:
        folder.stop("mariadb")
        _copy_wordpress(folder)
        _initialise_database(folder, user)
    _write_configuration(folder, options, private, user)
    for service in ("nginx", "php-fpm"):  # left over in a rig that lost one of its services
        folder.stop(service)
    if not folder.pid("mariadb"):
        _start_database(folder, user)
    info = record["info"] if record else _install_wordpress(folder, options, private, user)
    _start_php(folder, user)
    start_nginx(folder)
    _await_wordpress(folder, options)
    record = record_of(options, private, info)
    save(folder, record)
    return record


def _new_secrets() -> dict[str, Any]:
    return {
        "database_password": secrets.token_hex(12),
        "admin_password": secrets.token_urlsafe(12),
        "salts": {name: secrets.token_hex(24) for name in SALTS},
    }


def _prepare_folders(folder: Folder, user: str | None) -> None:
    for path in (folder.pids, folder.sockets, folder / "log", folder / "tmp", folder / "flags"):
        path.mkdir(exist_ok=True)
        folder.hand_over(path, user)


def _copy_wordpress(folder: Folder) -> None:
    """Copy 60 MB, links resolved: the rig's own tree, which it may change."""

    def unwanted(_: str, names: list[str]) -> list[str]:
        return [name for name in names if name in (".htaccess", "wp-config.php", "akismet")]

    shutil.rmtree(folder / "www", ignore_errors=True)
    shutil.copytree(wordpress_source(), folder / "www", symlinks=False, ignore=unwanted)
    if not (folder / "www" / THEME).is_dir():
        shutil.copytree(DEBIAN_SOURCE / THEME, folder / "www" / THEME, symlinks=False)
    for name in ("mu-plugins", "uploads"):
        (folder / "www" / "wp-content" / name).mkdir(exist_ok=True)
    folder.hand_over(folder / "www" / "wp-content" / "uploads", folder.services_user())


def _initialise_database(folder: Folder, user: str | None) -> None:
    shutil.rmtree(folder / "mysql", ignore_errors=True)
    (folder / "mysql").mkdir()
    folder.hand_over(folder / "mysql", user)
    _run(
        "mariadb-install-db",
        "--no-defaults", "--basedir=/usr", f"--datadir={folder / 'mysql'}", f"--tmpdir={folder / 'tmp'}",
        "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
        *([f"--user={user}"] if user else []),
    )  # fmt: skip


def _run(program: str, *arguments: str, cwd: Path | None = None) -> None:
    path = find_program(program)
    if not path:
        raise RigError(f"{program} is missing: run `python -m tests.support.packages` first")
    done = subprocess.run(
        [path, *arguments], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=cwd
    )
    if done.returncode:
        raise RigError(f"{program} failed:\n{(done.stdout + done.stderr)[-1500:]}")


def _write_configuration(folder: Folder, options: Options, private: dict[str, Any], user: str | None) -> None:
    config = configuration.wp_config(folder, options, private["database_password"], private["salts"])
    write(folder / "www" / "wp-config.php", config)
    shutil.copy(HERE / "mu-plugin.php", folder / "www" / "wp-content" / "mu-plugins" / "rig.php")
    set_flag(folder, "flood-check", on=options.flood_check)
    set_flag(folder, "show-faults", on=options.show_faults)
    write(folder / "php-fpm.conf", configuration.php_fpm(folder, options, user))
    write(folder / "nginx.conf", configuration.nginx(folder, options, user))
    _write_sleep(folder, keep=options.pingback_sleep)


def _write_sleep(folder: Folder, *, keep: bool) -> None:
    """Take the hard-coded sleep(1) of pingback_ping out of our copy, or put it back."""
    text = (wordpress_source() / XMLRPC_SERVER).read_text(encoding="utf-8")
    if not keep:
        if text.count("sleep( 1 );") != 1:
            raise RigError(f"this WordPress has no single `sleep( 1 );` in {XMLRPC_SERVER}")
        text = text.replace("sleep( 1 );", "/* the rig took sleep( 1 ) away */")
    write(folder / "www" / XMLRPC_SERVER, text)


def _start_database(folder: Folder, user: str | None) -> None:
    folder.database_socket.unlink(missing_ok=True)
    arguments = [
        str(find_program("mariadbd", "mysqld")), "--no-defaults", "--basedir=/usr", "--skip-networking",
        f"--datadir={folder / 'mysql'}", f"--socket={folder.database_socket}",
        f"--pid-file={folder.pids / 'mariadb.pid'}",
        f"--log-error={folder / 'log' / 'mariadb.log'}", f"--tmpdir={folder / 'tmp'}", "--skip-name-resolve",
        "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0", "--performance-schema=OFF", "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_unicode_520_ci", "--max-connections=100",
        *([f"--user={user}"] if user else []),
    ]  # fmt: skip
    with (folder / "log" / "mariadb.out").open("ab") as out:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            cwd=folder.path,
        )
    folder.children.append(process)
    _await(
        lambda: _greets(folder, process),
        30,
        lambda: "mariadbd: " + folder.log_tail("mariadb.log", "mariadb.out"),
    )


def _greets(folder: Folder, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise RigError(f"mariadbd ended\n{folder.log_tail('mariadb.log', 'mariadb.out')}")
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(str(folder.database_socket))
            return bool(client.recv(64)) and (folder.pids / "mariadb.pid").exists()
    except OSError:
        return False


def _await(condition: Any, seconds: float, failure: Any) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.03)
    raise RigError(f"no answer within {seconds:.0f} s\n{failure()}")


def posts_to_write() -> list[dict[str, Any]]:
    """Return the site's posts: twenty ordinary ones and one of each special kind."""
    ordinary = json.loads((HERE / "posts.json").read_text(encoding="utf-8"))
    plain = {"status": "publish", "type": "post", "kind": "post", "ping_status": "open", "post_password": ""}
    dated = [
        {**plain, **post, "date": f"{2024 + i // 12}-{i % 12 + 1:02}-{3 + i:02} 09:{i:02}:00"}
        for i, post in enumerate(ordinary)
    ]
    edge = {**plain, "category": "Uncategorized", "paragraphs": ["A post for edge cases."]}
    return dated + [
        {**edge, **special, "date": f"2025-10-{i:02} 10:00:00"} for i, special in enumerate(SPECIAL_POSTS, 1)
    ]


def _install_wordpress(folder: Folder, options: Options, private: dict[str, Any], user: str | None) -> Any:
    folder.sql(
        "CREATE DATABASE wordpress CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;"
        f"CREATE USER wordpress@localhost IDENTIFIED BY '{private['database_password']}';"
        "GRANT ALL ON wordpress.* TO wordpress@localhost;",
        "",
    )
    question = {
        "host": _host(options),
        "www": str(folder / "www"),
        "title": "Rig Test Journal",
        "permalinks": "" if options.permalinks == "plain" else options.permalinks,
        "user": "admin",
        "password": private["admin_password"],
        "posts": posts_to_write(),
    }
    shutil.copy(HERE / "install.php", folder / "install.php")
    entry = pwd.getpwnam(user) if user == "www-data" else None
    done = subprocess.run(
        [str(find_program("php")), "-d", "display_errors=stderr", "-d", "opcache.enable_cli=0",
         "-d", "sendmail_path=/bin/true", str(folder / "install.php")],
        input=json.dumps(question).encode(), check=False, capture_output=True, timeout=120,
        cwd=folder / "www",
        **({"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []} if entry else {}),
    )  # fmt: skip
    _, found, answer = done.stdout.partition(b'{"wp_version"')
    if not found:
        said = (done.stdout + done.stderr).decode(errors="replace")[-2000:]
        raise RigError(f"WordPress did not install (php ended with {done.returncode}):\n{said}")
    return json.loads(found + answer)


def _host(options: Options) -> str:
    return options.public_url.split("://", 1)[1].split("/")[0]


def _start_php(folder: Folder, user: str | None) -> None:
    folder.php_socket.unlink(missing_ok=True)
    newest = max((path.name for path in Path("/usr/sbin").glob("php-fpm[0-9]*")), default="php-fpm")
    as_root = ["-R"] if user == "root" else []
    _run(newest, "-y", str(folder / "php-fpm.conf"), *as_root, cwd=folder.path)


def start_nginx(folder: Folder) -> None:
    """Start the web server; also after it was stopped alone."""
    log = str(folder / "log" / "nginx-error.log")
    _run("nginx", "-p", str(folder.path), "-e", log, "-c", str(folder / "nginx.conf"), cwd=folder.path)


def _await_wordpress(folder: Folder, options: Options) -> None:
    def logs() -> str:
        return folder.log_tail("php.log", "nginx-error.log", "php-fpm.log")

    _await(lambda: _says_hello(options), 20, logs)


def _says_hello(options: Options) -> bool:
    headers = {"Host": _host(options), "Content-Type": "text/xml"}
    request = urllib.request.Request(options.base_url + "/xmlrpc.php", HELLO, headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=15) as answer:
            return b"Hello!" in answer.read(10_000)
    except (OSError, urllib.error.HTTPError):
        return False
