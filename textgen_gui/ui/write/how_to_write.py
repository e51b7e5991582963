"""How a text is written: a style with a name, four sliders, and everything else one fold away."""

import dataclasses

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QInputDialog, QWidget

from ...engine.core import atomic_io, schema
from ...engine.core.errors import EngineError
from ...engine.core.generation_config import STYLE_FIELDS, GenerateConfig, styles
from ...engine.core.project import Project
from ..parts import widgets
from ..parts.config_form import ConfigForm

BASIC = ("temperature", "top_p", "repetition_penalty", "max_new_tokens")
CUSTOM = "As set below"
tips = {
    "Faithful": "Stays close to what it has learnt",
    "Balanced": "A good beginning",
    "Wild": "Daring, with something against going round in circles",
}


class HowToWrite(QWidget):
    """Signal: ``problem(sentence, details)``."""

    problem = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.project: Project | None = None
        self._own: dict[str, GenerateConfig] = {}
        self.form = ConfigForm(GenerateConfig(), only=BASIC, sliders=True)
        self.more_form = ConfigForm(GenerateConfig(), leave_out=[*BASIC, "n"])
        self.style_box = QComboBox()
        self.style_box.setAccessibleName("Style")
        self.style_box.setToolTip("Settings that go well together; change them below and keep them under a name")
        self.style_box.activated.connect(self._take_style)
        self.keep_button = widgets.tool("Keep this style", "save", "Keep these settings under a name", self._keep_style)
        line = widgets.row(self.style_box, self.keep_button)
        line.setStretch(0, 1)
        more = widgets.Fold(
            "More", "Other ways to choose the next word, what must not be written, the seed", self.more_form
        )
        self.setLayout(widgets.column(line, self.form, more))
        for form in (self.form, self.more_form):
            form.changed.connect(self._show_style)
        self._list_styles("Balanced")

    def open(self, project: Project) -> None:
        self.project, self._own = project, {}
        try:
            self._own = _read_styles(project)
        except EngineError as problem:
            self.problem.emit(str(problem), "")
        self._list_styles(self.style_box.currentText())

    def config(self) -> GenerateConfig:
        values = {name: getattr(self.more_form.config(), name) for name in self.more_form.controls}
        config: GenerateConfig = dataclasses.replace(self.form.config(), **values)
        return config

    def set_config(self, config: GenerateConfig) -> None:
        self.form.set_config(config)
        self.more_form.set_config(config)
        self._show_style()

    def _list_styles(self, chosen: str) -> None:
        self.style_box.clear()
        for name in (*styles, *self._own, CUSTOM):
            self.style_box.addItem(name)
            self.style_box.setItemData(self.style_box.count() - 1, tips.get(name, ""), 3)  # its tooltip
        self.style_box.setCurrentText(chosen)
        self._show_style()

    def _take_style(self) -> None:
        name = self.style_box.currentText()
        style = {**styles, **self._own}.get(name)
        if style:
            self.set_config(_with_style(self.config(), style))

    def _show_style(self) -> None:
        """The name of the style that these settings are, if they have one."""
        now = self.config()
        names = [name for name, style in {**styles, **self._own}.items() if _with_style(now, style) == now]
        self.style_box.setCurrentText(names[0] if names else CUSTOM)
        self.keep_button.setEnabled(not names)

    def _keep_style(self) -> None:
        name, agreed = QInputDialog.getText(self, "Keep this style", "Name of the style:")
        if agreed and name.strip():
            self.keep_style(name.strip())

    def keep_style(self, name: str) -> None:
        if self.project is None:
            return
        self._own[name] = self.config()
        lines = []
        for one, config in self._own.items():
            values = {field: getattr(config, field) for field in STYLE_FIELDS}
            lines += [f"[{schema.toml_value(one)}]", *(f"{k} = {schema.toml_value(v)}" for k, v in values.items()), ""]
        try:
            with atomic_io.refusals(self.project.styles_file):
                self.project.styles_file.parent.mkdir(exist_ok=True)
            atomic_io.write_text(self.project.styles_file, "\n".join(lines))
        except EngineError as problem:
            self.problem.emit(str(problem), "")
        self._list_styles(name)


def _with_style(config: GenerateConfig, style: GenerateConfig) -> GenerateConfig:
    """The settings with everything that a style says; length, seed and the like are no part of it."""
    return dataclasses.replace(config, **{name: getattr(style, name) for name in STYLE_FIELDS})


def _read_styles(project: Project) -> dict[str, GenerateConfig]:
    return {name: schema.from_table(GenerateConfig, table) for name, table in project.styles().items()}
