"""How a text is written: a style with a name, how daring, how long, where it ends, and the rest one fold away."""

import contextlib
import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QComboBox, QFormLayout, QInputDialog, QWidget

from ...engine.core import atomic_io, schema
from ...engine.core.errors import EngineError
from ...engine.core.generation_config import LONGEST, STYLE_FIELDS, USUAL, GenerateConfig, TextEnd, styles
from ...engine.core.project import Project
from ..parts import widgets
from ..parts.config_form import ConfigForm, Group
from ..parts.fields import is_typed_in
from ..parts.focus import unfold
from ..parts.glossary import word_link, word_links
from ..parts.open_project import OpenProject

BASIC = ("temperature", "max_new_tokens", "end")
MORE = (
    Group(
        "What it writes, and where it ends",
        ("banned", "stop_texts", "min_new_tokens", "seed", "from_beginning", "natural_start"),
    ),
    Group(
        "Against repeating itself",
        (
            "repetition_penalty",
            "no_repeat_ngram",
            "dry_multiplier",
            "dry_base",
            "dry_allowed",
            "presence_penalty",
            "frequency_penalty",
            "penalty_range",
        ),
    ),
    Group(
        "How it chooses the next word",
        (
            "top_p",
            "top_k",
            "min_p",
            "typical",
            "xtc_probability",
            "xtc_threshold",
            "mirostat",
            "mirostat_rate",
            "beams",
            "length_penalty",
            "bias",
        ),
    ),
    Group("For data rather than prose", ("json_schema", "regex")),
)
CUSTOM = "As set below"
OF_WORDS = ("banned", "bias")
IN_WINDOW = GenerateConfig(end=TextEnd.SENTENCE)  # nobody likes to read half a word
KEPT = "A style of your own, kept in this project."
OWN = "Your own settings. The button beside keeps them under a name."
tips = {
    "Faithful": "Takes likely words: stays close to what it has learnt, and repeats itself more.",
    "Balanced": "A good beginning: likely words with a surprise now and then.",
    "Wild": "Takes unlikely words as well: daring, with something against going round in circles.",
}


class HowToWrite(QWidget):
    """Signal: ``problem(sentence, details)``."""

    problem = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._opened: OpenProject | None = None
        self._taken = USUAL  # the style that was chosen last, whose words go with it
        self._own: dict[str, GenerateConfig] = {}
        self._has_other = False  # what cannot be read stands in the file of styles, which is put aside then
        self.form = ConfigForm(IN_WINDOW, only=BASIC, sliders=True)
        self.more_form = ConfigForm(IN_WINDOW, leave_out=(*BASIC, "n"), groups=MORE)
        for layout in (form.layout() for form in (self.form, self.more_form)):
            if isinstance(layout, QFormLayout):  # a name above its field, as there is no space beside it
                layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self.style_box = QComboBox()
        self.style_box.setAccessibleName("Style")
        self.style_box.setToolTip("Settings that go well together; change them below and keep them under a name")
        self.style_box.activated.connect(self._take_style)
        self.save_button = widgets.tool("Keep this style", "save", "Keep these settings under a name", self._ask_name)
        line = widgets.row(self.style_box, self.save_button)
        line.setStretch(0, 1)
        self.about = widgets.label("", "muted", wrap=True)
        inside = widgets.widget(widgets.column(word_links("Top-p", "Seed"), self.more_form))
        tip = "Other ways to choose the next word, what must not be written, the seed"
        self.more = widgets.Fold("More", tip, inside)
        words = widgets.Flow(
            word_link("Temperature", "What is daring?"), word_link("Token", "What is a token?"), gap=widgets.GRID
        )
        self.setLayout(widgets.column(line, self.about, self.form, words, self.more))
        for form in (self.form, self.more_form):
            form.changed.connect(self._show_style)
        self._list_styles("Balanced")

    def open(self, opened: OpenProject) -> None:
        """With the usual settings: what was chosen for one project is not for another."""
        self._opened, self._taken = opened, USUAL
        self.set_config(IN_WINDOW)
        problems = [opened.snapshot.styles_problem] if opened.snapshot.styles_problem else []
        self._own = _styles_of(opened.snapshot.styles, problems)
        self._has_other = bool(problems)
        if problems:
            self.problem.emit(" ".join(problems), "")
        self._list_styles("Balanced")

    def chosen(self) -> dict[str, Any]:
        """What is not as usual."""
        return schema.differing(IN_WINDOW, self.config())

    def choose(self, chosen: Any) -> None:
        """As ``chosen`` said another day; nothing where it cannot be used any more."""
        with contextlib.suppress(EngineError, TypeError, AttributeError):
            known = schema.from_table(GenerateConfig, chosen)  # what contradicts itself is told by the form
            self.set_config(dataclasses.replace(IN_WINDOW, **{name: getattr(known, name) for name in chosen}))

    def config(self) -> GenerateConfig:
        more = self.more_form.config()
        values = {name: getattr(more, name) for name in self.more_form.controls}
        config: GenerateConfig = dataclasses.replace(self.form.config(), **values)
        return config

    def commit(self) -> GenerateConfig | None:
        """For writing that begins: what is still being typed counts. None where it cannot be written so; why is told,
        and the keyboard goes there, but not away from where somebody types."""
        forms = (self.form, self.more_form)
        for form in forms:
            form.commit()
        wrong = [(form, name, sentence) for form in forms for name, sentence in form.faults().items()]
        for form, name, sentence in wrong[:1]:
            self.problem.emit(sentence, "")
            if is_typed_in(QApplication.focusWidget()):
                unfold(form.controls[name])
            else:
                form.seek(name)
        return None if wrong else self.config()

    def set_config(self, config: GenerateConfig) -> None:
        self.form.set_config(config)
        self.more_form.set_config(config)
        self._show_style()

    def save_style(self, name: str) -> None:
        """The settings as they are now, as a style of the project. A name of a style that is always there gets the
        first number that is free; one of the user's own is meant anew."""
        if self._opened is None:
            return
        if name in (*styles, CUSTOM):
            name = next(free for number in itertools.count(2) if (free := f"{name} {number}") not in self._own)
        self._own[name] = self._taken = self.config()
        project, own, has_other = self._opened.project, dict(self._own), self._has_other
        self._opened.change(lambda: _write_styles(project, own, has_other), then=self._has_only_ours)
        self._list_styles(name)

    def _has_only_ours(self) -> None:
        self._has_other = False

    def _ask_name(self) -> None:
        name, agreed = QInputDialog.getText(self, "Keep this style", "Name of the style:")
        if agreed and name.strip():
            self.save_style(name.strip())

    @property
    def _styles(self) -> dict[str, GenerateConfig]:
        return {**styles, **self._own}

    def _list_styles(self, chosen: str) -> None:
        self.style_box.clear()
        for row, name in enumerate((*styles, *self._own, CUSTOM)):
            self.style_box.addItem(name)
            self.style_box.setItemData(row, tips.get(name, ""), Qt.ItemDataRole.ToolTipRole)
        self.style_box.setCurrentText(chosen)
        self._show_style()

    def _take_style(self) -> None:
        style = self._styles.get(self.style_box.currentText())
        if style:
            self.set_config(_with_style(self.config(), style, self._taken))
            self._taken = style

    def _show_style(self) -> None:
        """The name of the style that these settings are, if they have one."""
        now = self.config()
        for form in (self.form, self.more_form):
            form.take_others(now)
        names = [name for name, style in self._styles.items() if _is(now, style)]
        names.sort(key=lambda name: -sum(len(getattr(self._styles[name], of)) for of in OF_WORDS))
        self.style_box.setCurrentText(names[0] if names else CUSTOM)
        self.save_button.setEnabled(not any(_said(self._styles[name]) == _said(now) for name in names))
        self.about.setText(tips.get(self.style_box.currentText(), KEPT if names else OWN))
        self._tell_changes(now, self._styles.get(self.style_box.currentText()))

    def _tell_changes(self, now: GenerateConfig, style: GenerateConfig | None) -> None:
        """What was changed under More and is no part of the style: nobody sees it there while that is folded."""
        own = _said(style) if style else {}
        changed = [name for name in self.more_form.unusual() if name not in own or own[name] != getattr(now, name)]
        labels = [GenerateConfig.__dataclass_fields__[name].metadata["label"] for name in changed]
        words = ", ".join(labels) if len(labels) < 3 else str(len(labels))
        self.more.heading.setText(f"More (changed: {words})" if labels else "More")


