"""Checking the project: whether all that it holds is as it was written, in a page that fills while one reads."""

import html
from typing import TYPE_CHECKING

from ..engine.core import events
from ..engine.core.events import Event
from ..words import number, percent, size
from .parts.boxes import Page

if TYPE_CHECKING:
    from .main_window import MainWindow

LEAD = "<p>Disks and copies fail now and then. This compares every file with what was noted when it was written.</p>"


def check_project(window: "MainWindow") -> Page | None:
    """Nothing where no project is open. Closing the page stops it."""
    if window.opened is None:
        return None
    page, found = Page(window, "Check the project", f"{LEAD}<p>Checking …</p>"), list[str]()
    project = window.opened.project

    def show(event: Event) -> None:
        if job.stopping:
            return
        match event:
            case events.DamageFound():
                found.append(f"<p><b>{html.escape(event.path)}</b><br>{html.escape(event.words)}</p>")
            case events.Progressed():
                page.text.setHtml(
                    f"{LEAD}<p>Checking … {percent(event.done / max(event.total, 1))}</p>{''.join(found)}"
                )
            case events.Checked():
                page.text.setHtml(LEAD + _closing_words(event) + "".join(found))
            case _:
                pass

    job = window.opened.jobs.start(project.checking, show)
    page.finished.connect(job.stop)
    page.open()
    return page


def _closing_words(event: events.Checked) -> str:
    if event.damaged:
        return f"<p>{number(event.damaged)} of the things in this project are damaged:</p>"
    return (
        f"<p>Nothing is damaged of what can be checked: {size(event.bytes)} of tokens, models and records were "
        "compared with what was noted when they were written.</p>"
    )
