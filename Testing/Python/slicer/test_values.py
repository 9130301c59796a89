# SPDX-License-Identifier: Apache-2.0
"""The value inventory in the panel: listed in the background, decided once per value, done by the next run."""

from __future__ import annotations

import stat
import sys

import pydicom
import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Six made patients: five of one scanner model, one of another, with a private value; planted identity."""
    from ctseries import make_patient

    folder = tmp_path_factory.mktemp("valued")
    rows = ["Accession_number,De-identification_ID"]
    for number in range(1, 7):
        make_patient(folder / "in", f"CANARYFOLDER{number}", number=number)
        rows.append(f"CANARYFOLDER{number},HEAD-{number:03d}")
        for path in (folder / "in" / f"CANARYFOLDER{number}").rglob("*"):
            if path.is_file():
                image = pydicom.dcmread(path)
                image.ManufacturerModelName = "Only One Like It" if number == 6 else "Somatom"
                image.save_as(path)
    (folder / "map.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def opened(panel, folder, tmp_path, monkeypatch):
    """A panel with the folder's paths, its review open at the values."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    panel.logic.program = None
    panel.ui.inputPath.currentPath = str(folder / "in")
    panel.ui.mapPath.currentPath = str(folder / "map.csv")
    panel.ui.outputPath.currentPath = str(tmp_path / "out")
    panel.ui.privatePath.currentPath = str(tmp_path / "private")
    for combo, value in ((panel.ui.defaceCombo, "none"), (panel.ui.textCombo, "off")):
        combo.setCurrentIndex(combo.findData(value))
    panel.ui.holdCheck.checked = False
    panel.ui.reviewSection.collapsed = False
    panel.ui.reviewTabs.setCurrentIndex(1)
    return panel


@pytest.fixture
def listed(opened, until):
    """The same with the values listed."""
    opened.ui.valuesListButton.click()
    until(lambda: not opened.review.values.isBusy, 60)
    return opened


def rows(panel):
    table = panel.ui.valuesTable
    return [[table.item(r, c).text() for c in range(table.columnCount)] for r in range(table.rowCount)]


def select(panel, *values):
    table = panel.ui.valuesTable
    table.clearSelection()
    for number, row in enumerate(rows(panel)):
        if row[1] in values:
            for column in range(table.columnCount):
                table.item(number, column).setSelected(True)


def outcome(panel, value):
    return next(row[3] for row in rows(panel) if row[1] == value)


def test_values_are_listed_once_the_rarest_first_and_nothing_that_goes(listed, picture):
    shown = rows(listed)
    models = {row[1]: row[2:] for row in shown if row[0].startswith("ManufacturerModelName")}
    assert models == {"Only One Like It": ["1", "stays: rare"], "Somatom": ["5", "stays"]}
    counts = [int(row[2]) for row in shown]
    assert counts == sorted(counts)
    assert not any("CANARY" in " ".join(row) for row in shown)
    assert "images: 24; patients: 6" in listed.ui.valuesLabel.text
    select(listed, "Only One Like It")
    listed.ui.valuesReplaceEdit.text = "CT scanner"
    listed.ui.valuesReplaceButton.click()
    listed.parent.resize(560, 1500)
    picture(listed.parent, "panel-17-values")


def test_several_values_of_one_attribute_say_how_many_they_are(listed):
    table = listed.ui.valuesTable
    shown = [table.item(row, 1).text() for row in range(table.rowCount)]
    assert any(text.endswith("AXIAL (3 values)") for text in shown)


def test_only_rare_ones_and_only_what_is_searched_for(listed):
    listed.ui.valuesRareCheck.checked = True
    assert all(int(row[2]) < 5 for row in rows(listed))
    listed.ui.valuesFilterEdit.text = "like it"
    assert [row[1] for row in rows(listed)] == ["Only One Like It"]


def test_a_value_is_replaced_once_for_all_and_the_next_run_does_it(listed, until, tmp_path):
    select(listed, "Only One Like It")
    assert not listed.ui.valuesReplaceButton.enabled
    listed.ui.valuesReplaceEdit.text = "CT scanner"
    listed.ui.valuesReplaceButton.click()
    select(listed, "Somatom")
    listed.ui.valuesRemoveButton.click()
    assert outcome(listed, "Only One Like It") == "replace: CT scanner"
    assert outcome(listed, "Somatom") == "remove"
    assert "Decided: 2" in listed.ui.valuesLabel.text
    file = tmp_path / "private" / "values.toml"
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    listed.ui.applyButton.click()
    until(lambda: listed._worker is None, 120)
    models = {}
    for path in (tmp_path / "out").rglob("*.dcm"):
        image, patient = pydicom.dcmread(path), path.relative_to(tmp_path / "out").parts[0]
        models.setdefault(patient, set()).add(str(image.get("ManufacturerModelName", "")))
    assert sorted(map(sorted, models.values())) == [[""]] * 5 + [["CT scanner"]]


