from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.commands import serve

REPOSITORY = Path(__file__).parents[3]

# What Streamlit makes of the script that the command names, in the way of `streamlit run`.
ASK_STREAMLIT = """
from pathlib import Path
from streamlit import config
from dashboard.commands import serve

app = Path(serve.__file__).parent.parent / "server.py"
command = serve.server_command(app, address="127.0.0.1", port=8501, opens_browser=False)
config._main_script_path = next(part for part in command if part.endswith(".py"))
config.get_config_options(force_reparse=True)
for name in ("theme.light.primaryColor", "client.showErrorLinks"):
    print(config.get_option(name), config.get_where_defined(name))
"""


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the command would have become, instead of becoming it."""
    calls: list[Any] = []

    def pretend(_: str, command: list[str]) -> None:
        calls.append((command, Path.cwd(), dict(os.environ)))
        raise SystemExit(0)

    monkeypatch.setattr(os, "execv", pretend)
    monkeypatch.setenv("PELLUCID_WORKSPACE", "")
    monkeypatch.setenv("PELLUCID_SIGN_IN", "")
    monkeypatch.chdir(Path.cwd())
    return calls


def test_the_server_is_private_and_silent_by_default(
    pellucid: Callable[..., Any], started: list[Any], ward: Path
) -> None:
    """Prevents patients from being shown to the network, and use from being reported."""
    answer = pellucid("serve", "--no-browser")
    command, _, environment = started[0]
    assert "--server.address=127.0.0.1" in command
    assert "--browser.gatherUsageStats=false" in command
    assert "--client.showErrorDetails=none" in command
    assert "--server.headless=true" in command
    assert environment["PELLUCID_WORKSPACE"] == str(ward)
    assert "http://127.0.0.1:" in answer.out


def install(directory: Path) -> None:
    """Copy what a wheel holds of the dashboard: sources, and the files named to go with them."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["dashboard"]
    package = REPOSITORY / "dashboard"
    for pattern in ("**/*.py", *patterns):
        for path in package.glob(pattern):
            copy = directory / path.relative_to(REPOSITORY)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    (directory / "explainers").symlink_to(REPOSITORY / "explainers")


def test_an_installed_copy_finds_its_theme_and_its_guards(tmp_path: Path) -> None:
    """Prevents a wheel from leaving the configuration behind and serving with Streamlit's own."""
    install(tmp_path / "site")
    finished = subprocess.run(
        [sys.executable, "-P", "-c", ASK_STREAMLIT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    file = tmp_path / "site" / "dashboard" / ".streamlit" / "config.toml"
    settings = tomllib.loads(file.read_text("utf-8"))
    color, links = finished.stdout.splitlines()
    assert color == f"{settings['theme']['light']['primaryColor']} {file}"
    assert links == f"{settings['client']['showErrorLinks']} {file}"


def test_the_printed_address_is_the_servers(
    pellucid: Callable[..., Any], started: list[Any], busy_port: int
) -> None:
    free = busy_port + 1 if busy_port < 65535 else busy_port - 1
    answer = pellucid("serve", "--port", str(free))
    assert f"http://127.0.0.1:{free} " in answer.out
    assert f"--server.port={free}" in started[0][0]


def test_a_busy_port_is_bad_use(
    pellucid: Callable[..., Any], started: list[Any], busy_port: int
) -> None:
    answer = pellucid("serve", "--port", str(busy_port))
    assert answer.code == 2
    assert str(busy_port) in answer.err
    assert started == []


def test_the_first_free_port_skips_a_busy_one(
    monkeypatch: pytest.MonkeyPatch, busy_port: int
) -> None:
    monkeypatch.setattr(serve, "FIRST_PORT", busy_port)
    monkeypatch.setattr(serve, "LAST_PORT", min(busy_port + 20, 65535))
    assert serve.first_free_port("127.0.0.1") > busy_port


@pytest.mark.parametrize(
    "wrong",
    [("--port", "0"), ("--port", "70000"), ("--address", "203.0.113.1"), ("--address", "no such")],
)
def test_a_place_one_cannot_listen_on_is_bad_use(
    pellucid: Callable[..., Any], started: list[Any], wrong: tuple[str, str]
) -> None:
    answer = pellucid("serve", *wrong)
    assert answer.code == 2
    assert started == []


@pytest.mark.parametrize(
    "opened",
    [("--address", "0.0.0.0"), ("--host", "ward.example"), ("--address", "::")],  # noqa: S104
)
def test_nobody_else_is_let_in_without_a_sign_in(
    pellucid: Callable[..., Any], started: list[Any], opened: tuple[str, str]
) -> None:
    """A warning would scroll away, and every patient would be anybody's."""
    answer = pellucid("serve", *opened)
    assert answer.code == 2
    assert "--sign-in" in answer.err
    assert started == []


SIGN_IN = f"""
[auth]
redirect_uri = "https://ward.example/oauth2callback"
cookie_secret = "{"s" * 32}"
client_id = "pellucid"
client_secret = "secret"
server_metadata_url = "https://login.example/.well-known/openid-configuration"
[roles.people]
"dr.a@ward.example" = "clinician"
"""


def test_a_sign_in_opens_the_network_and_is_read_before_anybody_comes(
    pellucid: Callable[..., Any], started: list[Any], tmp_path: Path
) -> None:
    file = tmp_path / "sign-in.toml"
    file.touch(mode=0o600)
    file.write_text(SIGN_IN.replace("clinician", "king"), "utf-8")
    options = ("--address", "0.0.0.0", "--host", "ward.example", "--sign-in", str(file))  # noqa: S104
    assert pellucid("serve", *options).code == 2
    assert started == []
    file.write_text(SIGN_IN, "utf-8")
    pellucid("serve", *options)
    command, _, environment = started[0]
    assert f"--secrets.files={file}" in command
    assert "--server.allowedHosts=ward.example" in command
    assert environment["PELLUCID_SIGN_IN"] == str(file)


def test_a_sign_in_of_another_server_does_not_stay_in_the_environment(
    pellucid: Callable[..., Any], started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is served is what the command says, not what a shell remembers."""
    monkeypatch.setenv("PELLUCID_SIGN_IN", "/elsewhere.toml")
    pellucid("serve")
    assert started[0][2]["PELLUCID_SIGN_IN"] == ""


def test_a_browser_opens_only_where_there_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve.sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for display, headless in (("", "true"), (":0", "false")):
        monkeypatch.setenv("DISPLAY", display)
        command = serve.server_command(
            Path("app.py"), address="127.0.0.1", port=8501, opens_browser=True
        )
        assert f"--server.headless={headless}" in command


def test_the_server_answers_to_the_names_it_was_given_only() -> None:
    """Prevents a page of another site from reading patients under a name of its own."""
    assert serve.host_options("127.0.0.1", []) == []
    assert serve.host_options("192.0.2.7", ["ward.example"]) == [
        "--server.allowedHosts=127.0.0.1",
        "--server.allowedHosts=localhost",
        "--server.allowedHosts=192.0.2.7",
        "--server.allowedHosts=ward.example",
    ]
