# SPDX-License-Identifier: Apache-2.0
"""A series that is done again: what was made of it before stays until it is made, whatever happens."""

from __future__ import annotations

import getpass
import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import SlicerDeidLib as deid
from heldproject import KEY, Project
from SlicerDeidLib.errors import Cancelled, PlanError
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.staging import StagedSeries, held_folder, staging_folder
from SlicerDeidLib.pipeline.series import Outcome, SeriesTask, record_of

PLACE = "S01/2"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.run()
    return project


def files(project: Project) -> dict[str, bytes]:
    """Return all that is released or waits, by its path."""
    folders = (project.out, held_folder(project.out))
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(project.out.parent).as_posix(): path.read_bytes() for path in paths}


def report(project: Project) -> dict[str, Any]:
    """Return the private report."""
    said: dict[str, Any] = json.loads((project.private / "report.json").read_text())
    return said


def settings(project: Project) -> dict[str, str]:
    """Return a digest of what each series was made with."""
    journal = Journal(project.private, project.out, is_read_only=True)
    return {entry.place: entry.fingerprint for entry in [*journal.released.values(), *journal.held.values()]}


def refusing(function: Callable[[SeriesTask], Outcome], tasks: Iterable[SeriesTask]) -> Iterator[Outcome]:
    for task in tasks:
        yield Outcome(record_of(task.plan, deid.Status.REFUSED, "the mask is not plausible"))


def cancelling(function: Callable[[SeriesTask], Outcome], tasks: Iterable[SeriesTask]) -> Iterator[Outcome]:
    for task in tasks:
        function(task)
        raise Cancelled(signal.SIGINT)
        yield


def killed(act: Callable[[], Any]) -> bool:
    """Do something in a process of its own; tell whether it was killed there."""
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("is_accepted", [False, True])
def test_a_refused_one_leaves_what_was_there_and_says_so(project: Project, is_accepted: bool) -> None:
    if is_accepted:
        project.decide(accept=["S01"])
    before, ledger = files(project), (project.private / "ledger.json").read_bytes()
    record = project.redo(PLACE, executor=refusing)
    (refused,) = (series for series in record.series if series.status is deid.Status.REFUSED)
    assert refused.reason == "the mask is not plausible; what was made of it before stays as it is"
    assert files(project) == before
    assert (project.private / "ledger.json").read_bytes() == ledger
    assert all(series.is_resumed for series in project.run().series)


@pytest.mark.parametrize("is_accepted", [False, True])
def test_a_cancelled_one_leaves_what_was_there(project: Project, is_accepted: bool) -> None:
    if is_accepted:
        project.decide(accept=["S01"])
    before = files(project)
    with pytest.raises(Cancelled):
        project.redo(PLACE, executor=cancelling)
    assert files(project) == before
    assert not staging_folder(project.out).exists()
    assert all(series.is_resumed for series in project.run().series)
    assert files(project) == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed in a copy of this one")
