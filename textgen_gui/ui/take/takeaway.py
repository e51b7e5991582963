"""The ways in which a model can leave, in plain words."""

import enum

from ...engine.core.model_forms import Destination, ModelForm


class Takeaway(enum.Enum):
    """``good_for``: what one does with it. ``where``: whether the user says where it goes."""

    PAGE = (
        "A page for a friend",
        "One file that opens in any browser, also on a phone, without a network. Whoever has it can write with your "
        "model.",
        ModelForm.PAGE,
        Destination.FILE,
    )
    FILE = (
        "A file for other programs",
        "One .gguf file for KoboldCpp, Jan, GPT4All, llama.cpp and others that run models on one's own computer.",
        ModelForm.GGUF,
        Destination.FILE,
    )
    OLLAMA = (
        "For Ollama",
        "A folder from which Ollama makes the model, with three lines to type.",
        ModelForm.GGUF,
        Destination.OLLAMA,
    )
    LM_STUDIO = (
        "For LM Studio",
        "Goes straight into the folder in which LM Studio looks for models.",
        ModelForm.GGUF,
        Destination.LM_STUDIO,
    )
    FOLDER = (
        "A folder as Hugging Face knows it",
        "For programmers: what Python's transformers loads, with a page that says what the model learnt from.",
        ModelForm.FOLDER,
        Destination.FILE,
    )
    ADAPTER = (
        "The adapter alone",
        "For programmers: only what LoRA learnt, a small folder that adds to the model it began with (PEFT).",
        ModelForm.ADAPTER,
        Destination.FILE,
    )
    HUB = (
        "Upload to Hugging Face",
        "Your account at huggingface.co gets the folder. Nothing goes out before you have seen the list of files.",
        ModelForm.FOLDER,
        Destination.FILE,
    )
    TIMELINE = (
        "How the writing grew",
        "One page with a slider, from the first babble to the last text: for a class or a blog. It holds no model.",
        ModelForm.TIMELINE,
        Destination.FILE,
    )

    def __init__(self, title: str, good_for: str, form: ModelForm, destination: Destination) -> None:
        self.title, self.good_for, self.form, self.destination = title, good_for, form, destination

    @property
    def ending(self) -> str:
        return self.form.ending if self.destination == Destination.FILE else ""

    @property
    def named(self) -> str:
        """What its file is called after the model, so that two pages of one model are told apart."""
        return " how it grew" if self.form is ModelForm.TIMELINE else ""

    @property
    def asks_where(self) -> bool:
        return self.destination != Destination.LM_STUDIO and self is not Takeaway.HUB
