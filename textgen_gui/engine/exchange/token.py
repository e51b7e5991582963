"""The user's token for the hub: in the keyring of the system, or nowhere.

HF_TOKEN counts before it, for scripts. Importing keyring looks for what keeps secrets here, which takes a moment and
may ask the user to unlock it: nobody is asked before the hub has asked.
"""

import os
from types import ModuleType

from ..core.errors import ModelError
from ..core.library import hub_host

SERVICE = "TextGen GUI"


def kept() -> str:
    """ "" where there is none, or nothing to keep it in."""
    if given := os.environ.get("HF_TOKEN", "").strip():
        return given
    try:
        keyring = _keyring()
        return keyring.get_password(SERVICE, hub_host()) or ""
    except ModelError:
        return ""


def keep(token: str) -> None:
    """Raises ModelError where there is nothing safe to keep it in; it is not kept elsewhere then."""
    keyring = _keyring()
    try:
        keyring.set_password(SERVICE, hub_host(), token)
    except keyring.errors.KeyringError as problem:
        raise ModelError(_NOWHERE) from problem


_NOWHERE = (
    "This computer has no keyring that could keep the token, so it counts for this once. Give it again next time."
)


def _keyring() -> ModuleType:
    try:
        import keyring
        import keyring.errors
    except ImportError as problem:
        raise ModelError(_NOWHERE) from problem
    if not keyring.get_keyring().priority > 0:
        raise ModelError(_NOWHERE)
    return keyring
