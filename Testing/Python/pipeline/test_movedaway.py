# SPDX-License-Identifier: Apache-2.0
"""What a run needs is moved away while it goes on: it stops, says why, makes nothing in its place, and goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import SlicerDeidLib as deid
from heldproject import Project
from SlicerDeidLib.errors import DiskError, FormatError, OutputError
from SlicerDeidLib.output.journalfile import JournalFile
from SlicerDeidLib.output.pictures import write_picture
from SlicerDeidLib.output.staging import held_folder
from SlicerDeidLib.pipeline.masks import MaskStore

FIRST, LAST = 1, 3  # series of the project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("after", [FIRST, LAST])
@pytest.mark.parametrize("what", ["private", "held"])
def test_a_run_whose_folder_is_moved_away_stops_and_goes_on_when_it_is_back(
    project: Project, tmp_path: Path, what: str, after: int
) -> None:
    place = {"private": project.private, "held": held_folder(project.out)}[what]
    elsewhere = tmp_path / "elsewhere"

    def move(event: dict[str, object]) -> None:
        if event["event"] == "series" and event["done"] == after:
            place.rename(elsewhere)

    said = "private folder was moved or deleted" if what == "private" else "where finished series wait was moved"
    with pytest.raises(DiskError, match=said):
        project.run(progress=move)
    assert not place.exists()
    elsewhere.rename(place)
    assert len(project.waiting()) == after
    record = project.run()
    assert [series.is_resumed for series in record.series] == [number < after for number in range(LAST)]
    assert project.waiting() == ["S01/1", "S01/2", "S02/1"]


@pytest.mark.parametrize("after", [FIRST, LAST])
def test_a_run_whose_output_is_moved_away_stops_and_goes_on_when_it_is_back(
    project: Project, tmp_path: Path, after: int
) -> None:
    def move(event: dict[str, object]) -> None:
        if event["event"] == "series" and event["done"] == after:
            project.out.rename(tmp_path / "elsewhere")

    with pytest.raises(DiskError, match="The output folder was moved or deleted while the run went on; put it back"):
        project.run(is_held=False, progress=move)
    assert not project.out.exists()
    (tmp_path / "elsewhere").rename(project.out)
    record = project.run(is_held=False)
    assert [series.is_resumed for series in record.series] == [number < after for number in range(LAST)]
    assert {Path(name).parts[0] for name in project.released()} == {"S01", "S02"}


@pytest.mark.parametrize("is_held", [False, True])
@pytest.mark.parametrize("is_mounted", [False, True])
def test_a_run_whose_input_is_away_blames_no_series_and_goes_on_when_it_is_back(
    project: Project, tmp_path: Path, is_mounted: bool, is_held: bool
) -> None:
    def drop(event: dict[str, object]) -> None:
        if event["event"] == "series":
            project.source.rename(tmp_path / "elsewhere")
            if is_mounted:  # what is left of a share that dropped
                project.source.mkdir()

    with pytest.raises(DiskError, match=r"The input folder, or all that it held, was moved .* share is away; put it"):
        project.run(is_held=is_held, progress=drop)
    assert list(project.reported().values()) == ["held" if is_held else "released"]
    if is_mounted:
        project.source.rmdir()
    (tmp_path / "elsewhere").rename(project.source)
    assert [series.is_resumed for series in project.run(is_held=is_held).series] == [True, False, False]


def test_a_series_whose_files_alone_are_away_is_refused_and_the_others_are_released(project: Project) -> None:
    plan = project.plan()
    shutil.rmtree(project.source / "CANARYFOLDER1")
    record = deid.run(plan, project.out, is_synced=False)
    assert [series.status.value for series in record.series] == ["refused", "refused", "released"]


def test_masks_and_pictures_never_make_a_private_folder(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="private folder was moved or deleted"):
        MaskStore(tmp_path / "private").put("head-1", b"mask")
    with pytest.raises(FileNotFoundError):
        write_picture(tmp_path / "private", ("S01", 0, 1), "after", b"picture")
    assert not (tmp_path / "private").exists()


@pytest.mark.parametrize("is_held", [False, True])
@pytest.mark.parametrize("is_overwrite", [False, True])
def test_results_whose_private_folder_is_gone_are_not_begun_anew_and_the_plan_says_so(
    project: Project, tmp_path: Path, is_held: bool, is_overwrite: bool
) -> None:
    project.run(is_held=is_held)
    before = sorted(path for path in tmp_path.rglob("*.dcm") if project.source not in path.parents)
    project.private.rename(tmp_path / "elsewhere")
    (problem,) = deid.with_found(project.plan(), project.out).errors
    assert "put back the private folder" in problem.message
    with pytest.raises(OutputError, match="put back the private folder"):
        project.run(is_held=is_held, is_overwrite=is_overwrite)
    assert not project.private.exists()
    assert sorted(path for path in tmp_path.rglob("*.dcm") if project.source not in path.parents) == before
    (tmp_path / "elsewhere").rename(project.private)
    assert deid.with_found(project.plan(), project.out).errors == ()
    assert {one.is_resumed for one in project.run(is_held=is_held).series} == {True}


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_plan_tells_of_somebody_elses_files_in_the_output_for_which_the_run_is_refused(
    project: Project, is_begun: bool
) -> None:
    if is_begun:
        project.run(is_held=False)
    assert deid.with_found(project.plan(), project.out).errors == ()
    (project.out / "holiday").mkdir(parents=True)
    (project.out / "photo.jpg").write_bytes(b"x")
    before = sorted(project.out.rglob("*"))
    planned = deid.with_found(project.plan(), project.out)
    (problem,) = planned.errors
    assert problem.where == "output folder"
    assert problem.message.startswith("The output folder holds 2 files, links or empty folders that this project did")
    assert {one.found for one in planned.series} == ({"released"} if is_begun else {""})
    with pytest.raises(OutputError, match="did not write") as refused:
        project.run(is_held=False)
    assert refused.value.reason == problem.message
    assert sorted(project.out.rglob("*")) == before
    (project.out / "photo.jpg").unlink()
    (project.out / "holiday").rmdir()
    assert deid.with_found(project.plan(), project.out).errors == ()


def test_a_plan_in_the_middle_of_a_run_calls_nothing_that_is_being_released_a_stranger(project: Project) -> None:
    told = []

    def look(_event: dict[str, object]) -> None:
        told.extend(deid.with_found(project.plan(), project.out).errors)

    project.run(is_held=False, progress=look)
    assert told == []


def test_a_plan_of_a_run_that_was_killed_while_files_were_moved_finds_no_stranger(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = JournalFile.append

    def killed(file: JournalFile, line: dict[str, object]) -> None:
        if line["event"] == "released":
            raise KeyboardInterrupt
        append(file, line)

    monkeypatch.setattr(JournalFile, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        project.run(is_held=False)
    monkeypatch.undo()
    assert list(project.out.rglob("*.dcm"))
    assert deid.with_found(project.plan(), project.out).errors == ()
    assert [one.status.value for one in project.run(is_held=False).series] == ["released"] * LAST


def test_what_waits_is_not_called_nothing_where_the_private_folder_is_gone_and_nothing_is_decided(
    project: Project, tmp_path: Path
) -> None:
    project.run()
    shown = deid.held_series(project.out, project.private)
    project.private.rename(tmp_path / "elsewhere")
    for ask in (
        lambda: deid.held_series(project.out, project.private),
        lambda: deid.decide(project.out, project.private, accept=shown),
        lambda: deid.check_journal(project.out, project.private),
    ):
        with pytest.raises(OutputError, match="put back the private folder that belongs to them"):
            ask()
    assert not project.private.exists()
    (tmp_path / "elsewhere").rename(project.private)
    deid.check_journal(project.out, project.private)
    assert deid.decide(project.out, project.private, accept=shown).accepted == LAST


@pytest.mark.parametrize("what", ["out", "S01"])
def test_what_was_moved_out_of_the_output_is_not_said_to_be_withdrawn_and_the_plan_tells_of_it(
    project: Project, tmp_path: Path, what: str
) -> None:
    project.run(is_held=False)
    shown = deid.released_series(project.out, project.private)
    files = project.released()
    moved = project.out if what == "out" else project.out / what
    moved.rename(tmp_path / "elsewhere")
    before = {path: path.read_bytes() for path in project.private.rglob("*") if path.is_file()}
    reason = "The output folder is not there: it was moved" if what == "out" else r"\(S01/1, S01/2\); put it back"
    for withdraw in (shown, ["S01", "S02"]):
        with pytest.raises(OutputError, match=reason):
            project.decide(withdraw=withdraw)
    assert {path: path.read_bytes() for path in project.private.rglob("*") if path.is_file()} == before
    assert deid.rejected_series(project.out, project.private) == ()
    planned = deid.with_found(project.plan(), project.out)
    gone = [one for one in planned.series if one.is_otherwise]
    assert len(gone) == (3 if what == "out" else 2)
    assert all("released before and is not whole in the output folder any more" in one.notes[-1] for one in gone)
    (tmp_path / "elsewhere").rename(moved)
    assert project.released() == files
    assert project.decide(withdraw=shown).withdrawn == LAST
    assert not project.out.exists()


@pytest.mark.parametrize("decision", ["accept", "reject"])
def test_nothing_is_decided_about_what_waited_in_a_folder_that_was_moved_away(
    project: Project, tmp_path: Path, decision: str
) -> None:
    project.run()
    held_folder(project.out).rename(tmp_path / "elsewhere")
    before = {path: path.read_bytes() for path in project.private.rglob("*") if path.is_file()}
    with pytest.raises(OutputError, match=r"series wait is not there: .*or run again.*; nothing was decided"):
        project.decide(**{decision: ["S01"]})
    assert {path: path.read_bytes() for path in project.private.rglob("*") if path.is_file()} == before
    project.run()  # as the sentence says
    assert project.waiting() == ["S01/1", "S01/2", "S02/1"]
    project.decide(**{decision: ["S01"]})
    assert project.waiting() == ["S02/1"]


def test_a_finished_series_that_is_not_there_says_which_file_and_where(project: Project, tmp_path: Path) -> None:
    project.run()
    project.decide(accept=["S01"])
    (waits,) = deid.held_series(project.out, project.private)
    lies = deid.released_series(project.out, project.private)[0]
    for series, place, named in (
        (waits, held_folder(project.out), "The folder beside the output where finished series wait"),
        (lies, project.out, "The output folder"),
    ):
        place.rename(tmp_path / "elsewhere")
        with pytest.raises(FormatError, match=f"{named} is not there: .*put it back where it was") as refused:
            deid.open_finished(series)
        assert str(tmp_path) not in refused.value.reason
        (tmp_path / "elsewhere").rename(place)
        (series.folder / series.files[1]).rename(tmp_path / "one")
        for look in (deid.open_finished, deid.head_picture):
            with pytest.raises(FormatError) as refused:
                look(series)
            assert refused.value.reason.startswith(f"{series.files[1]} is missing in the ")
            assert refused.value.reason.endswith(f"; put it back, or make {series.place} again.")
        (tmp_path / "one").rename(series.folder / series.files[1])
