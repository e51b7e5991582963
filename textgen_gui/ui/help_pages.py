"""The pages of the Help menu: how to begin and all keys, a report of a problem, and what this program is."""

import html
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialogButtonBox

from .. import __version__, report
from .parts.boxes import Page
from .parts.resources import open_folder

if TYPE_CHECKING:
    from .main_window import MainWindow

# Keys that belong to one view and stand in no menu.
more_keys = (
    ("Tab", "On the writing page, with “Offer words”: takes the first word that the model offers"),
    ("Alt+1 … Alt+5", "On the writing page, with “Offer words”: takes that offered word"),
    ("Alt+Down", "In a word that the model wrote, with “Show how sure it is”: what else could stand there"),
    ("K, X", "In Many texts: keeps, or rejects, the chosen text and goes to the next"),
    ("F2", "In a list: another name for what is chosen"),
    ("Del", "In a list: removes what is chosen; in Many texts: rejects it"),
    ("Alt", "To the menus"),
)


steps = (
    ("Bring your texts.", "Drop files on the window, or press “Add files…” under Data. Your own files stay as they "
     "are."),
    ("Press Prepare.", "The texts are read and cut into small pieces, the tokens. It takes seconds to minutes."),
    ("Press “Next: Train”, then “Start training”.", "Ten minutes do for a first try. Watch the sample grow; you can "
     "pause, stop and go on at any time."),
    ("Press “Write with it”.", "Type how the text begins, or nothing, and press Write. The model goes on from there."),
    ("Press Keep on what you like.", "It then stands under Kept, where it can be read, exported and written again."),
)  # fmt: skip


questions = (
    (
        "Is it private?",
        "Yes. Your texts and what the model writes stay on this computer; nothing of them is sent anywhere unless "
        "you upload a model yourself.",
    ),
    (
        "Where are my files?",
        "In the folder of the project, which “Show project folder” in the File menu opens. The files that you "
        "added were copied there, and yours stay as they are.",
    ),
    (
        "How do I add a whole folder?",
        "Drop it on the window, or press “Add folder…” under Data.",
    ),
    (
        "How do I save?",
        "The page is saved by itself. Press Keep (Ctrl+S) to put it under Kept as well, as it is now.",
    ),
    (
        "How do I export a text to Word, or as another file?",
        "Press Export on the page or under Kept, and choose Word, Text, Markdown or a table.",
    ),
    (
        "How do I print a text?",
        "Export it to Word or as Text, and print that file from there.",
    ),
    (
        "How do I undo something?",
        "Ctrl+Z takes back what was typed or written on the page, and “Versions” has what the page was before. "
        "After something was deleted or removed, a button Undo stands at the list.",
    ),
    (
        "How do I delete or rename a run or a kept text?",
        "Choose it in the list under Train or under Kept. The dots above the runs and the buttons above the kept "
        "texts do both, and so do keys: Del moves it to the bin of the system, F2 gives it another name.",
    ),
    (
        "How do letters count more than other texts?",
        "Choose them under Data and give them a greater “Its share (weight)” at Reading. Then choose “by their "
        "weights” for Balance, under Advanced, and press Prepare.",
    ),
    (
        "Which words on the page are the model's?",
        "Those in another ink. It is only seen: what is copied or exported has none of it. The View menu switches it "
        "off and on.",
    ),
    (
        "How do I change a word, or get an alternative or a synonym for it?",
        "Press it with the right mouse button and choose “Other words”, or press Alt+Down with the cursor in it: the "
        "model lists whole words that could stand there, and the one that you choose takes its place, also in what you "
        "wrote yourself. To let the model go on from another word that it might have written, tick “Show how sure it "
        "is” below the page first: then what it thought of is listed, and what stands behind that word goes. Ctrl+Z "
        "and “Versions” have it. Of what it wrote before the project was opened this is not known any more.",
    ),
    (
        "Where does it say how many words there are?",
        "Above the page under Generate, at the right: a counter of the words on the page. Under Data, Statistics "
        "has the words of all your texts.",
    ),
    (
        "How do I get a better model, or a bigger one?",
        "More of your text helps most; then more time: “Train longer …” on the page of a run that has ended. A bigger "
        "model, at “How large a model?” for a new run, needs more of both, or it only learns the text by heart.",
    ),
    (
        "Why is what it writes nonsense, with made-up words and spelling mistakes?",
        "A model that begins from scratch knows nothing but your text, and little of it after a few minutes. Train it "
        "longer, add text, or begin with the starter, which can write English already. A lower “Daring” makes it more "
        "careful, a higher one more creative.",
    ),
    (
        "How long does it take, and what if it is slow?",
        "As long as you say: a run is planned by the minutes that you give it, and can be stopped at any time. More "
        "minutes mostly make a better model. Other programs that work beside it make it slow.",
    ),
    (
        "Does it copy my text, or is that plagiarism?",
        "A model may say sentences of your texts by heart, the more so the less text there is. “Check for copies” "
        "below the page marks what stands there word for word. Who holds the copyright of your texts holds it still.",
    ),
    (
        "Which languages does it know: German, French, others?",
        "From scratch it learns whatever your texts are written in. The starter writes English; “Models…” in the File "
        "menu finds others to begin with.",
    ),
    (
        "How do I make a backup, or export a model to another computer or program?",
        "Copy the folder of the project: your texts, runs and kept texts are in there. For a model alone press "
        "“Take it with you …” on the page of its run.",
    ),
    (
        "What if it gets worse while it trains?",
        "Nothing is lost. The best moment of the run is kept, the star on its curve, and that one writes. You can let "
        "the run end or stop it; the sentence above the curve says what to do next.",
    ),
    (
        "How do I get dark colours, or larger text?",
        "The moon at the top right switches between light and dark; the View menu has this too, and the size of "
        "the text.",
    ),
)


