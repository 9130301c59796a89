# SPDX-License-Identifier: Apache-2.0
"""A long word (a path, a folder's name, a description) widens nothing in the panel, and can be read as a whole."""

from __future__ import annotations

import html
import re
from concurrent.futures import Future
from pathlib import Path

import pytest
from panelsaid import settle, told

WORD = "W" * 300
PATH = "/" + "/".join(["Wm" * 30] * 5)
COLUMNS = 6  # that a table has at most
SLICERS_PX = 433  # what is left of it for the panel's own rows, on a screen of 1920 pixels
NARROW_PX = 450  # what Slicer gives a module's panel, less its scroll bar
TABS = {"reviewTabs": ("heads", "values", "findings"), "sceneTabs": ("volume", "scene")}


def least_width(panel):
    """The least width that the panel asks for, with whatever is open."""
    from PySide6 import QtWidgets

    settle()
    return QtWidgets.QWidget.minimumSizeHint(panel.parent).width()


def future(result):
    made = Future()
    made.set_result(result)
    return made


def plant_plan(panel):
    entry = {"deidentification_id": WORD, "scan": 0, "series": 1, "modality": WORD, "instances": 30, "released": 30}
    entry |= {"study": WORD, "original_folder": WORD, "verdict": "release", "deface": WORD, "text": "off"}
    refused = {**entry, "series": 2, "released": 0, "verdict": "refuse", "reason": WORD, "notes": [WORD, PATH]}
    problem = {"severity": "error", "where": PATH, "message": WORD, "original_folder": WORD}
    panel.view.showPlan({"policy": WORD, "statement": "", "series": [entry, refused], "problems": [problem]})
    panel.ui.originalsCheck.checked = True
    panel.view.table.addFinding({"patient": WORD, "series": 1, "message": PATH})
    panel.ui.seriesTree.setCurrentItem(panel.view.table.rows[1].item)
    panel.view.tell(f"Not started: {WORD}")


def plant_preview(panel):
    from SlicerDeidLib.model.volume import HeaderRow

    rows = tuple(HeaderRow("(0008,103E)", WORD, WORD, PATH, action, WORD) for action in ("removed", "kept"))
    panel.preview._headers.show(rows, "", True)
    panel.preview._say(f"With these settings this series is refused: {WORD}")


def plant_heads(panel):
    from SlicerDeidLib.pipeline.review import HeldSeries

    heads = panel.review.heads
    settings = {"--policy": PATH, "--rules": WORD}
    one = HeldSeries(f"{WORD}/1", Path(PATH), (), {}, (WORD,), note=WORD, settings=settings)
    heads._finished, heads._isKnown = (one,), True
    heads._showPage()
    panel.ui.reviewList.item(0).setSelected(True)
    heads.say(f"Failed, and left as they were: {WORD}: {PATH}")


def plant_values(panel):
    from SlicerDeidLib.model.inventory import Inventory, InventoryRow

    rows = [InventoryRow("(0008,103E)", WORD, "0008103E", value, 1, 1, True, WORD) for value in (WORD, PATH)]
    panel.review.values._found = Inventory(tuple(rows), 1, 1)
    panel.review.values._fill()
    panel.review.values._say(WORD)


def plant_findings(panel):
    finding = {"severity": "error", "path": f"{WORD}/{WORD}", "message": PATH, "tag": WORD, "more": 3}
    panel.review.audit._list({"findings": [finding], "summary": WORD}, future(()))
    panel.ui.auditTable.selectRow(0)


def plant_scene(panel, slicer):
    import numpy as np

    node = slicer.util.addVolumeFromArray(np.zeros((4, 8, 8), np.int16), name=WORD)
    panel.ui.loadedVolumeCombo.setCurrentNode(node)
    panel.scene.loaded._say(f"Not defaced: {WORD}")
    node.SetAttribute("DICOM.SeriesDescription", WORD)
    node.AddDefaultStorageNode()
    node.GetStorageNode().SetFileName(f"{PATH}/a.nrrd")
    panel.ui.sceneLookButton.click()
    tree = panel.ui.sceneTree
    tree.setCurrentItem(tree.topLevelItem(0).child(0))
    panel.scene.scene._say(WORD)


def tips(panel):
    """All tool tips of the panel: of its controls and of what its tables and lists hold."""
    from PySide6 import QtCore, QtWidgets

    found = []
    for widget in vars(panel.ui).values():
        found.append(widget.toolTip)
        if isinstance(widget, QtWidgets.QAbstractItemView):
            model, parents = widget.model(), [QtCore.QModelIndex()]
            for parent in parents:
                for row in range(model.rowCount(parent)):
                    cells = [model.index(row, column, parent) for column in range(COLUMNS)]
                    found += [cell.data(QtCore.Qt.ItemDataRole.ToolTipRole) for cell in cells]
                    parents += cells[:1]
    return [each for each in found if each]


