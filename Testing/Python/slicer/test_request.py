# SPDX-License-Identifier: Apache-2.0
"""Paths and options, checked before a process starts."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def ask(slicer, study):
    """Make a request with some fields changed; returns the fields that have a problem."""
    from SlicerDeidWidgets.request import RunRequest

    def problems(isMapRequired=True, **changed):
        paths = {f"{name}Path": str(path) for name, path in study.items()}
        request = RunRequest(**{**paths, **changed})
        return [each.field for each in request.problems(isMapRequired)]

    return problems


def test_good_paths_have_no_problem(ask):
    assert ask() == []


def test_a_run_without_a_list_draws_ids(ask):
    assert ask(isMapRequired=False, mapPath="") == []
    assert ask(mapPath="") == ["map"]


def test_nothing_filled_in_is_three_problems(ask):
    assert ask(inputPath="", mapPath="", outputPath=" ", privatePath="") == ["input", "map", "output"]


@pytest.mark.parametrize("name", ["list.xls", "list.XLS", "list.pdf", "list", "~$list.xlsx"])
def test_a_file_that_is_no_list_is_refused_by_its_name(ask, tmp_path, name):
    (tmp_path / name).write_text("x")
    assert ask(mapPath=str(tmp_path / name)) == ["map"]


@pytest.mark.parametrize("name", ["list.xlsx", "list.XLSM", "list.csv", "list.tsv"])
def test_the_four_kinds_of_list_are_taken(ask, tmp_path, name):
    (tmp_path / name).write_text("x")
    assert ask(mapPath=str(tmp_path / name)) == []


def test_a_list_in_the_output_folder_is_refused(ask, study):
    study["output"].mkdir()
    (study["output"] / "map.csv").write_text("x")
    assert ask(mapPath=str(study["output"] / "map.csv")) == ["output"]


@pytest.mark.parametrize("isThere", [True, False])
def test_an_output_beside_which_nothing_can_be_written_is_refused_at_once(ask, study, monkeypatch, isThere):
    from SlicerDeidWidgets import places

    parent = study["output"].parent
    if isThere:
        study["output"].mkdir()
    monkeypatch.setattr(places.os, "access", lambda path, _mode: path != parent)
    assert ask() == ["output", "private"]


def test_an_output_that_takes_nothing_can_be_read_all_the_same(slicer, study, monkeypatch):
    from SlicerDeidWidgets import places
    from SlicerDeidWidgets.request import RunRequest

    study["output"].mkdir()
    monkeypatch.setattr(places.os, "access", lambda path, mode: path != study["output"] or not mode & os.W_OK)
    request = RunRequest(str(study["input"]), str(study["output"]), str(study["map"]))
    assert [each.field for each in request.problems()] == ["output"]
    assert request.problems(isOutputRead=True) == []


def test_folders_in_each_other_are_refused_through_links(ask, study, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(study["input"])
    assert ask(outputPath=str(link / "out")) == ["output"]
    assert ask(outputPath=str(tmp_path)) == ["output", "private"]


def test_an_input_that_is_a_file_is_refused(ask, study):
    assert ask(inputPath=str(study["map"])) == ["input"]


def test_an_output_that_is_a_file_is_refused(ask, study):
    assert ask(outputPath=str(study["map"])) == ["output"]


def test_an_output_that_may_not_be_written_is_refused(ask, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert ask() == ["output", "private"]


def test_a_private_folder_that_may_not_be_written_is_refused_and_can_be_read_all_the_same(slicer, study, monkeypatch):
    from SlicerDeidWidgets import places
    from SlicerDeidWidgets.request import RunRequest

    study["private"].mkdir()
    monkeypatch.setattr(places.os, "access", lambda path, mode: path != study["private"] or not mode & os.W_OK)
    request = RunRequest(**{f"{name}Path": str(path) for name, path in study.items()})
    (problem,) = request.problems()
    assert problem.message == "You may not write into the private folder; choose another one."
    assert request.problems(isOutputRead=True) == []


def test_an_input_that_may_not_be_read_is_refused(ask, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.W_OK)
    assert ask() == ["input"]


@pytest.mark.parametrize("field", ["input", "map", "output", "private", "key", "policy", "rules"])
def test_a_path_that_no_disk_can_hold_is_a_problem_in_words(ask, tmp_path, field):
    name = "n" * 300 + (".csv" if field == "map" else "")
    assert ask(**{f"{field}Path": str(tmp_path / name)}) in ([], [{"policy": "policyFile"}.get(field, field)])


def test_the_panel_knows_where_series_of_an_output_are_made_and_wait(slicer, tmp_path):
    from SlicerDeidLib.output.staging import held_folder, staging_folder
    from SlicerDeidWidgets.places import beside

    assert beside(tmp_path / "out") == [staging_folder(tmp_path / "out"), held_folder(tmp_path / "out")]


def test_an_output_has_results_when_something_lies_in_it_or_waits_beside_it(slicer, tmp_path):
    from SlicerDeidWidgets.places import hasResults

    out = tmp_path / "out"
    assert not hasResults(str(out))
    out.mkdir()
    assert not hasResults(str(out))
    (tmp_path / ".out.held" / "one").mkdir(parents=True)
    assert hasResults(str(out))
    assert not hasResults("n" * 300)


def test_a_folder_dropped_from_a_file_manager_is_understood(ask, study, tmp_path):
    (tmp_path / "heads of ä").mkdir()
    assert ask(inputPath=(tmp_path / "heads of ä").as_uri()) == []


def test_quotes_around_a_pasted_path_do_not_matter(ask, study):
    assert ask(inputPath=f'"{study["input"]}"') == []


@pytest.mark.parametrize(
    ("text", "is_good"), [("", True), ("-1000", True), (" 0 ", True), ("nan", False), ("inf", False)]
)
def test_the_air_value_is_a_number_or_empty(ask, text, is_good):
    assert (ask(airValue=text) == []) == is_good


def test_a_request_shows_no_path(slicer, study):
    from SlicerDeidWidgets.request import RunRequest

    assert str(study["input"]) not in repr(RunRequest(str(study["input"]), str(study["output"]), str(study["map"])))


def test_new_ids_that_begin_with_a_dash_arrive_at_the_command_line(slicer, study):
    from SlicerDeidLib.commandline.parser import parse
    from SlicerDeidWidgets.request import RunRequest

    names = {"subjects": ("S01", "-N1", "--N2"), "leftOut": ("--hold/2", "S01/1"), "redone": ("-h/3", "--help/1")}
    arguments = parse(RunRequest(str(study["input"]), str(study["output"]), **names).runArguments())
    assert arguments.subjects == ["S01", "-N1", "--N2"]
    assert arguments.leave_out == ["--hold/2", "S01/1"]
    assert arguments.redo == ["-h/3", "--help/1"]
    assert not arguments.hold


def test_a_policy_of_the_program_is_read_once_for_all_settings(slicer, study):
    from SlicerDeidWidgets.request import RunRequest

    paths = {f"{name}Path": str(path) for name, path in study.items()}
    shallow, deep = (RunRequest(**paths, depth=depth).policyChosen() for depth in (8.0, 11.0))
    assert (shallow.deface.depth_mm, deep.deface.depth_mm) == (8.0, 11.0)
    assert deep.rules is shallow.rules


def test_a_policy_of_the_user_is_read_anew_when_its_file_changed(slicer, study, tmp_path):
    from SlicerDeidWidgets.request import RunRequest

    paths = {f"{name}Path": str(path) for name, path in study.items()}
    file = tmp_path / "own.toml"
    said = []
    for action in ("K", "X"):
        file.write_text(f'name = "own"\nextends = "research"\n[rules]\nManufacturer = "{action}"\n')
        said.append(RunRequest(**paths, policyPath=str(file)).policyChosen().rules)
    assert said[0] != said[1]


def test_what_the_panel_keeps_in_the_private_folder_can_be_purged(slicer):
    from SlicerDeidLib.pipeline.purge import KINDS
    from SlicerDeidWidgets.request import DECISIONS, DRAWN

    assert (KINDS["values"], KINDS["regions"]) == ((DECISIONS,), (DRAWN,))
