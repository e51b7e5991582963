"""A model goes to the hub: written and read back here first, its list shown, and sent only when that is agreed to."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..core.control import Ask, Stopped
from ..core.errors import ModelError
from ..core.events import Event, Exported, Uploaded, UploadOffered, Warned
from ..core.library import hub_address, hub_host
from ..core.model_forms import Destination, ModelForm, WeightType
from ..core.project import Checkpoint, Run
from . import token
from .exporting import exporting
from .hub_upload import HubUpload
from .offer import checked_name

PREFIX = "hf://"


def uploading(
    chosen: Run | Checkpoint, name: str, stop: Ask, *, key: str, private: bool, agreed: bool
) -> Iterator[Event]:
    """UploadOffered: what would go out, and to whom. Only if ``agreed``, it does; the last event is Uploaded then.

    ``key``: the user's token; "" asks HF_TOKEN and the keyring. Raises ModelError for a name that is none, and where
    there is no token, before the first event.
    """
    name = name.removeprefix(PREFIX).strip().rstrip("/")
    if "://" not in name and name.count("/") > 1:  # of the address of a page, what follows the name is left out
        raise ModelError(f"“{name}” has more than one slash in it. Names look like you/model.")
    name = checked_name(name)
    if "/" not in name:
        raise ModelError(f"“{name}” does not say whose model it is to be. Names look like you/model.")
    key = key or (token.kept() if agreed else "")
    if agreed and not key:
        raise ModelError(
            f"{hub_host()} wants to know who you are. Make a token that may write at {hub_address()}/settings/tokens "
            "and give it here. Nothing went out."
        )
    return _uploading(chosen, name, stop, key, private, agreed)


def _uploading(
    chosen: Run | Checkpoint, name: str, stop: Ask, key: str, private: bool, agreed: bool
) -> Iterator[Event]:
    with tempfile.TemporaryDirectory(prefix="textgen-gui-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary) / "model"
        exported = None
        for event in exporting(chosen, folder, stop, WeightType.F32, Destination.FILE, ModelForm.FOLDER):
            if isinstance(event, Exported):
                exported = event
            else:
                yield event
        if exported is None:  # it was stopped
            return
        files = sorted(folder.iterdir())
        sizes = tuple(file.stat().st_size for file in files)
        yield UploadOffered(name, hub_host(), private, tuple(file.name for file in files), sizes)
        if not agreed:
            return
        with HubUpload(name, key) as hub:
            try:
                yield from hub.send(files, private, stop)
                yield Uploaded(f"{hub_address()}/{name}", sum(sizes), private)
            except Stopped:
                yield Warned(f"The upload was cancelled. {hub.left}")
