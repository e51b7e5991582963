"""The glossary: the words of the craft, each in one or two plain sentences, and the page of Help that holds them."""

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from . import resources, widgets
from .boxes import Page

entries = {
    "Advice": "The sentence above the curve. It says how the training goes, and what to do next.",
    "Checkpoint": "The model as it was at one moment of its training, saved so that it can write or go on learning.",
    "Context": "How much text the model sees at once, in tokens. What lies further back it has forgotten.",
    "Document": "One whole text: a letter, a chapter, a poem. The model learns where each begins and ends.",
    "Epoch": "Once through all of your text. Small texts are read many times over.",
    "Evaluation": "A moment of the training at which the model is tested on text that it never learns from, writes a "
    "sample, and is saved.",
    "Fine-tuning": "To go on training a model that can write already, on your own text. It takes less time and less "
    "text than beginning from nothing.",
    "Held-out text": "A small part of your text that the model never learns from. How well it reads that part shows "
    "what it really has learnt.",
    "Language model": "A program that has read much text and guesses, word by word, how another text might go on.",
    "Learning rate": "How far each step moves the model. Too far, and it stumbles; too little, and it takes for ever.",
    "Memorising": "To learn the text by heart instead of its manner. Held-out text then gets harder for it.",
    "Parameters": "The numbers that a model is made of. More of them can hold more, and need more text and more time.",
    "Preparing": "To read your texts, mend what you wish, and cut them into tokens, once, before the training.",
    "Prompt": "The words that you give the model to go on from.",
    "Receipt": "What was asked for when a text was written. With it, the same model writes the same text again.",
    "Run": "One training, from its start to its end, with its curve, its samples and its checkpoints.",
    "Sample": "A few lines that the model writes on the way, so that you see what it can do by now.",
    "Seed": "The number that chance begins with. The same seed gives the same text again.",
    "Starter": "A small model that comes with the program and can write at once.",
    "Step": "One small adjustment of the model, after it has read a handful of passages.",
    "Surprise": "How hard the next letter was to guess, in bits. The less of it, the better the model knows the text.",
    "Temperature": "How daring the model writes. Low is careful and repeats itself, high is lively and makes mistakes.",
    "Token": "A piece of a word, two to four letters long. Models read and write in tokens, not in letters, and each "
    "model cuts words in its own manner.",
    "Top-p": "Only the likeliest words are allowed, as many as together have this share. The oddest are left out.",
    "Vocabulary": "All the tokens that a model knows.",
    "Word counter": "A very simple program that only counts which word follows which in your text, and guesses by "
    "that. Its line in the curve is a measure: a model below it has learnt more than can be counted.",
}


def explain(word: str, parent: QWidget) -> Page:
    """Opens the glossary with a word on top; '' for just all of them."""
    page = Page(parent, "Glossary", _as_html(word))
    page.open()
    return page


def word_link(word: str, shown: str = "") -> QToolButton:
    """A word that opens its entry. Raises KeyError for one that has none."""
    made = QToolButton()
    made.setText(shown or word.lower())
    made.setProperty("role", "word")
    made.setObjectName("word")
    made.setToolTip(entries[word])
    made.setAccessibleName(f"What does “{shown or word.lower()}” mean?")
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.clicked.connect(lambda: explain(word, made.window()))
    return made


def word_links(*words: str) -> widgets.Flow:
    """What a page of settings or numbers talks of."""
    return widgets.Flow(widgets.label("In plain words:", "muted"), *map(word_link, words), gap=widgets.GRID)


def _as_html(first: str) -> str:
    marked = _entry(first, resources.colours()["tint"]) if first else ""
    return marked + "".join(map(_entry, entries))


def _entry(word: str, colour: str = "transparent") -> str:
    return f'<p style="background-color: {colour}"><b>{word}</b><br>{html.escape(entries[word])}</p>'
