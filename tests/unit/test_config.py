"""The configuration: defaults, the example, and errors that name the key."""

from pathlib import Path

import pytest
import yaml

from proxy.config import Config, ConfigError, load, parse

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
BLOG = "blogs: [{url: 'https://blog.example', upstream: 'http://127.0.0.1:8080'}]\n"


def test_the_example_equals_the_defaults():
    """Every value in the example is the default; copying a part of it changes nothing."""
    assert load(EXAMPLE) == parse(BLOG)


def test_the_example_names_every_key():
    """No key is without its line in the example."""

    def keys(tree, path=""):
        if isinstance(tree, dict) and tree:
            return {name for key, value in tree.items() for name in keys(value, f"{path}.{key}")}
        if isinstance(tree, list) and tree and isinstance(tree[0], dict):
            return keys(tree[0], path)
        return {path}

    written = keys(yaml.safe_load(EXAMPLE.read_text()))
    assert written == keys(load(EXAMPLE).model_dump(mode="json"))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("lissten: 127.0.0.1:80\n" + BLOG, "lissten: unknown key; allowed here: actions, blogs, dashboard"),
        ("listen: here\n" + BLOG, "listen: must be HOST:PORT"),
        ("listen: 127.0.0.1:99999\n" + BLOG, "listen: must be HOST:PORT"),
        ("database: mysql://x\n" + BLOG, "database: must start with sqlite:/// or postgresql"),
        ("trusted_proxies: [300.1.1.1]\n" + BLOG, "trusted_proxies.0: must be an address or a network"),
        ("blogs: [{url: 'https://b.example'}]", "blogs.0.upstream: this key is required"),
        (BLOG.replace("}", ", mode: on}"), "blogs.0.mode: input should be 'enforce' or 'observe'"),
        (
            BLOG.replace("}", ", cutoffs: {ham: 2}}"),
            "blogs.0.cutoffs.ham: input should be less than or equal",
        ),
        (
            BLOG.replace("}", ", cutofs: {ham: 2}}"),
            "blogs.0.cutofs: unknown key; allowed here: allow, closed",
        ),
        (
            "fetch: {max_redirect: 2}\n" + BLOG,
            "fetch.max_redirect: unknown key; allowed here: allow_networks",
        ),
        (
            "actions: {spam: delete}\n" + BLOG,
            "actions.spam: input should be 'forward', 'quarantine' or 'reject'",
        ),
        (
            "digest: {to: [Me <me@b.example>]}\n" + BLOG,
            "digest.to.0: must be an e-mail address without a name",
        ),
        ("digest: {hour: 24}\n" + BLOG, "digest.hour: input should be less than or equal to 23"),
        ("digest: {user: me, password: x}\n" + BLOG, "digest.user: needs security starttls or tls"),
        ("actions: {spamm: reject}\n" + BLOG, "actions.spamm: input should be 'ham'"),
        ("blogs: {", "not YAML"),
        ("- a list", "the file must be a mapping"),
        ("", "the file must be a mapping"),
        ("a: !!python/object/apply:os.system [true]", "not YAML"),
    ],
)
def test_errors_name_the_key_and_what_is_allowed(text, error):
    """What can't be used is refused in one line that begins with the key's path."""
    with pytest.raises(ConfigError) as raised:
        parse(text)
    assert str(raised.value).startswith(error)
    assert "\n" not in str(raised.value)


def test_short_forms():
    """One address needs no list, and `any` opens every port."""
    config: Config = parse("fetch: {allow_ports: any}\n" + BLOG)
    assert config.fetch.allow_ports == ()
    assert config.blogs[0].url == ("https://blog.example",)


def test_a_missing_file_is_named(tmp_path):
    """A configuration that is not there is an error with its path."""
    with pytest.raises(ConfigError, match="can't read .*nowhere.yaml"):
        load(tmp_path / "nowhere.yaml")
