"""Sends what happens to TensorBoard or another tracker that accelerate knows, for those who collect many runs."""

import dataclasses
import importlib.util
from collections.abc import Iterable, Iterator

from accelerate.tracking import LOGGER_TYPE_TO_CLASS, GeneralTracker

from ..core import events, schema
from ..core.errors import ConfigError
from ..core.gate import inside
from ..core.project import Run


def followed(happened: Iterable[events.Event], run: Run, name: str) -> Iterator[events.Event]:
    """The same events; losses and rates also go to the tracker, the settings at the start.

    Raises as ``tracker_of`` does.
    """
    return _followed(happened, run, tracker_of(name))


def tracker_of(name: str) -> type[GeneralTracker]:
    """Raises ConfigError when accelerate does not know the tracker, or its package is not installed."""
    tracker = LOGGER_TYPE_TO_CLASS.get(name)
    if tracker is None:
        raise ConfigError(f"There is no tracker {name!r}. Choose one of {', '.join(LOGGER_TYPE_TO_CLASS)}.")
    if importlib.util.find_spec(name) is None:
        raise ConfigError(f"The package {name} is not installed. Install it: pip install {name}")
    return tracker


def _followed(happened: Iterable[events.Event], run: Run, make: type[GeneralTracker]) -> Iterator[events.Event]:
    tracker: GeneralTracker | None = None
    try:
        for event in happened:
            match event:
                case events.RunStarted():
                    # Only now: accelerate must know which process this is.
                    needs = make.requires_logging_directory
                    folder = {"logging_dir": str(inside(run.folder, "trackers", run.name).parent)} if needs else {}
                    tracker = make(run.name, **folder)
                    tracker.start()
                    tracker.store_init_configuration(dict(_settings(run.config())))
                case events.StepDone() if tracker:
                    values = dataclasses.asdict(event)
                    tracker.log({key: values[key] for key in ("loss", "learning_rate", "tokens_per_s")}, event.step)
                case events.Evaluated() if tracker:
                    tracker.log({"heldout_loss": event.loss, "bits_per_byte": event.bits_per_byte}, event.step)
                case _:
                    pass
            yield event
    finally:
        if tracker:
            tracker.finish()


def _settings(config: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Flat, and of types that every tracker takes."""
    for field in dataclasses.fields(config):  # type: ignore[arg-type]
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            yield from _settings(value, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, value if isinstance(value, int | float | str) else schema.toml_value(value)
