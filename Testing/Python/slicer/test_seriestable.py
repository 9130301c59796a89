# SPDX-License-Identifier: Apache-2.0
"""The plan's table: grouped, sorted, filtered, unticked; and what of it reaches the command line."""

from __future__ import annotations

import pytest


def planned(patient, number=1, verdict="release", **values):
    entry = {"deidentification_id": patient, "scan": 0, "series": number, "modality": "CT", "instances": 30}
    entry |= {"released": 30, "verdict": verdict, "deface": "auto", "text": "mask", "notes": [], "study": 1}
    return {**entry, "original_folder": f"folder of {patient}", "bytes": 10**9, "seconds": 3600.0, **values}


DOCUMENT = {
    "series": [
        planned("P1"),
        planned("P1", 2),
        planned("P2"),
        planned("P3", verdict="refuse", notes=["it holds no head"]),
        planned("P3", 2),
        planned("P4", verdict="leave out"),
    ],
    "problems": [{"severity": "warning", "where": "folder 7 of 9", "message": "It has no row."}],
}


@pytest.fixture
def table(slicer):
    import qt
    from SlicerDeidWidgets.seriestable import SeriesTable

    table = SeriesTable(qt.QTreeWidget())
    table.showPlan(DOCUMENT)
    return table


def tick(row, isTicked):
    import qt

    row.item.setCheckState(0, qt.Qt.Checked if isTicked else qt.Qt.Unchecked)


def tops(table):
    tree = table._tree
    return [tree.topLevelItem(n).text(0).split("   ")[0] for n in range(tree.topLevelItemCount)]


def shown(table):
    return [row.place for row in table.rows if not row.item.isHidden()]


def test_problems_come_first_and_then_who_needs_attention(table):
    assert tops(table) == ["folder 7 of 9", *(f"P{n}" for n in (3, 1, 2, 4))]


@pytest.mark.parametrize(("studies", "isHidden"), [([], True), ([1], True), ([1, 2], False)])
def test_the_column_of_studies_is_there_when_somebody_has_a_second_one(table, studies, isHidden):
    table.showPlan({"series": [planned("P1", number, study=study) for number, study in enumerate(studies, 1)]})
    assert table._tree.isColumnHidden(1) == isHidden


def test_of_the_problems_those_that_stop_a_run_come_first_in_the_panels_words(table):
    warning, error = ({"severity": each, "where": each, "message": "See the map."} for each in ("warning", "error"))
    table.showPlan({"series": [], "problems": [warning, error, warning, error]})
    assert tops(table) == ["error", "error", "warning", "warning"]
    assert table._tree.topLevelItem(0).text(5) == "See the list."


def test_what_is_said_of_many_folders_is_one_row_and_the_folders_stand_below_it(table):
    said = {"severity": "warning", "message": "The new ID is long. See the map."}
    many = [{**said, "where": f"folder {n}", "original_folder": f"name {n}"} for n in range(1, 301)]
    table.showPlan({"series": [planned("P1")], "problems": [*many, *DOCUMENT["problems"]]})
    assert tops(table) == ["300 times", "folder 7 of 9", "P1"]
    gathered = table._tree.topLevelItem(0)
    assert gathered.text(0).endswith("warning: The new ID is long. See the list.")
    assert [gathered.child(n).text(0) for n in (0, 299)] == ["folder 1", "folder 300"]
    table.nameFolders(True)
    assert gathered.child(299).text(0) == "folder 300  (name 300)"
    assert table.current() is None


def test_a_decision_stands_before_what_was_to_be_known_of_a_series_and_hides_none_of_it(table):
    table.addResult({"patient": "P1", "series": 1, "status": "held", "files": 30, "reason": ""})
    table.addFinding({"patient": "P1", "series": 1, "message": "a face may be left"})
    (row,) = (row for row in table.rows if row.place == "P1/1")
    for decision, said in (("accept", "accepted"), ("withdraw", "withdrawn"), ("accept", "accepted")):
        table.addDecisions({"P1/1": decision})
        assert row.item.text(5) == f"{said} in the review; a face may be left"


def test_a_long_folder_is_shown_in_full_with_what_becomes_of_the_patient(table):
    folder = "0123456789_SURNAME_FORENAME_2019-03-18_HEAD"
    table.showPlan({"series": [planned("P1", original_folder=folder), planned("P1", 2, verdict="refuse")]})
    table.nameFolders(True)
    group = table._tree.topLevelItem(0)
    assert group.isFirstColumnSpanned()
    assert group.text(0) == f"P1  ({folder})   needs attention: 1 to release, 1 refused"
    table.filter("1 to release", "all")  # searches what series say, not what is counted
    assert shown(table) == []


def test_two_patients_of_one_folder_are_told_apart_by_what_the_list_names(table):
    table.showPlan({"series": [planned(new, original_folder="F", original=f"A{new}") for new in ("P1", "P2")]})
    table.nameFolders(True)
    assert tops(table) == ["P1  (F, AP1)", "P2  (F, AP2)"]
    assert [(row.folder, row.original) for row in table.rows] == [("F", "AP1"), ("F", "AP2")]