def header(panel, keyword):
    """What the preview's header table says that an attribute becomes; empty where it is not listed."""
    table = panel.ui.headerTable
    rows = [[table.item(r, c).text() for c in range(table.columnCount)] for r in range(table.rowCount)]
    return next((row[2] for row in rows if row[0].startswith(f"{keyword} ")), "")


def test_a_preview_that_is_open_follows_what_is_decided(listed, until):
    listed.ui.planButton.click()
    until(lambda: listed._worker is None, 60)
    listed.ui.seriesTree.setCurrentItem(listed.view.table.rows[0].item)
    listed.ui.keptCheck.checked = True
    listed.ui.previewButton.click()
    until(lambda: not listed.preview.isBusy, 60)
    value = header(listed, "ManufacturerModelName")
    assert value
    for new in ("CT scanner", "CT of another kind"):
        select(listed, value)
        listed.ui.valuesReplaceEdit.text = new
        listed.ui.valuesReplaceButton.click()
        until(lambda: not listed.preview.isBusy, 60)
        assert header(listed, "ManufacturerModelName") == new
    listed.ui.valuesTakeBackButton.click()
    until(lambda: not listed.preview.isBusy, 60)
    assert header(listed, "ManufacturerModelName") == value


def test_a_decision_is_remembered_changed_and_taken_back(listed, until, tmp_path):
    select(listed, "Only One Like It", "Somatom")
    listed.ui.valuesKeepButton.click()
    listed.ui.valuesListButton.click()
    until(lambda: not listed.review.values.isBusy, 60)
    assert (outcome(listed, "Only One Like It"), outcome(listed, "Somatom")) == ("keep", "keep")
    select(listed, "Somatom")
    listed.ui.valuesRemoveButton.click()
    assert outcome(listed, "Somatom") == "remove"
    select(listed, "Only One Like It", "Somatom")
    listed.ui.valuesTakeBackButton.click()
    assert outcome(listed, "Only One Like It") == "stays: rare"
    assert not (tmp_path / "private" / "values.toml").exists()
    assert not listed.ui.valuesTakeBackButton.enabled


def test_decisions_that_cannot_be_read_are_said_and_never_written_over(listed, until, tmp_path):
    select(listed, "Only One Like It")
    listed.ui.valuesRemoveButton.click()
    file = tmp_path / "private" / "values.toml"
    whole = file.read_text(encoding="utf-8")
    damaged = whole + "\nactoin =\n"
    file.write_text(damaged, encoding="utf-8")
    for again in (False, True):  # damaged while the values are shown, and before they are listed
        if again:
            listed.ui.valuesListButton.click()
            until(lambda: not listed.review.values.isBusy, 60)
            assert listed.ui.valuesLabel.text.startswith("values.toml")
        select(listed, "Somatom")
        listed.ui.valuesKeepButton.click()
        assert listed.ui.valuesLabel.text.startswith("values.toml")
        assert file.read_text(encoding="utf-8") == damaged
        assert outcome(listed, "Somatom") == "stays"
    file.write_text(whole, encoding="utf-8")
    listed.ui.valuesKeepButton.click()
    assert (outcome(listed, "Only One Like It"), outcome(listed, "Somatom")) == ("remove", "keep")


def test_rules_that_somebody_added_to_the_decisions_are_never_written_over(listed, tmp_path):
    select(listed, "Only One Like It")
    listed.ui.valuesRemoveButton.click()
    file = tmp_path / "private" / "values.toml"
    mended = '[rules]\nStationName = "X"\n' + file.read_text(encoding="utf-8")
    file.write_text(mended, encoding="utf-8")
    select(listed, "Somatom")
    listed.ui.valuesKeepButton.click()
    assert "holds more than decisions on values" in listed.ui.valuesLabel.text
    assert file.read_text(encoding="utf-8") == mended
    assert outcome(listed, "Somatom") == "stays"


def test_each_decision_keeps_the_remark_of_what_it_is_about(listed, tmp_path):
    for value in ("Only One Like It", "Somatom"):
        select(listed, value)
        listed.ui.valuesKeepButton.click()
    written = (tmp_path / "private" / "values.toml").read_text(encoding="utf-8")
    assert written.count("# ManufacturerModelName") == 2


def test_a_decision_on_a_full_disk_says_that_it_is_full(listed, tmp_path, monkeypatch):
    import errno

    from SlicerDeidLib.policies.importers import site_toml

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(site_toml, "write_whole", full)
    select(listed, "Only One Like It")
    listed.ui.valuesKeepButton.click()
    assert listed.ui.valuesLabel.text == (
        "The disk that was written to is full; make room there and try again. Nothing was decided."
    )
    assert outcome(listed, "Only One Like It") == "stays: rare"


def test_what_an_attribute_cannot_hold_is_said_and_not_saved(listed, tmp_path):
    listed.ui.valuesFilterEdit.text = "(0018,1210)"  # ConvolutionKernel
    select(listed, "STANDARD")
    listed.ui.valuesReplaceEdit.text = "of more than 16 characters"
    listed.ui.valuesReplaceButton.click()
    assert "'ConvolutionKernel': the value is not one of VR SH" in listed.ui.valuesLabel.text
    assert not (tmp_path / "private" / "values.toml").exists()