@pytest.mark.parametrize("is_accepted", [False, True])
@pytest.mark.parametrize("step", ["SeriesTask", "hold", "_replace", "mark_held"])
def test_a_killed_one_leaves_what_was_there_or_what_takes_its_place(
    project: Project, monkeypatch: pytest.MonkeyPatch, step: str, is_accepted: bool
) -> None:
    if is_accepted:
        project.decide(accept=["S01"])
    before, made = files(project), settings(project)

    def kill(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def killing(function: Callable[[SeriesTask], Outcome], tasks: Iterable[SeriesTask]) -> Iterator[Outcome]:
        for task in tasks:
            function(task)
            kill()
            yield from ()

    if step == "SeriesTask":
        assert killed(lambda: project.redo(PLACE, executor=killing))
    else:
        with monkeypatch.context() as patch:
            patch.setattr(StagedSeries if step == "hold" else Journal, step, kill)
            assert killed(lambda: project.redo(PLACE))
    record = project.run()  # with other settings than those it was done again with
    assert [series.place for series in record.series if not series.is_resumed] == []
    assert not staging_folder(project.out).exists()
    changed = {place for place, each in settings(project).items() if each != made[place]}
    if step == "SeriesTask":
        assert changed == set()
        assert files(project) == before
    else:
        assert changed == {PLACE}
        assert PLACE in project.waiting()
        assert not any("_002_" in name for name in project.released())


def test_one_with_settings_of_its_own_keeps_them_when_it_is_done_again_in_vain(project: Project) -> None:
    project.redo(PLACE)
    project.decide(accept=["S01"])
    before = files(project), settings(project)
    with pytest.raises(Cancelled):
        project.redo(PLACE, keep_time_of_day=True, executor=cancelling)
    project.run()
    assert (files(project), settings(project)) == before


def test_one_that_does_not_wait_takes_the_place_of_the_released_one(project: Project) -> None:
    project.decide(accept=["S01"])
    before, made = files(project), settings(project)
    record = project.redo(PLACE, is_held=False)
    assert [s.place for s in record.series if s.status is deid.Status.RELEASED] == ["S01, series 2"]
    assert files(project).keys() == before.keys()
    assert {place for place, each in settings(project).items() if each != made[place]} == {PLACE}


def test_a_rejected_one_is_not_made_by_runs_with_other_settings_for_heads(project: Project) -> None:
    project.redo(PLACE)
    project.decide(reject=[PLACE])
    assert {s.place: s.status.value for s in project.run().series}["S01, series 2"] == "left out"
    with pytest.raises(Cancelled):
        project.redo(PLACE, keep_time_of_day=True, executor=cancelling)
    assert {s.place: s.status.value for s in project.run().series}["S01, series 2"] == "left out"
    assert project.waiting() == ["S01/1", "S02/1"]
    project.redo(PLACE, keep_time_of_day=True)
    assert PLACE in project.waiting()


def test_a_rejected_one_is_made_as_it_was_when_it_is_named_and_waits_again(project: Project) -> None:
    project.redo(PLACE)
    project.decide(reject=[PLACE])
    record = project.redo(PLACE, is_held=False)
    assert record.released == 0
    assert "rejected in a review" in next(s.reason for s in record.series if s.place == "S01, series 2")
    project.redo(PLACE)
    assert PLACE in project.waiting()
    assert project.decide(accept=[PLACE]).accepted == 1


def test_nothing_is_deleted_where_series_are_to_be_done_again_and_all_anew(project: Project) -> None:
    before = files(project)
    with pytest.raises(PlanError, match="choose one"):
        project.redo(PLACE, is_overwrite=True)
    assert files(project) == before


def test_the_report_tells_of_the_whole_output_after_one_was_done_again(project: Project) -> None:
    project.decide(accept=["S02"], reject=["S01/1"])
    before = report(project)
    project.redo(PLACE)
    assert project.reported() == {"S01/1": "left out", PLACE: "held", "S02/1": "released"}
    after = report(project)
    assert after["counts"] == before["counts"] | {"held": 1, "released": 1, "left out": 1}
    (untouched,) = (one for one in after["series"] if one["patient"] == "S02")
    (said,) = (one for one in before["series"] if one["patient"] == "S02")
    assert untouched == said | {"status": "released", "resumed": True}
    project.decide(accept=["S01"])
    found = deid.audit(project.out, original=project.source, private=project.private, key=KEY).findings
    assert [finding.message for finding in found if finding.check == "record"] == []


def test_the_report_keeps_what_was_there_when_it_is_refused_and_says_that(project: Project) -> None:
    before = report(project)
    project.redo(PLACE, executor=refusing)
    after = report(project)
    assert after["counts"] == before["counts"]
    assert [(one["where"], one["message"].partition(";")[0]) for one in after["problems"]][-1] == (
        "S01, series 2",
        "the mask is not plausible",
    )


def test_the_report_tells_of_series_whose_earlier_report_is_gone(project: Project) -> None:
    deid.purge(project.out, project.private, ("reports",))
    project.redo(PLACE)
    assert project.reported() == {"S01/1": "held", PLACE: "held", "S02/1": "held"}


def test_the_report_of_a_run_of_one_patient_tells_of_the_others(project: Project) -> None:
    project.run(executor=refusing, subjects=["S02"], keep_time_of_day=True)
    assert project.reported() == {"S01/1": "held", PLACE: "held", "S02/1": "refused"}


def test_the_report_tells_what_was_decided_by_whom(project: Project) -> None:
    project.decide(accept=["S02"])
    project.decide(reject=[PLACE], note="the ear shows")
    before = report(project)
    deid.refresh_run_report(project.private)
    assert project.reported() == {"S01/1": "held", PLACE: "left out", "S02/1": "released"}
    page = (project.private / "report.html").read_text()
    assert "Decisions of the review: 2" in page
    assert all(word in page for word in ("accepted", "rejected", "S01/2", "the ear shows", getpass.getuser()))
    assert report(project)["problems"] == before["problems"]


def test_without_a_journal_the_report_stays_as_it_says(project: Project) -> None:
    before = report(project)
    (project.private / "journal.jsonl").unlink()
    deid.refresh_run_report(project.private)
    assert report(project) == before


def test_what_waits_with_other_settings_stays_until_it_is_made_anew(project: Project) -> None:
    before = files(project)
    with pytest.raises(Cancelled):
        project.run(keep_time_of_day=True, executor=cancelling)
    assert files(project) == before
    made = settings(project)
    record = project.run(keep_time_of_day=True)
    assert [series.is_resumed for series in record.series] == [False, False, False]
    assert settings(project).keys() == made.keys()
    assert settings(project).items().isdisjoint(made.items())


def test_what_waits_with_other_settings_goes_when_it_is_refused_with_those_that_are_asked_for(project: Project) -> None:
    record = project.run(keep_time_of_day=True, executor=refusing)
    assert {series.reason for series in record.series} == {"the mask is not plausible"}
    assert files(project) == {}
    assert project.waiting() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed in a copy of this one")
@pytest.mark.parametrize("step", ["hold", "_replace", "mark_held"])
def test_a_kill_while_all_is_made_anew_loses_nothing_that_waits(
    project: Project, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def kill(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patch:
        patch.setattr(StagedSeries if step == "hold" else Journal, step, kill)
        assert killed(lambda: project.run(keep_time_of_day=True))
    assert project.waiting() == ["S01/1", PLACE, "S02/1"]


def test_a_cancelled_run_with_other_settings_makes_none_that_was_rejected(project: Project) -> None:
    project.decide(reject=[PLACE])
    with pytest.raises(Cancelled):
        project.run(keep_time_of_day=True, executor=cancelling)
    assert {s.place: s.status.value for s in project.run().series}["S01, series 2"] == "left out"
