"""``pellucid serve``: the dashboard."""

from __future__ import annotations

import argparse
import errno
import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from dashboard.commands.options import Subparsers, new_parser
from dashboard.commands.output import write_line
from dashboard.environment import SIGN_IN, WORKSPACE, is_loopback
from explainers.errors import SettingsError

FIRST_PORT, LAST_PORT = 8501, 8599

# Streamlit reads .streamlit/config.toml beside app.py, wherever that is installed. These are said
# here too: an option beats the STREAMLIT_... variables of an environment, and that file does not.
PRIVATE_BY_DEFAULT = (
    "--browser.gatherUsageStats=false",
    "--client.showErrorDetails=none",
    "--client.toolbarMode=viewer",
    "--logger.hideWelcomeMessage=true",
    # Nobody who looks at patients should be asked whether to rerun changed code.
    "--server.fileWatcherType=none",
    "--server.showEmailPrompt=false",
)

DESCRIPTION = """\
Start the dashboard and print its address. Ctrl-C stops it.

It listens on this machine only, for its one user. To let others reach it, --sign-in names the file
of an OpenID Connect provider and of the roles it gives (see SECURITY.md); without one, no other
address is listened on. --host says under which names it is reached; under any other it does not
answer. Nothing is fetched but the provider's answers, and nothing is sent anywhere else."""

EXAMPLES = """\
  pellucid serve
  pellucid serve --port 8600 --no-browser
  pellucid serve --workspace ~/ward-7
  pellucid serve --sign-in sign-in.toml --host pellucid.clinic.example
  pellucid serve --sign-in sign-in.toml --address 0.0.0.0 --host pellucid.clinic.example"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = new_parser(
        subparsers,
        "serve",
        summary="start the dashboard",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    parser.add_argument(
        "--port",
        type=int,
        help=f"port to listen on (default: the first free one from {FIRST_PORT})",
    )
    parser.add_argument(
        "--address",
        default="127.0.0.1",
        help="address to listen on (default: %(default)s, this machine only)",
    )
    parser.add_argument(
        "--host",
        metavar="NAME",
        action="append",
        default=[],
        help="a name under which others reach it, beside the address; may be repeated",
    )
    parser.add_argument(
        "--sign-in",
        metavar="FILE",
        type=Path,
        help="TOML: the OpenID Connect provider people sign in with, and their roles",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="do not open the address in a browser"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> NoReturn:
    """Become the server, so that signals reach it without a middleman."""
    sign_in = arguments.sign_in.resolve() if arguments.sign_in else None
    check_who_may_come(arguments.address, arguments.host, sign_in)
    port = arguments.port if arguments.port is not None else first_free_port(arguments.address)
    _check_free(arguments.address, port)
    app = Path(__file__).resolve().parent.parent / "server.py"
    command = server_command(
        app, address=arguments.address, port=port, opens_browser=not arguments.no_browser
    )
    command += host_options(arguments.address, arguments.host)
    command += [] if sign_in is None else [f"--secrets.files={sign_in}"]
    write_line(f"Pellucid is at http://{_shown(arguments.address)}:{port} (Ctrl-C stops it)")
    sys.stdout.flush()
    os.environ[WORKSPACE] = str(arguments.workspace)
    os.environ[SIGN_IN] = str(sign_in or "")
    # Streamlit also reads the .streamlit/config.toml of the working directory, whoever wrote that.
    os.chdir(app.parent.parent)
    if os.name == "nt":  # where a process cannot become another one
        sys.exit(subprocess.call(command))  # noqa: S603 - our own interpreter, no shell
    os.execv(command[0], command)  # noqa: S606 - our own interpreter, no shell


def check_who_may_come(address: str, names: Sequence[str], sign_in: Path | None) -> None:
    """Let nobody but this machine's user in without a sign-in, and no sign-in that cannot work.

    Raises
    ------
    SettingsError
        Where others could reach a server that does not ask who they are, or the file is wrong.
    """
    if sign_in is None:
        opened = [one for one in (address, *names) if not is_loopback(one)]
        if opened:
            raise SettingsError(
                "without a sign-in, nobody but this machine's user may reach the dashboard",
                value=opened[0],
                remedy="Name the file of a sign-in with --sign-in; SECURITY.md says how.",
            )
        return
    from dashboard.sign_in import read_sign_in  # noqa: PLC0415 - keeps --help fast

    read_sign_in(sign_in)
    missing = [name for name in ("authlib", "httpx") if importlib.util.find_spec(name) is None]
    if missing:
        raise SettingsError(
            "a sign-in needs packages that are not installed",
            value=", ".join(missing),
            remedy="pip install 'pellucid[sign-in]'",
        )


def server_command(app: Path, *, address: str, port: int, opens_browser: bool) -> list[str]:
    """The command line that starts the server."""
    can_open = opens_browser and _has_display()
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app),
        f"--server.address={address}",
        f"--server.port={port}",
        f"--server.headless={'false' if can_open else 'true'}",
        *PRIVATE_BY_DEFAULT,
    ]


def host_options(address: str, names: Sequence[str]) -> list[str]:
    """Names the server answers to; none where those of the configuration are to hold."""
    if is_loopback(address) and not names:
        return []
    every = ("127.0.0.1", "localhost", address, *names)
    return [f"--server.allowedHosts={name}" for name in dict.fromkeys(every)]


def first_free_port(address: str) -> int:
    """The first port from 8501 on which nothing listens.

    Raises
    ------
    SettingsError
        When none is free, or the address is not one of this machine.
    """
    for port in range(FIRST_PORT, LAST_PORT + 1):
        if _is_free(address, port):
            return port
    raise SettingsError(
        f"one port from {FIRST_PORT} to {LAST_PORT} must be free",
        remedy="Name another one with --port.",
    )


def _check_free(address: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise SettingsError("a port must lie between 1 and 65535", value=port)
    if not _is_free(address, port):
        raise SettingsError(
            "the port must be free", value=port, remedy="Name another one with --port."
        )


def _is_free(address: str, port: int) -> bool:
    """Whether a server could listen there; SettingsError where the address is not ours."""
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return False
        raise SettingsError("the address must be one of this machine", value=address) from error
    return True


def _shown(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _has_display() -> bool:
    on_desktop = sys.platform in ("darwin", "win32")
    return on_desktop or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
