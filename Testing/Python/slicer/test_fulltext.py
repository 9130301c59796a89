# SPDX-License-Identifier: Apache-2.0
"""Sentences of the panel have the room that they need, at every width, and no more."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from panelsaid import settle

SENTENCE = "What is said here is long, and wraps where the panel is narrow; nobody should have to guess its end. " * 2


@pytest.fixture
def column(slicer):
    """A table above a label that wraps, in a window."""
    import qt

    window = qt.QWidget()
    layout = qt.QVBoxLayout(window)
    table, label = qt.QTableWidget(), qt.QLabel()
    label.wordWrap = True
    label.minimumHeight = 20
    for each in (table, label):
        layout.addWidget(each)
    window.resize(500, 400)
    window.show()
    settle()
    yield SimpleNamespace(window=window, table=table, label=label)
    window.close()


def test_a_label_grows_and_shrinks_with_its_text_and_the_table_gets_the_rest(column):
    from SlicerDeidWidgets.fulltext import showText

    label = column.label
    showText(label, "Short.")
    settle()
    assert label.height == 20
    showText(label, SENTENCE)
    settle()
    assert label.height == label.heightForWidth(label.width) > 20
    assert column.table.geometry.bottom() < label.geometry.top()
    assert column.table.height > 300
    showText(label, "", "Nothing is said yet.")
    settle()
    assert (label.text, label.enabled, label.height) == ("Nothing is said yet.", False, 20)


def test_a_label_fits_the_width_of_the_panel(column):
    from SlicerDeidWidgets.fulltext import showText

    label = column.label
    showText(label, SENTENCE)
    settle()
    wide = label.height
    column.window.resize(200, 400)
    settle()
    assert label.height == label.heightForWidth(label.width) > wide
    column.window.resize(500, 400)
    settle()
    assert label.height == wide


def test_a_text_that_came_while_the_label_was_hidden_has_its_room_when_it_is_shown(column):
    from SlicerDeidWidgets.fulltext import showText

    label = column.label
    label.visible = False
    showText(label, SENTENCE)
    label.visible = True
    settle()
    assert label.height == label.heightForWidth(label.width)
    assert label.enabled