def _with_style(config: GenerateConfig, style: GenerateConfig, before: GenerateConfig) -> GenerateConfig:
    """The settings with everything that a style says; length, seed and the like are no part of it. Words that somebody
    has typed stay; those of the style ``before`` go with it.
    """
    typed = {of: [one for one in getattr(config, of) if one not in getattr(before, of)] for of in OF_WORDS}
    words = {of: tuple(dict.fromkeys([*typed[of], *getattr(style, of)])) for of in OF_WORDS}
    return dataclasses.replace(config, **_said(style) | words)


def _is(now: GenerateConfig, style: GenerateConfig) -> bool:
    """Whether the settings are those of a style, but for words that somebody has added."""
    others = [name for name in STYLE_FIELDS if name not in OF_WORDS]
    return all(getattr(now, name) == getattr(style, name) for name in others) and all(
        set(getattr(style, of)) <= set(getattr(now, of)) for of in OF_WORDS
    )


def _said(style: GenerateConfig) -> dict[str, Any]:
    return {name: getattr(style, name) for name in STYLE_FIELDS}


def _styles_of(tables: Mapping[str, Mapping[str, Any]], problems: list[str]) -> dict[str, GenerateConfig]:
    """Those that can be used, and what is wrong with the others."""
    found: dict[str, GenerateConfig] = {}
    for name, table in tables.items():
        try:
            style = schema.from_table(GenerateConfig, table)
            schema.check(dataclasses.replace(style, max_new_tokens=LONGEST))  # the length is no part of it
            found[name] = style
        except EngineError as problem:
            problems.append(f"The style “{name}” cannot be used: {problem}")
    return found


def _write_styles(project: Project, own: Mapping[str, GenerateConfig], has_other: bool) -> None:
    lines = []
    for name, config in own.items():
        values = _said(config).items()
        lines += [f"[{schema.toml_value(name)}]", *(f"{k} = {schema.toml_value(v)}" for k, v in values), ""]
    with atomic_io.refusals(project.generated_folder):
        project.generated_folder.mkdir(exist_ok=True)
    atomic_io.write_text(project.styles_file, "\n".join(lines), aside=has_other)