WAY, QUESTIONS, KEYS = "From a text to a model of your own", "Questions", "All keys"


def show_how_to(window: "MainWindow") -> Page:
    from .help_search import Entry, HelpSearch  # not before the first paint: it knows every setting

    way = "".join(f"<li style='margin-bottom: 8px'><b>{step}</b> {html.escape(words)}</li>" for step, words in steps)
    asked = "".join(f"<p><b>{question}</b><br>{html.escape(answer)}</p>" for question, answer in questions)
    lines = [*_keys_of(window), *more_keys]
    table = "".join(
        f"<tr><td><b>{html.escape(keys)}</b></td><td style='padding-left: 24px'>{html.escape(name)}</td></tr>"
        for keys, name in lines
    )
    keys = f"<h3>{KEYS}</h3><table cellpadding='4'>{table}</table>"
    parts = ((WAY, steps), (QUESTIONS, questions), (KEYS, lines))
    entries = [Entry(part, *one) for part, its in parts for one in its]
    whole = f"<h3>{WAY}</h3><ol>{way}</ol><h3>{QUESTIONS}</h3>{asked}{keys}"
    return _open(HelpSearch(window, "How to, and all keys", whole, entries))


def _keys_of(window: "MainWindow") -> Iterator[tuple[str, str]]:
    for action in window.menuBar().findChildren(QAction):
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) or action.text().partition("\t")[2]
        if keys:
            yield keys, action.text().partition("\t")[0].replace("&", "").rstrip("… ")


def show_about(window: "MainWindow") -> None:
    window.jobs.start(lambda control: iter([report.versions()]), lambda versions: _show_about(window, versions))


def _show_about(window: "MainWindow", versions: Mapping[str, tuple[str, str]]) -> None:
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td style='padding-left: 16px'>{html.escape(version)}</td>"
        f"<td style='padding-left: 16px'>{html.escape(licence)}</td></tr>"
        for name, (version, licence) in versions.items()
    )
    words = (
        f"<h3>TextGen GUI {__version__}</h3>"
        "<p>Train a small language model on your own text, on your own computer. Nothing leaves it.</p>"
        "<p>The program is free software under the MIT licence. The sample text is in the public domain. "
        "The font DejaVu Sans has a licence of its own beside it.</p>"
        f"<p>It is made with:</p><table cellpadding='2'>{rows}</table>"
    )
    _open(Page(window, "About TextGen GUI", words))


def report_problem(window: "MainWindow") -> None:
    """Writes the report on a job's thread and shows it: nobody has to send what he has not read."""
    window.jobs.start(lambda control: iter([report.write_report()]), lambda made: _show_report(window, made))


def _show_report(window: "MainWindow", made: report.Report) -> None:
    words = html.escape(made.words)
    told = (
        f"<p>This file was written: {html.escape(str(made.file))}. It holds none of your texts. Nothing was sent.</p>"
    )
    page = Page(window, "Report a problem", f"{told}<pre>{words}</pre>")
    show = page.buttons.addButton("Show in its folder", QDialogButtonBox.ButtonRole.ActionRole)
    show.setToolTip("Opens the folder that holds the report")
    show.clicked.connect(lambda: open_folder(made.file.parent))
    _open(page)


def _open(page: Page) -> Page:
    page.open()
    return page
