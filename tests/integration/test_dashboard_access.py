"""Who may see and do what on the dashboard, over real sockets."""

import argparse
import io

import pytest
import pytest_asyncio

from proxy.commands import password as command
from proxy.dashboard.entry import ATTEMPTS_PER_MINUTE
from proxy.dashboard.guard import COOKIE, HEADERS, is_loopback, names_loopback
from proxy.dashboard.passwords import PasswordError, Passwords
from proxy.store.sessions import IDLE_SECONDS, LONGEST_SECONDS
from tests.support.dashboard import judged, linkback, running_dashboard, sqlite
from tests.support.proxy import write_config

GOOD = "correct horse"


@pytest_asyncio.fixture
async def board(tmp_path):
    async with running_dashboard(sqlite(tmp_path)) as running:
        yield running


async def log_in(board, password=GOOD, name="owner", **headers):
    data = {"name": name, "password": password, "next": "/keys"}
    async with board.client.post(
        f"{board.url}/login", data=data, headers=headers, allow_redirects=False
    ) as answer:
        return answer.status, answer.headers.get("Location"), await answer.text()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8001"}, 200),
        ({"Host": "[::1]:8001"}, 200),
        ({"Host": "rebound.example:8001"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "localhost.evil.example"}, 403),
        ({"X-Forwarded-For": "203.0.113.5"}, 403),
        ({"Forwarded": "for=203.0.113.5"}, 403),
        ({"Via": "1.1 proxy"}, 403),
    ],
)
async def test_without_a_password_only_this_machine_comes_in(board, headers, status):
    """A rebound name and a proxy on this machine are told to set a password first."""
    assert await board.status("/", **headers) == status


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("::ffff:127.0.0.1", True), ("10.0.0.1", False),
     ("::ffff:10.0.0.1", False), ("", False), (None, False), ("localhost", False)],
)  # fmt: skip
def test_which_addresses_are_this_machine(address, expected):
    """Loopback in all its spellings, and nothing else."""
    assert is_loopback(address) is expected


@pytest.mark.parametrize(
    "host", ["", "[", "evil.example", "0x7f.1", "2130706433", "::1", "@localhost:1@evil"]
)
def test_odd_host_names_are_not_this_machine(host):
    """What a browser might send for another host never counts as loopback."""
    assert not names_loopback(host)


async def test_without_a_password_nobody_comes_from_elsewhere(tmp_path):
    """A listener on every address refuses who comes by another one, with a sentence that helps."""
    async with (
        running_dashboard(sqlite(tmp_path), host="0.0.0.0") as board,
        board.client.get(board.url + "/", headers={"Host": "192.0.2.7:8001"}) as answer,
    ):
        assert answer.status == 403
        assert "linkback-proxy password" in await answer.text()


async def test_every_answer_binds_the_browser(board):
    """Pages, refusals, redirects, static files and missing pages carry the whole set of headers."""
    await Passwords(board.store).set("owner", GOOD, by="test")
    for path in ("/", "/login", "/static/style.css", "/static/none", "/nowhere", "/decide"):
        async with board.client.get(board.url + path, allow_redirects=False) as answer:
            assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS), path
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


async def test_a_password_lets_in(board):
    """With a password set nothing is seen before the log-in, and everything after it."""
    await Passwords(board.store).set("owner", GOOD, by="test")
    assert await board.status("/") == 303
    assert await board.status("/linkback/1") == 303
    assert (await log_in(board, "wrong one"))[0] == 403
    assert (await log_in(board, name="nobody"))[0] == 403
    assert (await log_in(board))[:2] == (303, "/keys")
    assert await board.status("/") == 200


