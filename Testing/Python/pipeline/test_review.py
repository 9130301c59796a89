# SPDX-License-Identifier: Apache-2.0
"""Series wait beside OUT, de-identified, until somebody accepts them; OUT never holds one that nobody accepted."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import CANARIES
from heldproject import KEY, Project
from SlicerDeidLib.errors import DiskError, OutputError, PlanError
from SlicerDeidLib.output import commits
from SlicerDeidLib.output.entry import Entry
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.staging import StagedSeries, held_folder, staging_folder
from SlicerDeidLib.pipeline import review


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_what_was_looked_at_is_accepted_only_while_these_very_files_wait(project: Project) -> None:
    project.run()
    shown = deid.held_series(project.out, project.private)
    project.redo("S01/1", keep_time_of_day=True)
    assert project.decide(accept=[*shown[:2]]) == deid.Decided(accepted=1, changed=1)
    assert project.waiting() == ["S01/1", "S02/1"]
    assert project.decide(accept=shown) == deid.Decided(accepted=1, changed=2)
    assert project.decide(accept=deid.held_series(project.out, project.private)) == deid.Decided(accepted=1)


def test_what_was_looked_at_is_rejected_and_withdrawn_only_while_these_very_files_are_there(project: Project) -> None:
    project.run()
    shown = deid.held_series(project.out, project.private)
    project.decide(accept=["S01/1"])
    project.redo("S01/2", keep_time_of_day=True)
    assert project.decide(reject=shown, note="the nose shows") == deid.Decided(rejected=1, changed=2)
    assert project.waiting() == ["S01/2"]
    assert [series.place for series in deid.rejected_series(project.out, project.private)] == ["S02/1"]
    lying = deid.released_series(project.out, project.private)
    project.redo("S01/1", keep_time_of_day=True)
    assert project.decide(withdraw=lying) == deid.Decided(changed=1)
    assert project.waiting() == ["S01/1", "S01/2"]


def test_what_was_rejected_is_listed_with_its_last_note_until_it_is_made_again(project: Project) -> None:
    project.run()
    project.decide(reject=["S01/1", "S02/1"], note="the nose shows")
    project.decide(accept=["S01/2"])
    project.decide(withdraw=["S01/2"], note="the ear shows")
    with (project.private / "reviews.jsonl").open("a") as file:
        file.write('{"when": "cut off')
    rejected = deid.rejected_series(project.out, project.private)
    assert [(series.place, series.note, series.files) for series in rejected] == [
        ("S01/1", "the nose shows", ()),
        ("S01/2", "the ear shows", ()),
        ("S02/1", "the nose shows", ()),
    ]
    project.redo("S01/2")
    assert [series.place for series in deid.rejected_series(project.out, project.private)] == ["S01/1", "S02/1"]
    assert deid.rejected_series(project.out, project.private.with_name("nowhere")) == ()


def test_finished_series_wait_beside_the_output(project: Project) -> None:
    record = project.run()
    assert (record.released, record.held) == (0, 3)
    assert not project.out.exists()
    assert not staging_folder(project.out).exists()
    assert project.waiting() == ["S01/1", "S01/2", "S02/1"]
    for series in deid.held_series(project.out, project.private):
        assert len(series.files) == 4
        for file in series.files:
            image = pydicom.dcmread(series.folder / file)
            assert image.PatientID == series.place.split("/")[0]
            data = (series.folder / file).read_bytes().upper()
            assert not any(canary.encode() in data for canary in CANARIES)


def test_what_is_accepted_lies_in_the_output_as_a_run_would_have_written_it(project: Project, tmp_path: Path) -> None:
    project.run()
    assert project.decide(accept=["S01/2", "S02"]) == deid.Decided(accepted=2)
    assert project.waiting() == ["S01/1"]
    held = {name: (project.out / name).read_bytes() for name in project.released()}
    assert {name.split("/")[0] for name in held} == {"S01", "S02"}
    assert project.decide(accept=["S01"]).accepted == 1
    assert not held_folder(project.out).exists()
    straight = Project(tmp_path / "straight")
    straight.run(is_held=False)
    assert project.released() == straight.released()
    for name, data in held.items():
        assert (straight.out / name).read_bytes() == data


def test_heads_of_different_runs_tell_what_each_was_made_with(project: Project) -> None:
    project.run()
    project.redo("S01/2")
    first, second, third = deid.held_series(project.out, project.private)
    assert first.settings == third.settings == {"--policy": "research", "--deface": "none", "--text": "off"}
    assert second.settings == {**first.settings, "--text": "morph"}


def test_the_audit_agrees_with_what_was_accepted(project: Project) -> None:
    project.run()
    project.decide(accept=["S01"])
    report = deid.audit(project.out, original=project.source, private=project.private, key=KEY)
    assert [finding.message for finding in report.findings if finding.severity == "error"] == []
    assert [finding for finding in report.findings if finding.check == "record"] == []
    name = project.released()[0]
    data = bytearray((project.out / name).read_bytes())
    data[-1] ^= 1
    (project.out / name).write_bytes(data)
    found = deid.audit(project.out, private=project.private).findings
    assert any(finding.check == "record" and "changed after" in finding.message for finding in found)


def test_what_is_rejected_is_gone_and_not_made_again_by_the_same_settings(project: Project) -> None:
    project.run()
    assert project.decide(reject=["S01/1"], note="the nose shows").rejected == 1
    record = project.run()
    assert (record.held, record.left_out) == (2, 1)
    assert "rejected in a review" in next(s.reason for s in record.series if s.status is deid.Status.LEFT_OUT)
    again = project.run(keep_time_of_day=True)
    assert again.held == 3
    assert project.waiting() == ["S01/1", "S01/2", "S02/1"]


def test_who_decided_what_and_when_is_written_down(project: Project) -> None:
    project.run()
    project.decide(accept=["S02"], reject=["S01/1"], note="why")
    lines = [json.loads(line) for line in (project.private / "reviews.jsonl").read_text().splitlines()]
    assert [(line["what"], line["series"], line["note"]) for line in lines] == [
        ("accepted", "S02/1", "why"),
        ("rejected", "S01/1", "why"),
    ]
    assert all(line["who"] and line["when"].endswith("+00:00") for line in lines)


def test_what_waits_is_not_done_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from SlicerDeidLib.pipeline import run as room

    project.run()
    monkeypatch.setattr(room, "release_series", None)
    record = project.run()
    assert (record.held, sum(series.is_resumed for series in record.series)) == (3, 3)
    record = project.run(is_held=False)  # a run without --hold accepts nothing by itself
    assert (record.released, record.held) == (0, 3)


def test_other_settings_make_what_waits_anew(project: Project) -> None:
    project.run()
    before = {series.folder.name for series in deid.held_series(project.out, project.private)}
    record = project.run(keep_time_of_day=True)
    assert record.held == 3
    assert not any(series.is_resumed for series in record.series)
    assert {folder.name for folder in held_folder(project.out).iterdir()} == before  # the same series, nothing beside


def test_what_waits_and_is_damaged_is_made_anew(project: Project) -> None:
    project.run()
    first = deid.held_series(project.out, project.private)[0]
    (first.folder / first.files[0]).unlink()
    record = project.run()
    assert sum(not series.is_resumed for series in record.series) == 1
    assert record.held == 3


def test_an_accepted_series_is_known_to_later_runs(project: Project) -> None:
    project.run()
    project.decide(accept=["S01"])
    record = project.run()
    assert (record.released, record.held) == (2, 1)


def test_withdrawing_takes_a_released_series_out_again(project: Project) -> None:
    project.run(is_held=False)
    assert project.decide(withdraw=["S02/1"]).withdrawn == 1
    assert {name.split("/")[0] for name in project.released()} == {"S01"}
    record = project.run(is_held=False)
    assert (record.released, record.left_out) == (2, 1)


class Killed(BaseException):
    """What a killed process does not see."""


@pytest.mark.parametrize("deleted", range(5))
def test_a_withdrawal_that_is_killed_is_carried_to_its_end(
    project: Project, monkeypatch: pytest.MonkeyPatch, deleted: int
) -> None:
    project.run(is_held=False)
    unlink, done = Path.unlink, []

    def kill(path: Path, *args: Any, **options: Any) -> None:
        if project.out in path.parents:
            if len(done) == deleted:
                raise Killed
            done.append(path)
        unlink(path, *args, **options)

    monkeypatch.setattr(Path, "unlink", kill)
    if deleted < 4:
        with pytest.raises(Killed):
            project.decide(withdraw=["S02/1"])
    else:
        project.decide(withdraw=["S02/1"])
    monkeypatch.undo()
    record = project.run(is_held=False)
    assert (record.released, record.left_out) == (2, 1)
    assert {name.split("/")[0] for name in project.released()} == {"S01"}


def test_a_file_that_was_changed_while_it_waited_is_not_accepted(project: Project) -> None:
    project.run()
    series = deid.held_series(project.out, project.private)[0]
    file = series.folder / series.files[0]
    file.write_bytes(file.read_bytes()[:-2] + b"\1\1")
    with pytest.raises(OutputError, match="nothing was accepted"):
        project.decide(accept=["S01", "S02"])
    assert not project.out.exists()
    assert len(project.waiting()) == 3


def test_a_file_that_was_deleted_while_it_waited_is_told_and_nothing_is_accepted(project: Project) -> None:
    project.run()
    series = deid.held_series(project.out, project.private)[0]
    (series.folder / series.files[0]).unlink()
    with pytest.raises(OutputError, match="changed or deleted since they were made"):
        project.decide(accept=["S01", "S02"])
    assert not project.out.exists()
    assert project.decide(reject=[series.place]).rejected == 1
    assert project.decide(accept=["S02"]).accepted == 1


def test_nothing_is_accepted_into_an_output_that_holds_what_this_project_did_not_write(project: Project) -> None:
    project.run()
    project.out.mkdir()
    (project.out / ".hidden").write_bytes(b"")
    with pytest.raises(OutputError, match="holds 1 file, link or empty folder that this project did not write"):
        project.decide(accept=["S01"])
    assert [file.name for file in project.out.iterdir()] == [".hidden"]
    assert len(project.waiting()) == 3
    (project.out / ".hidden").unlink()
    assert project.decide(accept=["S01"]).accepted == 2


def test_a_list_of_what_waits_carries_out_nothing(project: Project) -> None:
    project.run()
    held = next(iter(Journal(project.private, project.out).held.values()))
    Journal(project.private, project.out).begin(held)  # another process is about to accept it
    before = (project.private / "journal.jsonl").read_bytes()
    deid.held_series(project.out, project.private)
    assert (project.private / "journal.jsonl").read_bytes() == before
    assert not project.out.exists()


def test_a_released_file_that_somebody_changed_is_not_withdrawn(project: Project) -> None:
    project.run(is_held=False)
    (project.out / project.released()[-1]).write_bytes(b"changed")
    with pytest.raises(OutputError, match="nothing was deleted"):
        project.decide(withdraw=["S02"], reject=[])
    assert len(project.released()) == 12


def test_starting_anew_forgets_what_waits_and_what_was_rejected(project: Project) -> None:
    project.run()
    project.decide(accept=["S02"], reject=["S01/1"])
    record = project.run(is_overwrite=True)
    assert record.held == 3
    assert not project.out.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"accept": ["S09"]}, {"reject": ["S01/3"]}, {"withdraw": ["S01"]}, {"accept": ["S01"], "reject": ["S01/2"]}],
)
def test_a_wrong_name_changes_nothing(project: Project, wrong: dict[str, list[str]]) -> None:
    project.run()
    with pytest.raises(PlanError):
        project.decide(**wrong)
    assert len(project.waiting()) == 3
    assert not (project.private / "reviews.jsonl").exists()


def test_a_disk_that_is_full_leaves_the_series_waiting(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()

    def full(folder: Path) -> list[Path]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(commits, "_make_folders", full)
        with pytest.raises(DiskError, match="full"):
            project.decide(accept=["S02"])
    assert "S02/1" in project.waiting()
    assert not project.out.exists()
    assert project.decide(accept=["S02"]).accepted == 1


def test_an_acceptance_that_was_cut_off_is_carried_to_its_end(project: Project) -> None:
    project.run()
    journal = Journal(project.private, project.out)
    held = next(h for h in journal.held.values() if h.place == "S02/1")
    journal.begin(held)
    folder = StagedSeries(project.out, held.token, is_held=True).folder
    first = held.files[0][0]
    (project.out / first).parent.mkdir(parents=True)
    (folder / first).rename(project.out / first)
    again = Journal(project.private, project.out)
    assert again.is_whole(again.released[held.token])
    assert held.token not in again.held
    assert len(project.released()) == 4


def test_what_a_killed_run_left_where_series_wait_does_no_harm(project: Project) -> None:
    project.run()
    first = deid.held_series(project.out, project.private)[0]
    journal = Journal(project.private, project.out)
    journal.withdraw(first.folder.name)  # as if the run had been killed before its journal knew
    assert project.run().held == 3


def test_the_most_doubtful_come_first(tmp_path: Path) -> None:
    out, private = tmp_path / "out", tmp_path / "private"
    private.mkdir()
    journal = Journal(private, out)
    cases = {"A": ({"facial_relief": 0.02}, False), "B": ({"facial_skin_kept": 0.019}, False), "C": ({}, True)}
    for number, (who, (measures, is_recognisable)) in enumerate(cases.items()):
        journal.mark_held(Entry(f"{number:016x}", "f", (), is_recognisable, (who, 0, 1), measures=measures))
    journal.mark_held(Entry("f" * 16, "f", (), False, ("D", 2, 1), measures={"facial_relief": 0.1}))
    found = deid.held_series(out, private)
    assert [series.place for series in found] == ["C/1", "B/1", "D/2/1", "A/1"]
    assert [round(series.doubt, 2) for series in found] == [1.0, 0.95, 0.5, 0.1]


@pytest.mark.parametrize(
    ("measures", "findings", "reason", "doubt"),
    [
        ({"skin_left": 0.015, "facial_relief": 0.05}, (), "skin_left", 0.75),
        ({"shell_left": 0.09}, (), "shell_left", 0.9),
        ({"outside_ml": 0.08}, (), "outside_ml", 0.8),
        ({"cavity_ml": 200.0, "enclosed": 0.9}, (), "cavity_ml", 0.5),
        ({"cavity_ml": 1400.0, "enclosed": 0.7}, (), "enclosed", 0.6),
        ({"facial_relief": 0.1}, ("3 places of text were masked",), "findings", 1.0),
    ],
)
def test_a_series_says_what_makes_it_doubtful(
    tmp_path: Path, measures: dict[str, float], findings: tuple[str, ...], reason: str, doubt: float
) -> None:
    series = deid.HeldSeries("A/1", tmp_path, (), measures, findings)
    assert next(iter(series.doubts)) == reason
    assert series.doubt == pytest.approx(doubt)


def test_a_head_that_lost_much_less_than_the_others_comes_first(tmp_path: Path) -> None:
    out, private = tmp_path / "out", tmp_path / "private"
    private.mkdir()
    journal = Journal(private, out)
    for number, removed_ml in enumerate((1000.0, 1100.0, 500.0, 900.0, 1000.0, 0.0)):
        measures = {"removed_ml": removed_ml}
        journal.mark_held(Entry(f"{number:016x}", "f", (), False, (f"P{number}", 0, 1), measures=measures))
    first, *others = deid.held_series(out, private)
    assert first.place == "P2/1"
    assert first.doubts == {"removed_ml": pytest.approx(1.0)}
    assert all(series.doubt < 0.2 for series in others)


def test_an_output_without_a_private_folder_has_nothing_waiting(tmp_path: Path) -> None:
    assert deid.held_series(tmp_path / "out", tmp_path / "none") == ()
    with pytest.raises(OutputError, match="private folder"):
        deid.decide(tmp_path / "out", tmp_path / "none", accept=["A"])


def test_a_private_folder_of_another_output_is_refused(project: Project) -> None:
    project.run()
    shutil.copytree(project.private, project.private.with_name("copy"))
    with pytest.raises(OutputError, match="belongs to another output"):
        deid.held_series(project.out.with_name("other"), project.private.with_name("copy"))


def test_held_entries_keep_their_record(project: Project) -> None:
    project.run()
    (held,) = (h for h in Journal(project.private, project.out).held.values() if h.place == "S02/1")
    assert held == replace(held)
    assert "stays recognisable" in " ".join(held.findings)


def test_a_head_that_waits_is_drawn_without_what_lies_beside_it(tmp_path: Path) -> None:
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_study

    lattice = Lattice(slices=30, spacing_mm=6.0, rows=96, columns=96, pixel_spacing_mm=2.6)
    paths = write_study(tmp_path / "bare", lattice=lattice, has_holder=False).paths
    names = tuple(path.name for path in paths)
    bare = deid.head_picture(deid.HeldSeries("A/1", tmp_path / "bare", names, {}, ()))
    assert bare.ndim == 2
    assert bare.shape[0] == bare.shape[1]
    assert 0.3 < (bare > 0).mean() < 0.95


def test_images_that_make_no_volume_are_drawn_as_they_are(tmp_path: Path) -> None:
    from ctseries import make_ct_series

    paths = make_ct_series(tmp_path, slices=3, step_mm=0.0, size=48)
    names = tuple(path.name for path in paths)
    picture = deid.head_picture(deid.HeldSeries("A/1", tmp_path, names, {}, ()))
    assert picture.shape == (48, 48)
    assert picture.max() == 255


def test_a_series_done_again_keeps_its_settings_whatever_later_runs_ask_for(project: Project) -> None:
    project.run()
    project.decide(accept=["S01"])
    record = project.redo("S01/2")
    assert {s.place: s.status.value for s in record.series} == {
        "S01, series 1": "left out",
        "S01, series 2": "held",
    }
    assert project.waiting() == ["S01/2", "S02/1"]
    assert not any("_002_" in name for name in project.released())
    project.decide(accept=["S01/2"])
    own = {name: (project.out / name).read_bytes() for name in project.released() if "_002_" in name}
    assert own
    again = project.run()
    assert {s.place: s.status.value for s in again.series} == {
        "S01, series 1": "released",
        "S01, series 2": "released",
        "S02, series 1": "held",
    }
    assert own == {name: (project.out / name).read_bytes() for name in own}


def test_a_series_that_waits_is_done_again_and_the_others_go_on_waiting(project: Project) -> None:
    def made() -> dict[str, str]:
        held = Journal(project.private, project.out, is_read_only=True).held.values()
        return {each.place: each.fingerprint for each in held}

    project.run()
    before = made()
    project.redo("S01/1")
    redone = made()
    assert {place for place in before if before[place] != redone[place]} == {"S01/1"}
    project.run()
    assert made() == redone


def test_a_later_rule_for_headers_holds_for_a_series_done_again_too(project: Project) -> None:
    project.run()
    project.redo("S01/1")
    project.decide(accept=["S01"])
    later = {s.place: s.status.value for s in project.run(keep_time_of_day=True).series}
    assert later == {"S01, series 1": "refused", "S01, series 2": "refused", "S02, series 1": "held"}


def test_nothing_is_done_again_that_is_not_there(project: Project) -> None:
    project.run()
    with pytest.raises(PlanError, match="--redo: 1 of the named series"):
        project.redo("S01/7")


def test_what_was_accepted_is_listed_with_its_doubts(project: Project) -> None:
    project.run()
    project.decide(accept=["S01"])
    released = deid.released_series(project.out, project.private)
    assert [series.place for series in released] == ["S01/1", "S01/2"]
    assert all((series.folder / file).is_file() for series in released for file in series.files)
    project.decide(withdraw=["S01/1"])
    assert [series.place for series in deid.released_series(project.out, project.private)] == ["S01/2"]


def test_an_output_without_its_private_folder_is_listed_by_its_files(project: Project, tmp_path: Path) -> None:
    project.run(is_held=False)
    listed = deid.released_series(project.out, tmp_path / "nowhere")
    assert [(series.place, len(series.files)) for series in listed] == [("S01/1", 4), ("S01/2", 4), ("S02/1", 4)]


@pytest.mark.parametrize("what", ["list of decisions", "journal"])
def test_a_decision_and_its_note_are_both_there_or_neither(
    project: Project, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    project.run()
    before = project.waiting()

    def full(*_arguments: object) -> None:
        raise DiskError("The disk of the private folder is full.")

    with monkeypatch.context() as patch:
        if what == "journal":
            patch.setattr(Journal, "reject", full)
        else:
            patch.setattr(review, "write_all", full)
        with pytest.raises(DiskError):
            deid.decide(project.out, project.private, reject=before, note="the nose shows")
    assert project.waiting() == before
    listed = project.private / "reviews.jsonl"
    assert not listed.exists() or not listed.read_text()
    deid.decide(project.out, project.private, reject=before[:1], note="the nose shows")
    (line,) = listed.read_text().splitlines()
    assert json.loads(line)["note"] == "the nose shows"
