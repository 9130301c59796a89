# SPDX-License-Identifier: Apache-2.0
"""What the panel's review shows and how its buttons are pressed: for tests on the bench."""

from __future__ import annotations


def names(panel):
    widget = panel.ui.reviewList
    return [widget.item(row).text() for row in range(widget.count)]


def press(panel, name, until):
    """Press a button of the review, once its pictures are drawn, and wait until its work on the disk is done."""
    until(lambda: not panel.review.heads.isBusy, 60)
    getattr(panel.ui, f"review{name}Button").click()
    until(lambda: not panel.review.heads._disk.isBusy)


def accept_page(panel, until):
    """Accept all that is shown, once it is drawn."""
    until(lambda: not panel.review.heads.isBusy, 60)
    press(panel, "AcceptPage", until)


def select(panel, *places):
    for row, place in enumerate(names(panel)):
        panel.ui.reviewList.item(row).setSelected(place in places)


def released(folder):
    return sorted({path.name for path in (folder / "out").iterdir()}) if (folder / "out").exists() else []
