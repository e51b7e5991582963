"""What a model can be taken elsewhere as: a file for other programs, a page for a friend, a folder for transformers."""

import enum
from dataclasses import dataclass
from pathlib import Path

from .errors import ProjectError
from .schema import Choice


class ModelForm(enum.Enum):
    """``ending``: of the file's name; a folder has none. The last two have to be asked for by name."""

    GGUF = ("For llama.cpp and programs built on it", ".gguf")
    PAGE = ("A page that writes, for any browser", ".html")
    FOLDER = ("A folder for Hugging Face's transformers", "")
    ADAPTER = ("What LoRA learnt, alone, for PEFT", "")
    TIMELINE = ("A page that shows how the writing grew", ".html")

    def __init__(self, words: str, ending: str) -> None:
        self.words, self.ending = words, ending

    @property
    def is_file(self) -> bool:
        return bool(self.ending)

    @classmethod
    def of(cls, path: Path) -> "ModelForm":
        """The form that the name of the file says; a name without an ending, or a folder, is a folder.

        Raises ProjectError for an ending that stands for none.
        """
        asked = path.suffix.lower()
        for form in cls:
            if form.ending == asked:
                return form
        if path.is_dir():
            return cls.FOLDER
        raise ProjectError(f"{path.name}: choose a name that ends in .gguf or .html, or one without an ending.")


class WeightType(Choice):
    """How exactly weights are written down: 4, 2, or little more than 1 byte each."""

    F32 = "f32"
    F16 = "f16"
    Q8_0 = "q8_0"


class Destination(Choice):
    """For which program a GGUF file is laid out."""

    FILE = "file"
    OLLAMA = "ollama"
    LM_STUDIO = "lmstudio"


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made a model, and what that person says about it; both may be empty. A page shows them."""

    name: str = ""
    words: str = ""


NOBODY = Maker()


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """One of the forms that a model can go out in. ``bytes``: about how large. ``refusal``: why this model cannot."""

    form: ModelForm
    bytes: int
    refusal: str = ""


class PackFor(Choice):
    """Where a packed run is to be trained."""

    SLURM = "slurm"
    COLAB = "colab"
    DOCKER = "docker"
