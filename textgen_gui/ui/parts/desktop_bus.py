"""The message bus of a desktop, which may take a call and never answer: Qt would wait for it with the window frozen.

Qt itself, the taskbar, notifications, screen readers and the keyring all go through it.
"""

import os
import socket
import sys
from pathlib import Path
from urllib.parse import unquote

ADDRESS = "DBUS_SESSION_BUS_ADDRESS"
NOWHERE = "disabled:"  # is refused at once; without an address Qt would look for a bus, or start one of its own
START_S, LATER_S = 1.0, 0.2  # that it is given to greet back

_silent: set[str] = set()  # those that did not answer once: nothing waits for them again


def leave_out_silent_bus() -> None:
    """To be called before Qt begins: then nothing in this process waits for a bus that never answers."""
    if is_silent(START_S):
        os.environ[ADDRESS] = NOWHERE


def is_silent(within_s: float = LATER_S) -> bool:
    """Whether somebody is there who does not answer. Where nobody is, Qt knows it at once, and nothing waits."""
    address = _unix_socket(_address()) if sys.platform == "linux" else ""
    if not address or address in _silent:
        return bool(address)
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(within_s)
        try:
            asked.connect(address)
            asked.sendall(b"\0AUTH\r\n")  # in which ways one may log in; nobody does
            asked.recv(1)
            return False
        except (TimeoutError, BlockingIOError):  # the latter: so many wait already that no more are let in
            _silent.add(address)
            return True
        except OSError:
            return False


def _address() -> str:
    """Where the bus's own library looks for it."""
    usual = Path(os.environ.get("XDG_RUNTIME_DIR", ""), "bus")
    return os.environ.get(ADDRESS, "") or (f"unix:path={usual}" if usual.is_absolute() else "")


def _unix_socket(address: str) -> str:
    """Of the first address of several, which is tried first; "" for one of another kind, as over a network."""
    transport, _, rest = address.partition(";")[0].partition(":")
    values = {key: unquote(value) for key, _, value in (part.partition("=") for part in rest.split(","))}
    if transport != "unix":
        return ""
    return values.get("path", "") or ("\0" + values["abstract"] if "abstract" in values else "")
