# SPDX-License-Identifier: Apache-2.0
"""A kill at any step of a run or a review leaves no zip unfinished in OUT, and the next run ends what was begun."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import SlicerDeidLib as deid
from ctseries import make_patient
from SlicerDeidLib.output import commits, journalfile
from SlicerDeidLib.output.staging import held_folder, staging_folder
from zipcases import files_below, pack_two

KEY = b"k" * 32


@cache
def policy(*, keep_time_of_day: bool = False) -> deid.Policy:
    rules = deid.read_policy("research")
    return deid.with_choices(rules, deface="none", text="off", keep_time_of_day=keep_time_of_day)


class Project:
    """One patient with two series in a zip, and a loose one."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        make_patient(self.source, "CANARYFOLDER1", series=3, slices=1)
        pack_two(self.source / "CANARYFOLDER1")
        self.map = folder / "map.csv"
        self.map.write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\n")

    def run(self, *, leave_out: tuple[str, ...] = (), **options: Any) -> deid.RunRecord:
        rows = deid.read_map(self.map)
        plan = deid.plan(deid.discover(self.source), policy(), rows, key=KEY, private=self.private, leave_out=leave_out)
        return deid.run(plan, self.out, is_synced=False, **options)

    def redo(self) -> deid.RunRecord:
        """Do a series again with other settings."""
        index, rows = deid.discover(self.source), deid.read_map(self.map)
        plan = deid.plan(index, policy(keep_time_of_day=True), rows, key=KEY, private=self.private, only=("S01/1",))
        return deid.run(plan, self.out, is_synced=False, is_redone=True)

    def decide(self, **what: Any) -> deid.Decided:
        return deid.decide(self.out, self.private, **what)

    def files(self) -> dict[str, bytes]:
        return files_below(self.out)

    def clear(self) -> None:
        for folder in (self.out, self.private, staging_folder(self.out), held_folder(self.out)):
            shutil.rmtree(folder, ignore_errors=True)


class Killed(BaseException):
    """What no part of the program catches."""


def kill_after(steps: int, patch: pytest.MonkeyPatch) -> None:
    """Let everything that changes a file or folder of the output, or the journal, fail from a step on."""
    count = 0

    def counted(function: Callable[..., Any], is_meant: Callable[..., bool] = lambda *_: True) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            if is_meant(*arguments):
                count += 1
                if count > steps:
                    raise Killed
            return function(*arguments, **options)

        return step

    def half_written(path: Path, sources: Mapping[str, Path]) -> None:
        nonlocal count
        count += 1
        if count > steps:
            if count == steps + 1:
                with zipfile.ZipFile(path, "w") as packed:
                    packed.writestr("half", "x")
                path.write_bytes(path.read_bytes()[:30])
            raise Killed
        write_zip(path, sources)

    write_zip = commits.write_zip
    patch.setattr(commits, "write_zip", half_written)
    patch.setattr(journalfile.JournalFile, "append", counted(journalfile.JournalFile.append))
    for owner, name in ((os, "rename"), (os, "utime"), (Path, "replace"), (Path, "rename"), (shutil, "rmtree")):
        patch.setattr(owner, name, counted(getattr(owner, name)))
    patch.setattr(Path, "unlink", counted(Path.unlink, lambda path, *_: path.suffix in (".zip", ".dcm")))


SCENES: dict[str, tuple[Callable[[Project], object], Callable[[Project], object]]] = {
    "a run": (lambda _: None, lambda project: project.run()),
    "a late series": (lambda project: project.run(leave_out=("S01/1",)), lambda project: project.run()),
    "anew": (lambda project: project.run(), lambda project: project.run(is_overwrite=True)),
    "waiting": (lambda _: None, lambda project: project.run(is_held=True)),
    "acceptance": (lambda project: project.run(is_held=True), lambda project: project.decide(accept=["S01"])),
    "again": (lambda project: project.run(), lambda project: project.redo()),
    "withdrawal": (lambda project: project.run(), lambda project: project.decide(withdraw=["S01/2"])),
    "withdrawal of the last one": (
        lambda project: project.run(leave_out=("S01/1",)),
        lambda project: project.decide(withdraw=["S01/2"]),
    ),
}


@pytest.mark.parametrize("what", SCENES)
def test_a_kill_at_any_step_is_mended_by_the_next_run(tmp_path: Path, what: str) -> None:
    before, work = SCENES[what]
    project = Project(tmp_path)
    project.run()
    whole = project.files()
    project.redo()
    redone = project.files()
    assert redone.keys() == whole.keys()
    assert redone != whole
    less = {name: data for name, data in whole.items() if "/S01_002_" not in name}
    ends = [whole, {"again": redone}.get(what, less if what.startswith("withdrawal") else whole)]
    steps, is_killed = 0, True
    while is_killed:
        steps += 1
        project.clear()
        before(project)
        with pytest.MonkeyPatch.context() as patch:
            kill_after(steps, patch)
            try:
                work(project)
                is_killed = False
            except Killed:
                pass
        assert project.files().items() <= whole.items() | redone.items()
        project.run(is_held=what == "waiting")
        waiting = deid.held_series(project.out, project.private)
        if waiting:
            project.decide(accept=[one.place for one in waiting])
        assert project.files() in ends
        assert not staging_folder(project.out).exists()
        assert not held_folder(project.out).exists()
    assert steps > 2
    assert deid.audit(project.out).findings == ()