def test_everything_that_can_be_released_is_ticked_and_nothing_else(table):
    assert [row.place for row in table.rows if row.isTicked] == ["P3/2", "P1/1", "P1/2", "P2/1"]
    assert table.chosen() == ((), ())


def test_a_series_that_is_unticked_stays_out(table):
    import qt

    row = next(row for row in table.rows if row.place == "P1/2")
    tick(row, False)
    assert table.chosen() == ((), ("P1/2",))
    assert row.item.parent().checkState(0) == qt.Qt.PartiallyChecked
    tick(row, True)
    assert table.chosen() == ((), ())
    assert row.item.parent().checkState(0) == qt.Qt.Checked


def test_a_patient_that_is_unticked_takes_all_its_series_along(table):
    row = next(row for row in table.rows if row.place == "P1/1")
    import qt

    row.item.parent().setCheckState(0, qt.Qt.Unchecked)
    assert not any(row.isTicked for row in table.rows if row.patient == "P1")
    subjects, left_out = table.chosen()
    assert set(subjects) == {"P2", "P3", "P4"}
    assert left_out == ()


def test_what_was_unticked_stays_out_of_the_next_run_too(table):
    row = next(row for row in table.rows if row.place == "P1/2")
    tick(row, False)
    table.addResult({"patient": "P1", "series": 1, "status": "held", "files": 28})
    table.addResult({"patient": "P1", "series": 2, "status": "left out", "reason": "not asked for"})
    assert table.chosen() == ((), ("P1/2",))
    tick(row, True)
    assert table.chosen() == ((), ())


def test_what_is_finished_already_says_so_and_is_not_forecast(table):
    finished = planned("P1", found="released"), planned("P2", found="waiting"), planned("P2", 2)
    table.showPlan({"series": finished})
    assert [row.item.text(4) for row in table.rows] == ["released", "waits", "to release"]
    assert tops(table)[0].startswith("P1")
    assert [table._tree.topLevelItem(n).text(0).split("   ")[1] for n in (0, 1)] == [
        "1 released",
        "1 to release, 1 wait",
    ]
    assert table.forecast() == (3600.0, 10**9)
    assert table.forecast(isAnew=True) == (3 * 3600.0, 3 * 10**9)
    tick(table.rows[1], False)  # it can be left out of what is started anew
    assert table.chosen() == ((), ("P2/1",))
    assert table.forecast(isAnew=True) == (2 * 3600.0, 2 * 10**9)


def everything(table):
    """All that rows say, with their tool tips."""
    tree = table._tree
    tops = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount)]
    items = [*tops, *(top.child(n) for top in tops for n in range(top.childCount()))]
    return "\n".join(f"{item.text(c)} {item.toolTip(c)}" for item in items for c in range(6))


def test_folders_of_patients_are_named_only_when_asked_for_and_found_all_the_same(table):
    entries = [planned(new, original_folder="DOE^J", original=f"NUMBER-{new}") for new in ("P1", "P2")]
    table.showPlan({"series": entries})
    for isNamed in (False, True, False):
        table.nameFolders(isNamed)
        table.addResult({"patient": "P1", "series": 1, "status": "released", "files": 28})
        said = everything(table)
        assert [name in said for name in ("DOE^J", "NUMBER-P1", "NUMBER-P2")] == [isNamed] * 3
    table.filter("number-p2", "all")
    assert shown(table) == ["P2/1"]


def test_folders_of_problems_are_named_only_when_asked_for(table):
    problem = {"severity": "warning", "where": "folder 7 of 9", "message": "It has no row.", "original_folder": "DOE^J"}
    table.showPlan({"series": [], "problems": [problem]})
    unnamed = table._tree.topLevelItem(0).text(0)
    assert unnamed == "folder 7 of 9   warning: It has no row."
    table.nameFolders(True)
    assert table._tree.topLevelItem(0).text(0) == "folder 7 of 9  (DOE^J)   warning: It has no row."
    table.showPlan({"series": [], "problems": [problem]})
    assert "DOE^J" in table._tree.topLevelItem(0).text(0)
    table.nameFolders(False)
    assert table._tree.topLevelItem(0).text(0) == unnamed


def test_nothing_ticked_is_not_everything(table):
    assert not table.isNothingWanted()
    for row in table.rows:
        if row.isTicked:
            tick(row, False)
    assert table.isNothingWanted()
    tick(next(row for row in table.rows if row.place == "P2/1"), True)
    assert not table.isNothingWanted()


def test_a_trial_leaves_out_what_is_unticked_of_its_patients(table):
    for place in ("P3/2", "P1/2"):
        tick(next(row for row in table.rows if row.place == place), False)
    assert table.chosenOf(1) == (("P1",), ("P1/2",))


def test_serial_scans_are_patients_of_their_own(slicer):
    import qt
    from SlicerDeidWidgets.seriestable import SeriesTable

    table = SeriesTable(qt.QTreeWidget())
    table.showPlan({"series": [planned("P1", scan=1), planned("P1", scan=2), planned("P1", 2, scan=2)]})
    assert len(tops(table)) == 2
    tick(table.rows[1], False)
    assert table.chosen() == ((), ("P1/2/1",))


