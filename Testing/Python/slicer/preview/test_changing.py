# SPDX-License-Identifier: Apache-2.0
"""Changing a setting while a preview is open: it follows, soon, and shows what was asked for last."""

from __future__ import annotations

import time

import numpy as np
from previewcases import choose, header_rows, select, values


def test_other_settings_are_shown_and_take_less_time(previewed, slicer, until, capsys):
    def seconds():
        return float(previewed.ui.previewLabel.text.split()[2])

    first, usual = seconds(), values(previewed, "after").copy()
    previewed.ui.depthSlider.value = 16.0
    until(lambda: not previewed.preview.isBusy, 60)
    second, deeper = seconds(), values(previewed, "after").copy()
    assert (deeper != -1000).sum() < (usual != -1000).sum()
    print(f"a preview took {first:.1f} s, another depth {second:.1f} s")
    assert second < first
    previewed.ui.airEdit.text = "-500"
    until(lambda: not previewed.preview.isBusy, 60)
    assert (values(previewed, "after")[values(previewed, "mask") == 1] == -500).all()
    choose(previewed.ui.defaceCombo, "none")
    until(lambda: not previewed.preview.isBusy, 60)
    np.testing.assert_array_equal(values(previewed, "after"), values(previewed, "before"))
    assert not values(previewed, "mask").any()


def test_only_the_last_of_quick_changes_is_shown(previewed, until):
    for depth in (9.0, 11.0, 14.0, 10.0):
        previewed.ui.depthSlider.value = depth
    until(lambda: not previewed.preview.isBusy, 60)
    quick = values(previewed, "after").copy()
    previewed.ui.closePreviewButton.click()
    previewed.ui.previewButton.click()
    until(lambda: not previewed.preview.isBusy, 120)
    np.testing.assert_array_equal(values(previewed, "after"), quick)


def test_nobody_waits_for_the_text_of_settings_that_are_no_longer_wanted(planned, until, monkeypatch):
    import threading

    from SlicerDeidLib.pipeline import preview

    gate, begun, real = threading.Event(), [], preview.redact_treated_stepwise

    def slow(*arguments):
        begun.append(1)
        if len(begun) == 1:
            gate.wait(60)
        return (yield from real(*arguments))

    monkeypatch.setattr(preview, "redact_treated_stepwise", slow)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: bool(begun), 120)
    planned.ui.depthSlider.value = 12.0
    until(lambda: not planned.preview.isBusy, 60)
    assert planned.ui.previewLabel.text.startswith("Result after")
    gate.set()


def test_no_text_is_read_before_the_defaced_head_is_shown(planned, until, monkeypatch):
    from SlicerDeidLib.pipeline import preview

    shown, real = [], preview.redact_treated_stepwise

    def read(*arguments):
        shown.append([planned.preview._nodes.get(role) is not None for role in ("after", "head after")])
        return (yield from real(*arguments))

    monkeypatch.setattr(preview, "redact_treated_stepwise", read)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 120)
    assert shown == [[True, True]]


def test_a_head_is_defaced_while_the_head_of_its_original_is_made(planned, until, monkeypatch):
    import threading

    from SlicerDeidLib.pipeline import preview
    from SlicerDeidWidgets import previewarrays

    begun, met, real, surface = threading.Event(), [], preview.deface_repetitions, previewarrays.surfaceOf

    def defaced(*arguments):
        begun.set()
        return real(*arguments)

    def made(*arguments, **options):
        met.append(begun.wait(20))
        return surface(*arguments, **options)

    monkeypatch.setattr(preview, "deface_repetitions", defaced)
    monkeypatch.setattr(previewarrays, "surfaceOf", made)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 120)
    assert met == [True, True]  # the original's, and the result's


def test_settings_that_change_while_a_head_is_defaced_wait_until_that_is_given_up(planned, until, monkeypatch):
    from SlicerDeidLib.pipeline import preview

    going, together, real = [], [], preview.deface_repetitions

    def defaced(repetitions, deface, *arguments):
        going.append(deface.depth_mm)
        together.append(len(going))
        time.sleep(0.5)  # long enough for the settings to settle and the wish to begin
        try:
            return real(repetitions, deface, *arguments)
        finally:
            going.remove(deface.depth_mm)

    monkeypatch.setattr(preview, "deface_repetitions", defaced)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: bool(going), 120)
    planned.ui.depthSlider.value = 12.0
    until(lambda: not planned.preview.isBusy, 120)
    assert together == [1, 1]
    assert planned.ui.previewLabel.text.startswith("Result after")
    changed = values(planned, "after").copy()
    planned.ui.depthSlider.value = 11.0
    until(lambda: not planned.preview.isBusy, 120)
    assert (values(planned, "after") != changed).any()