def cut_off(panel):
    """Labels that wrap and are shown, but lower than their text at their width."""
    from PySide6 import QtWidgets

    labels = [each for each in vars(panel.ui).values() if isinstance(each, QtWidgets.QLabel) and each.wordWrap]
    return [each.name for each in labels if each.isVisible() and each.heightForWidth(each.width) > each.height]


@pytest.fixture
def planted(panel, slicer):
    """A panel with everything open and long words everywhere, and the least width that it had before."""
    for name, widget in vars(panel.ui).items():
        if name.endswith("Section"):
            widget.collapsed = False
    width = least_width(panel)
    panel.ui.inputPath.currentPath = PATH
    panel._parameterNode.release = WORD
    for plant in (plant_plan, plant_preview, plant_heads, plant_values, plant_findings):
        plant(panel)
    plant_scene(panel, slicer)
    return panel, width


def test_nothing_is_wider_for_a_long_word_and_nothing_is_cut_off(planted, picture):
    panel, width = planted
    panel.parent.resize(NARROW_PX, 2400)
    assert width <= NARROW_PX
    for tabs, pages in TABS.items():
        for page, name in enumerate(pages):
            getattr(panel.ui, tabs).setCurrentIndex(page)
            assert least_width(panel) == width, name
            assert panel.parent.width == NARROW_PX
            assert cut_off(panel) == []
            picture(panel.parent, f"narrow-{name}")


TURNED = "A\u202egpj\u2066B\u200f\x1b[31m"  # a name that turns its line around, in a terminal its colour too
SEEN = r"A\u202egpj\u2066B\u200f\x1b[31m"


def read(panel):
    """All that the panel's labels, tables, lists, tool tips and log say."""
    from PySide6 import QtCore, QtWidgets

    found = [panel.ui.log.toPlainText(), *tips(panel)]
    for widget in vars(panel.ui).values():
        if isinstance(widget, QtWidgets.QLabel):
            found.append(widget.text)
        elif isinstance(widget, QtWidgets.QAbstractItemView):
            model, parents = widget.model(), [QtCore.QModelIndex()]
            for parent in parents:
                cells = [model.index(r, c, parent) for r in range(model.rowCount(parent)) for c in range(COLUMNS)]
                found += [cell.data() for cell in cells]
                parents += [cell for cell in cells if cell.column() == 0]
    return [str(each) for each in found if each]


def test_a_name_that_holds_what_no_eye_sees_turns_nothing_around_and_is_read_letter_by_letter(
    panel, slicer, monkeypatch, picture
):
    for name, value in {"WORD": TURNED, "PATH": f"/data/{TURNED}"}.items():
        monkeypatch.setitem(globals(), name, value)
    for name, widget in vars(panel.ui).items():
        if name.endswith("Section"):
            widget.collapsed = False
    for plant in (plant_plan, plant_preview, plant_heads, plant_values, plant_findings):
        plant(panel)
    plant_scene(panel, slicer)
    panel.view.say(f"A trial: its results are in {PATH}.")
    texts = [told(each) for each in read(panel)]
    assert sum(SEEN in each for each in texts) > 40
    assert [each for each in texts if not each.replace("\n", "").isprintable()] == []
    panel.parent.resize(NARROW_PX, 2400)
    picture(panel.parent, "panel-33-unseen-letters")


def test_counts_stay_behind_a_folder_that_is_called_in_hebrew(panel):
    from SlicerDeidLib.model.legible import LEFT_TO_RIGHT_MARK

    entry = {"deidentification_id": "P1", "series": 1, "verdict": "release", "original_folder": "\u05d0\u05d1"}
    panel.view.showPlan({"series": [entry], "problems": []})
    panel.ui.originalsCheck.checked = True
    shown = panel.ui.seriesTree.topLevelItem(0).text(0)
    assert shown == f"P1  (\u05d0\u05d1{LEFT_TO_RIGHT_MARK})   1 to release"


def test_what_a_scene_brought_is_wrapped_too(panel, slicer):
    panel.ui.broughtFrame.visible = True
    width = least_width(panel)
    panel.form._brought._onStartImport(None, "")  # as when a scene is opened
    panel._parameterNode.release = WORD
    assert WORD in told(panel.ui.broughtLabel.text)
    assert least_width(panel) == width