def test_numbers_sort_as_numbers(slicer):
    import qt
    from SlicerDeidWidgets.seriestable import IMAGES, SeriesTable

    table = SeriesTable(qt.QTreeWidget())
    table.showPlan({"series": [planned("P1", n, released=count) for n, count in enumerate((100, 9, 30))]})
    table._tree.header().sectionClicked.emit(IMAGES)
    group = table._tree.topLevelItem(0)
    assert [group.child(n).text(IMAGES) for n in range(3)] == ["9", "30", "100"]


def test_numbers_in_words_sort_as_numbers_both_ways_and_in_the_next_plan(slicer):
    import qt
    from SlicerDeidWidgets.seriestable import NAME, SeriesTable

    table = SeriesTable(qt.QTreeWidget())
    document = {"series": [planned("P10"), *(planned("P2", n) for n in (10, 2, 1))]}
    table.showPlan(document)
    title = table._tree.header().sectionClicked
    assert tops(table)[0].startswith("P10")  # as they came
    title.emit(NAME)
    for _time in range(2):
        assert [name.split()[0] for name in tops(table)] == ["P2", "P10"]
        group = table._tree.topLevelItem(0)
        assert [group.child(n).text(NAME) for n in range(3)] == ["series 1", "series 2", "series 10"]
        table.showPlan(document)
    title.emit(NAME)
    assert [name.split()[0] for name in tops(table)] == ["P10", "P2"]


def test_ticks_are_kept_in_another_plan_for_the_same_series_only(table):
    for place in ("P1/1", "P2/1"):
        tick(next(row for row in table.rows if row.place == place), False)
    again = [planned("P1"), planned("P1", 2), planned("P2", original_folder="another"), planned("P5")]
    table.showPlan({"series": again})
    assert [row.place for row in table.rows if not row.isTicked] == ["P1/1"]
    assert table.chosen() == ((), ("P1/1",))
    table.clear()
    table.showPlan({"series": again})
    assert table.chosen() == ((), ())


@pytest.mark.parametrize(
    ("words", "kind", "places"),
    [
        ("", "all", ["P3/1", "P3/2", "P1/1", "P1/2", "P2/1", "P4/1"]),
        ("folder of p2", "all", ["P2/1"]),
        ("no head", "all", ["P3/1"]),
        ("", "attention", ["P3/1"]),
        ("", "release", ["P3/2", "P1/1", "P1/2", "P2/1"]),
        ("P1", "attention", []),
    ],
)
def test_only_what_is_asked_for_is_shown(table, words, kind, places):
    table.filter(words, kind)
    assert shown(table) == places
    hidden = [row.item.parent().isHidden() for row in table.rows if row.place in places]
    assert not any(hidden)


def test_what_is_hidden_stays_ticked(table):
    table.filter("P2", "all")
    assert table.chosen() == ((), ())


def test_the_forecast_counts_what_is_ticked(table):
    assert table.forecast() == (4 * 3600.0, 4 * 10**9)
    tick(table.rows[1], False)
    assert table.forecast() == (3 * 3600.0, 3 * 10**9)


def test_results_stand_in_the_planned_rows(table):
    table.addResult({"patient": "P1", "series": 2, "status": "released", "files": 28, "reason": ""})
    table.addFinding({"patient": "P1", "series": 2, "message": "look at the ears"})
    row = next(row for row in table.rows if row.place == "P1/2")
    assert [row.item.text(column) for column in (3, 4, 5)] == ["28", "released", "look at the ears"]
    assert len(table.rows) == 6
    assert row.item.parent().text(5) == "1 to release, 1 released"
    assert "P1/2" not in [row.place for row in table.rows if row.isTicked]
    assert table.chosen() == ((), ())


def test_a_result_without_a_plan_gets_a_row(table):
    table.clear()
    table.addResult({"patient": "P9", "series": 3, "status": "refused", "files": 0, "reason": "no head"})
    assert [(row.place, row.needsAttention) for row in table.rows] == [("P9/3", True)]


def test_a_patient_selected_means_its_first_series(table):
    assert table.current() is None
    row = next(row for row in table.rows if row.place == "P1/1")
    table._tree.setCurrentItem(row.item.parent())
    assert table.current() is row


@pytest.mark.parametrize(
    ("seconds", "size", "free", "workers", "said"),
    [
        (50, 2e6, None, 1, "Ticked: roughly 1 min and 2 MB."),
        (7200, 3e9, 5e9, 2, "Ticked: roughly 60 min and 3.0 GB. The disk has 5.0 GB free."),
        (72000, 3e9, 1e9, 2, "Ticked: roughly 10 h and 3.0 GB. The disk has only 1.0 GB free: make room first."),
    ],
)
def test_a_forecast_says_time_and_disk(slicer, seconds, size, free, workers, said):
    from SlicerDeidWidgets.messages import forecastSentence

    assert forecastSentence(seconds, size, free, workers) == said
