# SPDX-License-Identifier: Apache-2.0
"""What was only rejected binds nobody to an ID, so that a list can be mended; what was released does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import make_patient
from heldproject import KEY, Project
from SlicerDeidLib.errors import PlanError
from SlicerDeidLib.output.entry import Entry
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.ledger import write_ledger
from SlicerDeidLib.output.staging import StagedSeries
from SlicerDeidLib.pipeline import finishing
from SlicerDeidLib.pipeline.finishing import Finishing

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


class Killed(BaseException):
    """A stop after which nothing is carried to its end."""


def test_an_id_is_free_when_its_run_was_killed_before_anything_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_a_run_that_was_killed_binds_only_whom_something_waits_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(journal: Journal, entry: Entry, staged: StagedSeries) -> None:
        if entry.key[0] == "S02":
            raise Killed
        whole(journal, entry, staged)

    project, whole = Project(tmp_path), Journal.hold
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "hold", kill)
        patch.setattr(Finishing, "end", lambda _: [])  # nor is the ledger written when the run ends
        with pytest.raises(Killed):
            project.run()
    write(project, S01="CANARYFOLDER1", S03="CANARYFOLDER2")
    assert project.run().held == 3
    write(project, S04="CANARYFOLDER1", S03="CANARYFOLDER2")
    with pytest.raises(PlanError, match=BOUND):
        project.run()


def test_the_ledger_is_written_as_often_for_many_patients_as_for_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, written = Project(tmp_path), []
    monkeypatch.setattr(finishing, "write_ledger", lambda *both: written.append(write_ledger(*both)))
    for number in range(3, 7):
        make_patient(project.source, f"CANARYFOLDER{number}", number=number)
    write(project, **{f"S0{number}": f"CANARYFOLDER{number}" for number in range(1, 7)})
    assert project.run().held == 7
    assert len(written) == 2