def test_every_tool_tip_wraps_and_says_all(planted):
    panel, _width = planted
    found = tips(panel)
    assert len(found) > 80
    for each in found:
        assert each.startswith("<qt>")
        assert max(map(len, re.split(r"[\s\u200b]", html.unescape(each)))) < 40
    read = [told(each) for each in found]
    for path_or_word in (WORD, PATH):
        assert sum(path_or_word in each for each in read) > 5
    assert any(each.startswith("Automatic: remove face") and "\n" in each for each in read)


RUNNING = ("planButton", "trialButton", "applyButton", "cancelButton")


def places(panel):
    """Where the buttons that begin and end runs are: row and column of the grid each."""
    grid = panel.ui.buttonFrame.layout()
    return [grid.getItemPosition(grid.indexOf(getattr(panel.ui, name)))[:2] for name in RUNNING]


@pytest.mark.parametrize(
    ("longer", "expected"),
    [
        (1.0, [(0, 0), (0, 1), (0, 2), (0, 3)]),
        (1.3, [(0, 0), (0, 1), (1, 0), (1, 1)]),  # what a translation is longer by
        (2.2, [(0, 0), (1, 0), (2, 0), (3, 0)]),
    ],
)
def test_buttons_with_longer_words_take_more_rows_and_no_more_width(panel, picture, longer, expected):
    panel.parent.resize(SLICERS_PX, 900)
    settle()
    for button in (getattr(panel.ui, name) for name in RUNNING):
        button.text += "W" * round((longer - 1) * len(button.text))
    settle()
    panel.parent.resize(SLICERS_PX, 900)
    settle()
    assert panel.parent.width == SLICERS_PX
    assert least_width(panel) <= SLICERS_PX
    assert places(panel) == expected
    for button in (getattr(panel.ui, name) for name in RUNNING):
        assert button.width >= button.property("sizeHint").width()
    picture(panel.parent, f"buttons-{longer}")
    panel.parent.resize(4 * SLICERS_PX, 900)
    settle()
    assert [row for row, _column in places(panel)] == [0] * len(RUNNING), "there is room again"


def test_a_message_box_wraps_long_words_and_takes_nothing_for_html(slicer, monkeypatch):
    from SlicerDeidWidgets.fulltext import isAgreed

    asked = []
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text: asked.append(text) or True)
    assert isAgreed(f"Made with {PATH} and {WORD} <b>once</b>\nOK makes it again.") is True
    (text,) = asked
    assert told(text) == f"Made with {PATH} and {WORD} <b>once</b>\nOK makes it again."
    assert max(map(len, re.split(r"[\s\u200b]|<br>", html.unescape(text)))) < 40
    assert "<b>" not in text


def test_every_message_box_of_the_panel_is_asked_so():
    folder = Path(__file__).resolve().parents[3] / "SlicerDeid" / "SlicerDeidWidgets"
    asking = [path.stem for path in folder.glob("*.py") if "confirmOkCancelDisplay(" in path.read_text("utf-8")]
    assert asking == ["fulltext"]


def test_a_message_box_with_a_long_path_is_no_wider_than_without(slicer):
    from PySide6 import QtWidgets
    from SlicerDeidWidgets.fulltext import tip

    widths = []
    for text in ("What was made before had other options: the rules. " * 4, f"Other options: {PATH} {WORD}. " * 2):
        box = QtWidgets.QMessageBox(QtWidgets.QMessageBox.Icon.Question, "", tip(text))
        box.show()
        settle()
        widths.append(box.width())
        box.close()
    assert widths[1] <= widths[0] + 24, "which is two letters"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("plain words of a sentence, none of them long", ["plain words of a sentence, none of them long"]),
        ("Untersuchungsbezeichnung", ["Untersuchungsbezeichnung"]),
        (f"a {'b' * 30}", [f"a {'b' * 12}", "b" * 12, "b" * 6]),
        (
            "/data/somebody/long_folder-name.of/it",
            ["/", "data/", "somebody/", "long_", "folder-", "name.", "of/", "it"],
        ),
        ("." * 30, ["." * 12, "." * 12, "." * 6]),
    ],
)
def test_only_long_words_may_wrap_within_behind_what_is_no_letter_or_every_few_letters(slicer, text, pieces):
    from SlicerDeidWidgets.fulltext import wrappable

    assert wrappable(text).split("\u200b") == pieces


def test_a_tool_tip_shows_what_looks_like_html_as_it_is(slicer):
    from SlicerDeidWidgets.fulltext import tip

    assert tip("<b>a</b>\n& b") == "<qt>&lt;b&gt;a&lt;/b&gt;<br>&amp; b</qt>"
    assert tip("") == ""
