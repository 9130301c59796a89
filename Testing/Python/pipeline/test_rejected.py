# SPDX-License-Identifier: Apache-2.0
"""What was only rejected binds nobody to an ID, so that a list can be mended; what was released does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest
import SlicerDeidLib as deid
from heldproject import KEY, Project
from SlicerDeidLib.errors import PlanError
from SlicerDeidLib.output.journal import Journal

BOUND = "released under another ID before, or waits to be"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """What waits under a list whose rows were mixed up."""
    project = Project(tmp_path)
    write(project, S01="CANARYFOLDER2", S02="CANARYFOLDER1")
    project.run()
    return project


def write(project: Project, **folders: str) -> None:
    rows = [f"{folder},{new}" for new, folder in folders.items()]
    project.map.write_text("\n".join(["Accession_number,De-identification_ID", *rows, ""]))


def mend(project: Project) -> None:
    write(project, S01="CANARYFOLDER1", S02="CANARYFOLDER2")


def test_a_list_whose_rows_were_mixed_up_is_mended_when_all_was_rejected(project: Project) -> None:
    project.decide(reject=["S01", "S02"])
    mend(project)
    record = project.run()
    assert (record.held, record.refused, record.left_out) == (3, 0, 0)
    assert project.waiting() == ["S01/1", "S01/2", "S02/1"]
    project.decide(accept=["S01", "S02"])
    images = [pydicom.dcmread(project.out / name) for name in project.released()]
    assert {image.AccessionNumber for image in images} == {"S01", "S02"}
    report = deid.audit(project.out, original=project.source, private=project.private, key=KEY)
    assert [finding.message for finding in report.findings if finding.severity == "error"] == []


def test_scans_that_were_one_persons_by_mistake_are_numbered_anew(project: Project) -> None:
    project.decide(reject=["S01", "S02"])
    rows = "CANARYFOLDER1,S03,one\nCANARYFOLDER2,S03,one\n"
    project.map.write_text(f"Accession_number,De-identification_ID,Subject\n{rows}")
    project.run()
    assert project.waiting() == ["S03/1/1", "S03/1/2", "S03/2/1"]
    project.decide(reject=["S03"])
    mend(project)
    project.run()
    assert project.waiting() == ["S01/1", "S01/2", "S02/1"]


def test_what_still_waits_under_an_id_binds(project: Project) -> None:
    project.decide(reject=["S01", "S02/1"])
    mend(project)
    with pytest.raises(PlanError, match=BOUND):
        project.run()


@pytest.mark.parametrize("purged", [(), ("journal",)])
def test_what_was_released_binds_although_it_was_withdrawn_since(project: Project, purged: tuple[str, ...]) -> None:
    project.decide(accept=["S02"])
    project.decide(withdraw=["S02"], reject=["S01"])
    deid.purge(project.out, project.private, purged)
    if purged:
        project.run()  # a new journal, in which S02 was never released
        project.decide(reject=["S01", "S02"])
    mend(project)
    with pytest.raises(PlanError, match=BOUND):
        project.run()


def test_an_id_is_free_when_its_run_was_killed_before_anything_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: Any) -> None:
        raise Killed

    project = Project(tmp_path)
    write(project, S01="CANARYFOLDER2", S02="CANARYFOLDER1")
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "hold", kill)
        with pytest.raises(Killed):
            project.run()
    mend(project)
    assert project.run().held == 3
