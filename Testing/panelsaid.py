# SPDX-License-Identifier: Apache-2.0
"""What the panel shows, as texts, and how a plan comes into it: for tests on the bench."""

from __future__ import annotations

import html


def settle():
    """Let layouts settle: each widget tells the one around it what it needs, one by one."""
    import slicer

    for _ in range(10):
        slicer.app.processEvents()


def told(text):
    """What is read of a label or a tool tip that may wrap anywhere."""
    lines = text.replace("<br>", "\n").removeprefix("<qt>").removesuffix("</qt>")
    return html.unescape(lines).replace("\u200b", "")


def log(panel):
    """What the panel's log shows."""
    return panel.ui.log.toPlainText()


def rows(panel):
    """The table's series as lists of texts."""
    return [[row.item.text(column) for column in range(6)] for row in panel.view.table.rows]


def tops(panel):
    """The table's patients and problems as lists of texts."""
    tree = panel.ui.seriesTree
    items = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount)]
    return [[item.text(column) for column in range(6)] for item in items]


def show_plan(panel, fake, until, *words):
    """Show the plan of a program that says these words."""
    panel.logic.program = fake("plan", *words)
    panel.ui.planButton.click()
    until(lambda: panel._worker is None)


def open_scene(slicer, path):
    slicer.mrmlScene.SetURL(str(path))
    slicer.mrmlScene.Connect()
