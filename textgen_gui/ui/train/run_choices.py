"""What was chosen for new runs of a project, so that it is there again another day."""

import contextlib
from collections.abc import Mapping
from typing import Any

from ...engine.core import schema
from ...engine.core.beginnings import AUTOMATIC
from ...engine.core.errors import EngineError
from ...engine.core.presets import PresetName
from ..parts import widgets
from ..parts.config_form import ConfigForm
from ..parts.form_fields import show
from .run_setup import RunSetup


def chosen_of(setup: RunSetup) -> dict[str, Any]:
    """As JSON can hold it; of the forms only what is not as usual. The name is that of one run alone."""
    return {
        "preset": setup.presets.preset().value,
        "timed": setup.timed.isChecked(),
        "minutes": setup.minutes.value(),
        "prompts": widgets.text_of(setup.prompts),
        "begin": setup.beginning.choice.name() or AUTOMATIC,
        "train": _unusual(setup.train_form),
        "model": _unusual(setup.model_form),
    }


def choose_again(setup: RunSetup, chosen: Any) -> None:
    """As ``chosen_of`` said another day. What somebody made of it meanwhile, and cannot be used, is left out."""
    known = chosen if isinstance(chosen, Mapping) else {}
    if (preset := known.get("preset")) in [one.value for one in setup.presets.cards]:
        setup.presets.choose(PresetName(preset))
        setup.presets.chosen.emit()
    if isinstance(model := known.get("begin"), str) and model not in ("", AUTOMATIC):
        setup.begin_with(model)
    for form, name in ((setup.model_form, "model"), (setup.train_form, "train")):
        _choose(form, known.get(name))
    if isinstance(timed := known.get("timed"), bool):
        setup.timed.setChecked(timed)
    if isinstance(minutes := known.get("minutes"), int):
        setup.minutes.setValue(minutes)
    if isinstance(prompts := known.get("prompts"), str):
        setup.prompts.setPlainText(prompts)


def _unusual(form: ConfigForm[Any]) -> dict[str, Any]:
    config = form.config()
    values = {name: getattr(config, name) for name in form.unusual()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _choose(form: ConfigForm[Any], values: Any) -> None:
    for name, value in values.items() if isinstance(values, Mapping) else ():
        with contextlib.suppress(EngineError, KeyError):
            show(form.controls[name], getattr(schema.from_table(type(form.config()), {name: value}), name))
    form.changed.emit()