def test_an_option_that_pixels_and_headers_do_not_ask_for_begins_nothing(previewed, until):
    previewed.ui.workersSpin.value = 3
    until(lambda: not previewed.preview._settling.active)
    assert not previewed.preview.isBusy


def test_another_release_shows_its_own_dates_and_uids(planned, until, tmp_path):
    key = tmp_path / "key"  # without one each preview draws its own
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    planned.ui.keyPath.currentPath = str(key)
    planned.ui.planButton.click()
    until(lambda: planned._worker is None)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    before = header_rows(planned)
    planned.ui.releaseEdit.text = "second"
    until(lambda: not planned.preview.isBusy)
    followed = header_rows(planned)
    planned.ui.closePreviewButton.click()
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    assert followed == header_rows(planned)
    assert {now[0].split()[0] for now, then in zip(followed, before, strict=True) if now != then} >= {
        "StudyDate",
        "SOPInstanceUID",
    }


def cells_of(panel, keyword):
    """What the header table says of an attribute: before, after, what is done."""
    return next(row[1:4] for row in header_rows(panel) if row[0].startswith(f"{keyword} "))


def test_rules_that_are_edited_while_a_preview_is_open_are_shown_when_they_are_looked_at_again(
    previewed, until, tmp_path
):
    rules = tmp_path / "own.toml"
    previewed.ui.keptCheck.checked = True
    for number, text in enumerate(('"X"', '"set MADE"', '"set OTHER"')):
        rules.write_text(f"[rules]\nManufacturer = {text}\n", encoding="utf-8")
        previewed.ui.rulesPath.currentPath = str(rules)
        previewed._checkRequest()  # as when wrong paths are looked at again, or an option is changed
        until(lambda: not previewed.preview.isBusy, 60)
        assert cells_of(previewed, "Manufacturer")[1] == ("", "MADE", "OTHER")[number]


def test_another_match_shows_what_it_makes_of_the_series(previewed, until):
    choose(previewed.ui.matchCombo, "patient-id")  # the list names folders
    until(lambda: not previewed.preview.isBusy, 120)
    followed = previewed.ui.previewLabel.text
    assert not followed.startswith("Result")
    assert header_rows(previewed) == []


def test_a_preview_asks_for_what_the_list_names(planned, until, monkeypatch):
    import SlicerDeidLib

    asked = []

    def asking(_root, folder, number, _policy, subject_map, **options):
        asked.append((folder, number, subject_map.match, options["original"]))
        raise KeyError

    monkeypatch.setattr(SlicerDeidLib, "open_preview", asking)
    choose(planned.ui.matchCombo, "accession")
    select(planned, "HEAD-001/1")
    row = planned.view.table.current()
    row.original = "CANARYACC"
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 60)
    assert asked == [(row.folder, 1, "accession", "CANARYACC")]


def test_original_and_result_show_the_same_slices_where_settings_put_frames_together_otherwise(
    panel, slicer, until, tmp_path, monkeypatch
):
    from enhancedseries import write_enhanced
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study

    lattice = Lattice(slices=48, spacing_mm=4.0, rows=160, columns=160, pixel_spacing_mm=1.6)
    head = write_study(tmp_path / "made", lattice=lattice).head.volume
    write_enhanced(tmp_path / "in" / "A1", [head])  # its frames in any order
    write_map(tmp_path / "map.xlsx", [("A1", "HEAD-001")])
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    panel.logic.program = None
    for line, name in (("input", "in"), ("map", "map.xlsx"), ("output", "out"), ("private", "private")):
        getattr(panel.ui, f"{line}Path").currentPath = str(tmp_path / name)
    choose(panel.ui.textCombo, "off")
    choose(panel.ui.defaceCombo, "none")
    panel.ui.planButton.click()
    until(lambda: panel._worker is None, 60)
    select(panel, "HEAD-001/1")
    panel.ui.previewButton.click()
    until(lambda: not panel.preview.isBusy, 60)
    for method in ("surface", "none"):
        choose(panel.ui.defaceCombo, method)
        until(lambda: not panel.preview.isBusy, 60)
        before, after, mask = (values(panel, role) for role in ("before", "after", "mask"))
        assert (mask == 1).any() == (method == "surface")
        np.testing.assert_array_equal(after[mask == 0], before[mask == 0])
    assert len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")) == 3  # the mask is one too
