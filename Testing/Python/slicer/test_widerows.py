# SPDX-License-Identifier: Apache-2.0
"""Rows of patients and problems, as they are read in a panel of Slicer's width: counts, and what to do, are in view."""

from __future__ import annotations

import html

import pytest
from panelsaid import settle, told
from SlicerDeidLib.output.strangers import why_strange

NARROW_PX, WIDE_PX = 433, 1000  # what a screen of 1920 pixels leaves for the panel's rows
LONG = "STUDY-2031-CENTRE-OF-NEURORADIOLOGY-COHORT-B-PARTICIPANT-0000417"  # 64 letters, which is the most
COUNTS = "1 to release, 1 refused, 1 left out"
SAID = f"needs attention: {COUNTS}"


def entry(patient, number, verdict="release"):
    values = {"deidentification_id": patient, "scan": 0, "series": number, "modality": "CT", "instances": 30}
    values |= {"released": 30, "verdict": verdict, "deface": "auto", "text": "mask", "notes": [], "study": 1}
    return {**values, "original_folder": f"folder of {patient}", "bytes": 10**9, "seconds": 3600.0}


def document(patient):
    problem = {"severity": "error", "where": "output folder", "message": why_strange(3)}
    series = [entry(patient, number, verdict) for number, verdict in enumerate(("release", "refuse", "leave out"), 1)]
    return {"series": series, "problems": [problem]}


@pytest.fixture
def shown(panel):
    """The panel with a plan of a patient whose ID is long."""
    panel.parent.resize(NARROW_PX, 1150)
    settle()
    panel.view.showPlan(document(LONG))
    settle()
    return panel


def top(panel, number):
    return panel.ui.seriesTree.topLevelItem(number)


def in_view(panel, item):
    """What is read in a row's lines at the width of the table, letter by letter."""
    tree = panel.ui.seriesTree
    metrics = tree.fontMetrics()
    room = tree.viewport().width() - tree.visualItemRect(item).left() - (metrics.height() if item.checkState(0) else 0)
    lines = item.text(0).split("\n")
    assert tree.visualItemRect(item).height() >= len(lines) * metrics.height()
    return [line for line in lines if metrics.horizontalAdvance(line) <= room]


def test_a_long_id_is_cut_in_its_middle_and_the_counts_stay(shown, picture):
    group = top(shown, 1)
    (line,) = in_view(shown, group)
    assert line.endswith(COUNTS)
    start, _dots, end = line.removesuffix(COUNTS).strip().partition("…")
    assert LONG.startswith(start)
    assert LONG.endswith(end)
    assert min(len(start), len(end)) >= 3
    assert told(group.toolTip(0)) == f"{LONG}   {SAID}"
    shown.ui.seriesTree.setCurrentItem(group)
    assert told(shown.ui.rowLabel.text) == f"{LONG}   {SAID}"
    picture(shown.parent, "panel-31-long-id")


def test_a_short_id_is_not_cut_and_where_there_is_room_the_row_says_what_else_its_colour_says(shown):
    shown.view.showPlan(document("HEAD-001"))
    assert in_view(shown, top(shown, 1)) == [f"HEAD-001   {COUNTS}"]
    shown.parent.resize(WIDE_PX, 1150)
    settle()
    assert in_view(shown, top(shown, 1)) == [f"HEAD-001   {SAID}"]


def test_a_wider_panel_shows_more_of_an_id_and_a_narrower_less(shown):
    lengths = []
    for width in (NARROW_PX, WIDE_PX, NARROW_PX):
        shown.parent.resize(width, 1150)
        settle()
        (line,) = in_view(shown, top(shown, 1))
        lengths.append(len(line))
    assert lengths[0] == lengths[2] < lengths[1] == len(f"{LONG}   {SAID}")


def test_rows_that_came_while_the_table_was_folded_away_fit_when_it_is_opened(shown):
    shown.ui.seriesSection.collapsed = True
    settle()
    shown.view.showPlan(document(LONG))
    shown.ui.seriesSection.collapsed = False
    settle()
    (line,) = in_view(shown, top(shown, 1))
    assert line.endswith(COUNTS)
    assert len(in_view(shown, top(shown, 0))) > 1


def test_a_folders_long_name_pushes_no_counts_away(shown):
    shown.ui.originalsCheck.checked = True
    (line,) = in_view(shown, top(shown, 1))
    assert line.endswith(COUNTS)
    assert f"folder of {LONG}" in told(top(shown, 1).toolTip(0))


@pytest.mark.parametrize("sentence", [why_strange(3), why_strange(1)])
def test_a_problem_is_read_in_its_row_from_where_it_is_to_what_to_do(shown, sentence):
    shown.view.showPlan({"series": [], "problems": [{"severity": "error", "where": "output", "message": sentence}]})
    settle()
    lines = in_view(shown, top(shown, 0))
    assert " ".join(lines) == f"output   problem: {sentence}"
    assert len(lines) > 1
    shown.ui.seriesTree.setCurrentItem(top(shown, 0))
    assert told(shown.ui.rowLabel.text) == f"output   problem: {sentence}"


def test_a_word_that_is_wider_than_the_table_wraps_within(shown):
    word = "W" * 120
    shown.view.showPlan({"series": [], "problems": [{"severity": "error", "where": word, "message": "It is."}]})
    settle()
    lines = in_view(shown, top(shown, 0))
    assert "".join(lines[:-1]) + lines[-1].partition(" ")[0] == word
    assert html.unescape(lines[-1]).endswith("problem: It is.")


def test_patients_sort_by_their_whole_ids_also_where_the_middle_tells_them_apart(shown):
    ids = [LONG[:30] + str(number) + LONG[31:] for number in (3, 1, 2)]
    shown.view.showPlan({"series": [entry(each, 1) for each in ids], "problems": []})
    shown.ui.seriesTree.header().sectionClicked.emit(0)
    assert [told(top(shown, number).toolTip(0)).split()[0] for number in range(3)] == sorted(ids)


def test_a_long_id_and_a_long_folder_are_cut_each_in_its_middle(shown):
    folder = "0123456789_SURNAME_FORENAME_2019-03-18_HEAD_WITHOUT_CONTRAST_SECOND"
    series = [entry(LONG, 1) | {"original_folder": folder}]
    shown.parent.resize(WIDE_PX, 1150)
    settle()
    shown.view.showPlan({"series": series, "problems": []})
    shown.view.table.nameFolders(True)
    settle()
    (line,) = in_view(shown, top(shown, 0))
    patient, _, rest = line.partition("  (")
    origin, _, counts = rest.partition(")")
    assert counts.strip() == "1 to release"
    for cut, whole in ((patient, LONG), (origin, folder)):
        start, _dots, end = cut.partition("…")
        assert len(start) > 3
        assert whole.startswith(start)
        assert len(end) > 3
        assert whole.endswith(end)