def test_nothing_is_decided_where_results_lie_whose_private_folder_is_gone(listed, tmp_path):
    (tmp_path / "out" / "HEAD-001").mkdir(parents=True)
    (tmp_path / "out" / "HEAD-001" / "HEAD-001_001_00001.dcm").write_bytes(b"released")
    select(listed, "Only One Like It")
    listed.ui.valuesRemoveButton.click()
    assert "put back the private folder" in listed.ui.valuesLabel.text
    assert outcome(listed, "Only One Like It") == "stays: rare"
    assert not (tmp_path / "private").exists()


def test_no_decision_is_offered_where_none_can_be_done_and_the_table_says_why(listed):
    listed.ui.valuesFilterEdit.text = "(0028,0010)"  # Rows
    select(listed, "64")
    listed.ui.valuesReplaceEdit.text = "65"
    for name in ("Keep", "Remove", "Replace"):
        assert not getattr(listed.ui, f"values{name}Button").enabled
    assert outcome(listed, "64").startswith("stays: the image cannot be read without it")


def test_the_plan_and_the_trial_know_the_decisions(listed, tmp_path):
    select(listed, "Somatom")
    listed.ui.valuesRemoveButton.click()
    request = listed.request().withDecisions()
    file = str(tmp_path / "private" / "values.toml")
    for arguments in (request.planArguments(), request.trial(("HEAD-001",)).runArguments()):
        assert arguments[arguments.index("--rules") + 1] == file


def test_the_event_loop_keeps_turning_while_values_are_listed(opened, until, monkeypatch, ticking):
    import SlicerDeidLib

    once = SlicerDeidLib.inventory
    monkeypatch.setattr(SlicerDeidLib, "inventory", lambda *a, **k: [once(*a, **k) for _ in range(30)][-1])
    with ticking("values"):
        opened.ui.valuesListButton.click()
        assert opened.review.values.isBusy
        until(lambda: not opened.review.values.isBusy, 60)


def test_listing_is_stopped(opened, until):
    opened.ui.valuesListButton.click()
    opened.ui.valuesCancelButton.click()
    until(lambda: not opened.review.values.isBusy, 30)
    assert opened.ui.valuesLabel.text == "Cancelled."
    assert rows(opened) == []


def test_a_finished_output_is_listed_the_same_way(opened, until, folder, tmp_path):
    opened.ui.applyButton.click()
    until(lambda: opened._worker is None, 120)
    opened.ui.inputPath.currentPath = ""
    opened.ui.valuesSourceCombo.setCurrentIndex(1)
    opened.ui.valuesListButton.click()
    until(lambda: not opened.review.values.isBusy, 60)
    assert outcome(opened, "Only One Like It") == "stays: rare"


def test_more_values_than_are_shown_are_counted(opened, until, monkeypatch):
    from SlicerDeidWidgets import valuesview

    monkeypatch.setattr(valuesview, "_MOST_SHOWN", 3)
    opened.ui.valuesListButton.click()
    until(lambda: not opened.review.values.isBusy, 60)
    assert len(rows(opened)) == 3
    assert opened.ui.valuesMoreLabel.text.endswith(" more; search for them.")
    assert not opened.ui.valuesMoreLabel.isHidden()


def test_decisions_need_a_place_to_be_kept(opened, until):
    opened.ui.outputPath.currentPath = ""
    opened.ui.privatePath.currentPath = ""
    opened.ui.valuesListButton.click()
    until(lambda: not opened.review.values.isBusy, 60)
    select(opened, "Somatom")
    opened.ui.valuesKeepButton.click()
    assert opened.ui.valuesLabel.text.startswith("Choose the output folder first")
    assert outcome(opened, "Somatom") == "stays"


def test_what_is_missing_is_said(panel):
    panel.ui.valuesListButton.click()
    assert panel.ui.valuesLabel.text == "Choose the folder that holds one folder per patient."


def test_other_paths_take_the_values_away(listed, tmp_path):
    listed.ui.outputPath.currentPath = str(tmp_path / "elsewhere")
    assert rows(listed) == []


def test_no_value_leaves_the_table_and_the_private_folder(listed, slicer, tmp_path, caplog, capfd):
    select(listed, "Only One Like It")
    listed.ui.valuesKeepButton.click()
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Commit()
    said = capfd.readouterr()
    for text in ((tmp_path / "scene.mrml").read_text(encoding="utf-8"), caplog.text, said.out, said.err):
        assert "Only One" not in text
        assert "CANARY" not in text


def test_decisions_about_values_have_keys(panel):
    keys = [panel.ui.__dict__[f"values{name}Button"].text for name in ("List", "Keep", "Remove", "Replace")]
    assert all("&" in key for key in keys)
