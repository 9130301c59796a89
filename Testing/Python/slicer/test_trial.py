# SPDX-License-Identifier: Apache-2.0
"""A trial has folders of its own: where these meet those of the whole run it is refused, and nothing is written."""

from __future__ import annotations

import pytest
from panelsaid import told


@pytest.mark.parametrize(
    ("output", "private"),
    [
        ("x-trial", "x"),  # its private folder would be the user's output
        ("y", "y-trial"),  # its images would go into the user's private folder
        ("y", "y-trial/deeper"),
        ("y", ".y-trial.held"),
        ("y", ".y-trial.partial/deeper"),
        (".z-trial.held/out", ".z"),  # says nothing: no folder of this trial meets one of the run
    ],
)
def test_a_trial_whose_folders_are_those_of_the_run_is_refused_and_writes_nothing(
    filled, fake, until, monkeypatch, study, output, private
):
    top = study["input"].parent
    filled.ui.outputPath.currentPath, filled.ui.privatePath.currentPath = str(top / output), str(top / private)
    filled.logic.program = fake("plan")
    filled.ui.planButton.click()
    until(lambda: filled._worker is None)
    started, before = [], sorted(top.rglob("*"))
    monkeypatch.setattr(filled, "_start", lambda *task: started.append(task))
    filled.ui.trialButton.click()
    isMeeting = not output.startswith(".z")
    assert told(filled.ui.progressLabel.text).startswith("Not tried: a trial writes into") == isMeeting
    assert bool(started) != isMeeting
    assert sorted(top.rglob("*")) == before


@pytest.mark.parametrize("place", ["out-trial", "out-trial/deeper", ".out-trial.held", ".out-trial.partial"])
def test_a_trial_never_writes_into_the_input(filled, study, place):
    from SlicerDeidWidgets.trial import whyNoTrial

    source = study["output"].parent / place
    (source / "A1").mkdir(parents=True)
    filled.ui.inputPath.currentPath = str(source)
    assert filled.request().problems() == []
    assert "input folder" in whyNoTrial(filled.request(), filled.request().trial(("A",)))


def test_a_list_in_the_folder_of_the_trial_is_said(filled, study):
    from SlicerDeidWidgets.trial import whyNoTrial

    folder = study["output"].with_name("out-trial")
    folder.mkdir()
    filled.ui.mapPath.currentPath = str(study["map"].rename(folder / "map.csv"))
    assert filled.request().problems() == []
    assert "The list lies in the output folder" in whyNoTrial(filled.request(), filled.request().trial(("A",)))


def test_a_trial_is_refused_where_a_link_leads_to_the_output(filled, study):
    from SlicerDeidWidgets.trial import whyNoTrial

    study["output"].mkdir()
    study["private"].with_name("p-trial").symlink_to(study["output"])
    filled.ui.privatePath.currentPath = str(study["private"])
    assert "folders of the whole run" in whyNoTrial(filled.request(), filled.request().trial(("A",)))
