"""Checking the project: whether all that it holds is as it was written, in a page that fills while one reads."""

import html
from typing import TYPE_CHECKING

from ..engine.core import events
from ..engine.core.events import Event
from ..words import number, percent, size
from .data.event_flow import in_batches
from .parts import widgets
from .parts.boxes import Page

if TYPE_CHECKING:
    from .main_window import MainWindow

LEAD = "<p>Disks and copies fail now and then. This compares every file with what was noted when it was written.</p>"


def check_project(window: "MainWindow") -> Page | None:
    """Nothing where no project is open. Closing the page stops it."""
    if window.opened is None:
        return None
    page, state = Page(window, "Check the project", LEAD), widgets.label("Checking …", wrap=True)
    page.column.insertWidget(0, state)
    project = window.opened.project

    def show(happened: list[Event]) -> None:
        for event in [] if job.stopping else happened:
            match event:
                case events.DamageFound():  # whoever reads stays where he is
                    page.text.append(f"<b>{html.escape(event.path)}</b><br>{html.escape(event.words)}<br>")
                case events.Progressed():
                    state.setText(f"Checking … {percent(event.done / max(event.total, 1))}")
                case events.Checked():
                    state.setText(_closing_words(event))
                case _:
                    pass

    job = window.opened.jobs.start(lambda control: in_batches(project.checking(control)), show)
    page.finished.connect(job.stop)
    page.open()
    return page


def _closing_words(event: events.Checked) -> str:
    if event.damaged:
        are = "is" if event.damaged == 1 else "are"
        return f"{number(event.damaged)} of the things in this project {are} damaged:"
    return (
        f"Nothing is damaged of what can be checked: {size(event.bytes)} of tokens, models and records were compared "
        "with what was noted when they were written."
    )