async def test_a_session_cookie_is_out_of_reach(board):
    """No script and no other site gets at the session; its token is not in the database."""
    await Passwords(board.store).set("owner", GOOD, by="test")
    await log_in(board)
    cookie = next(iter(board.client.cookie_jar))
    assert (cookie.key, bool(cookie["httponly"]), cookie["samesite"]) == (COOKIE, True, "Strict")
    assert await board.store.sessions.name_of(cookie.value) == "owner"
    assert await board.store.sessions.name_of(cookie.value[:-1]) is None


@pytest.mark.parametrize("end", ["log out", "idle", "old", "new password", "removed"])
async def test_a_stolen_old_session_is_worth_nothing(board, end):
    """A session ends on the server's side: by logging out, by time, and with its password."""
    passwords = Passwords(board.store)
    await passwords.set("owner", GOOD, by="test")
    await passwords.set("other", GOOD, by="test")
    await log_in(board)
    stolen = next(iter(board.client.cookie_jar)).value
    if end == "log out":
        assert await board.post("/logout") == 303
    elif end == "idle":
        board.clock.now += IDLE_SECONDS + 1
    elif end == "old":
        for _ in range(5):
            board.clock.now += IDLE_SECONDS - 1
            assert await board.status("/") in {200, 303}
        board.clock.now += LONGEST_SECONDS
    elif end == "new password":
        await passwords.set("owner", GOOD + "!", by="test")
    else:
        await passwords.remove("owner", by="test")
    board.client.cookie_jar.clear()
    assert await board.status("/", Cookie=f"{COOKIE}={stolen}") == 303


async def test_log_in_attempts_are_limited(board):
    """Guessing is slowed; even the right password waits then."""
    await Passwords(board.store).set("owner", GOOD, by="test")
    statuses = [(await log_in(board, f"guess {number}"))[0] for number in range(ATTEMPTS_PER_MINUTE)]
    assert statuses == [403] * ATTEMPTS_PER_MINUTE
    assert (await log_in(board))[0] == 429


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"]
)
async def test_a_log_in_never_leads_elsewhere(board, target):
    """The page to go on to is one of ours."""
    await Passwords(board.store).set("owner", GOOD, by="test")
    data = {"name": "owner", "password": GOOD, "next": target}
    async with board.client.post(f"{board.url}/login", data=data, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 303),
        ({"csrf": ""}, 403),
        ({"csrf": "0" * 64}, 403),
        ({"headers": {"Origin": "https://evil.example"}}, 403),
        ({"headers": {"Origin": "null"}}, 403),
        ({"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"headers": {"Sec-Fetch-Site": "same-site"}}, 403),
    ],
)
async def test_forged_changes_are_refused(board, change, status):
    """A form counts only with the session's own token, and from our own page."""
    one = await judged(board.store, linkback())
    assert await board.post("/decide", do=f"spam:{one}", **change) == status
    assert (await board.store.review.get(one)).state == ("discarded" if status == 303 else "held")


@pytest.mark.parametrize("password", ["", "short", "x" * 2000])
async def test_useless_passwords_are_refused(board, password):
    """Too short can be guessed, too long costs us; neither is taken."""
    with pytest.raises(PasswordError, match="8 characters"):
        await Passwords(board.store).set("owner", password, by="test")
    assert await Passwords(board.store).hashes() == {}


def test_the_command_sets_a_password_and_removes_it(tmp_path, monkeypatch, capsys):
    """`linkback-proxy password` reads it from a pipe, says what it did, and never prints it."""
    config = write_config(tmp_path, public_url="http://b.example", upstream="http://127.0.0.1:9", port=1,
                          dashboard_port=2)  # fmt: skip
    arguments = argparse.Namespace(config=config, name="anna", remove=False)
    for text, code in ((GOOD, 0), ("short", 1)):
        monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))
        assert command.run(arguments) == code
    told = capsys.readouterr()
    assert "anna: the password is set" in told.out
    assert "8 characters" in told.err
    assert GOOD not in told.out + told.err
    arguments.remove = True
    assert [command.run(arguments), command.run(arguments)] == [0, 1]
