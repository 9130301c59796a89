# SPDX-License-Identifier: Apache-2.0
"""Whom a row of the map names: by folder, by Patient ID or by accession number."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
import pytest
from ctseries import CANARIES, make_ct_series
from plant_identity import plant_series
from show_main_job import find_all, haystack
from SlicerDeidLib.discovery.walk import discover
from SlicerDeidLib.errors import MapError, OutputError, SeriesRefused
from SlicerDeidLib.identity.rows import Match
from SlicerDeidLib.identity.subjects import read_map
from SlicerDeidLib.model.instance import Stray
from SlicerDeidLib.model.plan import Plan, Verdict
from SlicerDeidLib.model.record import RunRecord
from SlicerDeidLib.pipeline.preview import open_preview
from SlicerDeidLib.pipeline.run import run, withheld_by
from SlicerDeidLib.planning.plan import plan
from SlicerDeidLib.policies.load import read_policy
from SlicerDeidLib.verification.audit import audit
from SlicerDeidLib.verification.report import write_run_report

KEY = b"k" * 32


class Project:
    """An input, its map, and what becomes of it; series of two small images."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self._map = folder / "map.csv"
        self.source.mkdir()
        policy = read_policy("research")
        self.policy = replace(
            policy, deface=replace(policy.deface, method="none"), text=replace(policy.text, mode="off")
        )

    def series(self, place: str, person: int, study: int = 1, **options: Any) -> None:
        """Write one series of a study with the accession number ``CANARYACC<person>-<study>``."""
        identity: dict[str, Any] = {
            "patient_id": f"CANARYPID{person}",
            "patient_name": f"CANARYFAMILY{person}^CANARYGIVEN{person}",
            "accession_number": f"CANARYACC{person}-{study}",
        }
        make_ct_series(self.source / place, slices=2, size=16, study=study, **{**identity, **options})

    def loose(self, person: int, study: int = 1, **options: Any) -> None:
        """Write a series straight into the input."""
        self.series("", person, study, file_name=f"L{person}-{study}-{{}}".format, **options)

    def plan(self, match: Match, *rows: str) -> Plan:
        self._map.write_text("\n".join(["Accession_number,De-identification_ID,Subject", *rows]) + "\n")
        subject_map = read_map(self._map, match=match)
        return plan(discover(self.source), self.policy, subject_map, private=self.private, key=KEY)

    def go(self, match: Match, *rows: str) -> RunRecord:
        made = self.plan(match, *rows)
        return run(made, self.out, is_synced=False, report=lambda record: write_run_report(record, made, self.private))

    def audited(self) -> list[str]:
        """Audit the output against the input; the findings that are worse than notes."""
        report = audit(self.out, original=self.source, private=self.private, key=KEY)
        return [f.message for f in report.findings if f.severity == "error" or "original of this series" in f.message]

    def folders(self) -> dict[str, set[str]]:
        """Return which accession numbers of the files lie below which folder of OUT."""
        found: dict[str, set[str]] = {}
        for path in self.out.rglob("*.dcm"):
            parts = path.relative_to(self.out).parts
            dataset = pydicom.dcmread(path)
            assert dataset.PatientID == parts[0]
            folder = "/".join(part for part in parts[:-1] if part.startswith(parts[0]))
            found.setdefault(folder, set()).add(dataset.AccessionNumber)
        return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def ids(made: Plan) -> dict[str, int]:
    """Return how many series each new ID has that will be released."""
    return Counter(s.subject.deidentification_id for s in made.series if s.verdict is Verdict.RELEASE)


def said(made: Plan, words: str) -> list[tuple[str, str]]:
    return [(p.severity, p.where) for p in made.problems if words in p.message]


def test_a_map_names_patients_by_one_of_three_things(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nA,B\n")
    with pytest.raises(MapError, match="folder, accession, patient-id"):
        read_map(tmp_path / "map.csv", match="name")  # type: ignore[arg-type]


def test_a_table_of_dicat_names_folders_only(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("/data/F1,P1,1950-01-01,M\n")
    with pytest.raises(MapError, match="names folders"):
        read_map(tmp_path / "map.csv", match="accession")


# by Patient ID


def test_a_patient_id_names_a_folder_and_loose_files_each(project: Project) -> None:
    project.series("any name", 1)
    project.loose(2)
    assert ids(project.plan("patient-id", "CANARYPID1,H-1", "CANARYPID2,H-2")) == {"H-1": 1, "H-2": 1}


def test_folders_and_loose_files_of_one_patient_id_are_serial_scans(project: Project) -> None:
    project.series("F1", 1)
    project.series("F2", 1, 2)
    project.loose(1, 3)
    record = project.go("patient-id", "CANARYPID1,H-1")
    assert (record.released, record.refused) == (3, 0)
    assert project.folders() == {"H-1/H-1-1": {"H-1-1"}, "H-1/H-1-2": {"H-1-2"}, "H-1/H-1-3": {"H-1-3"}}
    assert project.audited() == []


def test_scans_of_one_row_are_not_called_what_another_row_says(project: Project) -> None:
    project.series("F1", 1)
    project.series("F2", 1, 2)
    project.series("F3", 3)
    (error,) = project.plan("patient-id", "CANARYPID1,H-1", "CANARYPID3,H-1-2").errors
    assert "serial scan" in error.message


def test_the_patient_id_of_most_images_names_a_mixed_folder(project: Project) -> None:
    project.series("F1/a", 1)
    project.series("F1/b", 1, series=2)
    project.series("F1/c", 2)
    made = project.plan("patient-id", "CANARYPID1,H-1", "CANARYPID2,H-2")
    assert ids(made) == {"H-1": 2}
    assert [s.reason for s in made.series if "another patient" in s.reason]
    assert said(made, "names no Patient ID") == [("warning", "line 3")]


def test_a_folder_with_as_many_images_of_one_patient_id_as_of_another_is_nobodys(project: Project) -> None:
    project.series("F1/a", 1)
    project.series("F1/b", 2)
    made = project.plan("patient-id", "CANARYPID1,H-1", "CANARYPID2,H-2")
    assert made.series == ()
    assert said(made, "No Patient ID is that of most") == [("warning", "folder 1 of 1")]


def test_images_without_patient_id_are_nobodys(project: Project) -> None:
    project.series("F1", 1, patient_id="")
    project.loose(2, patient_id="")
    made = project.plan("patient-id", "CANARYPID1,H-1")
    assert made.series == ()
    assert len(said(made, "No Patient ID")) == 2


@pytest.mark.parametrize("subject", ["", "S1"])
def test_a_patient_id_of_two_issuers_is_refused(project: Project, subject: str) -> None:
    project.series("F1", 1, set_values={"IssuerOfPatientID": "CANARY-A"})
    project.series("F2", 1, 2, set_values={"IssuerOfPatientID": "CANARY-B"})
    made = project.plan("patient-id", f"CANARYPID1,H-1,{subject}")
    assert not made.errors
    assert {s.verdict for s in made.series} == {Verdict.REFUSE}
    assert all("Patient ID is also that of images of another patient" in s.reason for s in made.series)


def test_spaces_and_encoding_of_a_patient_id_do_not_count_but_zeros_do(project: Project) -> None:
    project.series("F1", 1, patient_id="M\u00fcl 1", set_values={"SpecificCharacterSet": "ISO_IR 192"})
    project.series("F2", 2, patient_id="0004815")
    made = project.plan("patient-id", " Mu\u0308l 1 ,H-1", "4815,H-2")
    assert ids(made) == {"H-1": 1}
    (hint,) = [p.message for p in made.problems if p.where == "line 3"]
    assert "the Patient ID of folder 2 of 2 would be it but for leading zeros" in hint


@pytest.mark.parametrize("ways", [("folder", "patient-id"), ("patient-id", "folder")])
def test_folder_and_patient_id_may_take_turns_but_no_released_id_changes(
    project: Project, ways: tuple[Match, Match]
) -> None:
    originals: dict[Match, str] = {"folder": "F1", "patient-id": "CANARYPID1"}
    project.series("F1", 1)
    project.go(ways[0], f"{originals[ways[0]]},H-1")
    assert [s.is_resumed for s in project.go(ways[1], f"{originals[ways[1]]},H-1").series] == [True]
    assert len(project.plan(ways[1], f"{originals[ways[1]]},H-2").errors) == 1


def test_a_released_patient_id_keeps_its_new_id_in_other_folders(project: Project) -> None:
    project.series("F1", 1)
    project.go("patient-id", "CANARYPID1,H-1")
    shutil.rmtree(project.source / "F1")
    project.series("F2", 1, 2)
    assert len(said(project.plan("patient-id", "CANARYPID1,H-2"), "never changes")) == 1
    assert ids(project.plan("patient-id", "CANARYPID1,H-1")) == {"H-1": 1}


# by accession number


def test_an_accession_number_names_a_part_of_a_folder(project: Project) -> None:
    project.series("F1/CT", 1, 1)
    project.series("F1/CT2", 1, 2)
    project.series("F1/CT3", 1, 3)
    record = project.go("accession", "CANARYACC1-1,H-1", "CANARYACC1-2,H-1", "CANARYACC1-3,K-9,")
    assert (record.released, record.refused) == (3, 0)
    assert project.folders() == {"H-1/H-1-1": {"H-1-1"}, "H-1/H-1-2": {"H-1-2"}, "K-9": {"K-9"}}
    assert project.audited() == []


def test_files_of_several_accession_numbers_in_one_sub_folder_part(project: Project) -> None:
    for study in (1, 2):
        project.series("F1/CT", 1, study, file_name=f"{study}-{{}}".format)
    assert project.go("accession", "CANARYACC1-1,H-1", "CANARYACC1-2,H-1").released == 2
    assert project.folders() == {"H-1/H-1-1": {"H-1-1"}, "H-1/H-1-2": {"H-1-2"}}
    assert len(list(project.out.rglob("*.dcm"))) == 4
    assert project.audited() == []


def test_one_patient_id_under_several_new_ids_is_said(project: Project) -> None:
    project.series("F1/a", 1, 1)
    project.series("F1/b", 1, 2)
    made = project.plan("accession", "CANARYACC1-1,H-1", "CANARYACC1-2,H-2")
    assert ids(made) == {"H-1": 1, "H-2": 1}
    assert said(made, "several new IDs") == [("warning", "H-1, H-2")]


def test_what_has_no_accession_number_or_none_that_has_a_row_is_left_alone(project: Project) -> None:
    project.series("F1/a", 1, 1)
    project.series("F1/b", 1, 2)
    project.series("F1/c", 1, 3, accession_number="")
    made = project.plan("accession", "CANARYACC1-1,H-1", "CANARYACC9,H-9")
    assert [len(made.series), ids(made)] == [1, {"H-1": 1}]
    assert said(made, "without an accession number") == [("warning", "folder 1 of 1")]
    assert said(made, "has no row in the map") == [("warning", "folder 1 of 1")]
    assert said(made, "names no accession number") == [("warning", "line 3")]


def test_what_is_left_alone_of_a_folder_counts_as_withheld_for_its_objects(project: Project) -> None:
    project.series("F1/a", 1, 1)
    project.series("F1/b", 1, 2)
    project.series("F2", 2)
    made = project.plan("accession", "CANARYACC1-1,H-1")
    left = made.index.patients[0].series[1]
    assert withheld_by(made) == {instance.sop_instance_uid for instance in left.instances}


def test_a_series_of_several_accession_numbers_is_left_alone(project: Project) -> None:
    def change(dataset: Any, k: int) -> None:
        dataset.AccessionNumber = f"CANARYACC1-{k + 1}"

    project.series("F1", 1, change=change)
    made = project.plan("accession", "CANARYACC1-1,H-1", "CANARYACC1-2,H-2")
    assert made.series == ()
    assert said(made, "have several accession numbers") == [("warning", "folder 1 of 1")]


@pytest.mark.parametrize("places", [("F1/a", "F2/a"), ("F1/a", "F1/b"), ("F1/a", "")])
@pytest.mark.parametrize("subject", ["", "S1"])
def test_an_accession_number_under_two_patient_ids_is_refused(
    project: Project, places: tuple[str, str], subject: str
) -> None:
    project.series(places[0], 1, accession_number="CANARYACC")
    project.series(places[1], 2, accession_number="CANARYACC", file_name="x{}".format)
    project.series("F3", 3)
    made = project.plan("accession", f"CANARYACC,H-1,{subject}", "CANARYACC3-1,H-3")
    assert not made.errors
    assert ids(made) == {"H-3": 1}
    assert sum(s.verdict is Verdict.REFUSE for s in made.series) == 2


def test_an_accession_number_in_two_folders_of_one_person_is_two_scans(project: Project) -> None:
    project.series("F1/CT", 1)
    project.series("F2/CT", 1, series=2)
    assert project.go("accession", "CANARYACC1-1,H-1").released == 2
    assert project.folders() == {"H-1/H-1-1": {"H-1-1"}, "H-1/H-1-2": {"H-1-2"}}
    assert project.audited() == []


def test_another_patients_images_in_a_folder_are_refused_although_their_accession_number_has_a_row(
    project: Project,
) -> None:
    project.series("F1/a", 1)
    project.series("F1/b", 1, 2)
    project.series("F1/c", 2)
    made = project.plan("accession", "CANARYACC1-1,H-1", "CANARYACC1-2,H-1", "CANARYACC2-1,H-2")
    assert not made.errors
    assert ids(made) == {"H-1": 2}
    assert [s.subject.deidentification_id for s in made.series if "another patient" in s.reason] == ["H-2"]
    assert said(made, "several new IDs") == []


@pytest.mark.parametrize(("second", "is_refused"), [("K-2", True), ("H-1", False)])
def test_a_study_does_not_stand_under_two_new_ids(project: Project, second: str, is_refused: bool) -> None:
    for series, number in enumerate(("CANARYA", "CANARYB"), start=1):
        project.series(f"F1/{series}", 1, series=series, accession_number=number)
    record = project.go("accession", "CANARYA,H-1", f"CANARYB,{second}")
    assert [("several accession numbers" in series.reason) for series in record.series] == [is_refused] * 2
    assert is_refused or project.audited() == []


def test_each_part_of_a_folder_gets_the_dicomdir_of_the_folder(project: Project) -> None:
    for study in (1, 2, 3):
        project.series(f"F1/CT{study}", 1, study)
    index = project.plan("accession", "CANARYACC1-1,H-1", "CANARYACC1-2,H-1", "CANARYACC1-3,K-9").index
    strays = (Stray(Path("F1/DICOMDIR"), "DICOMDIR", "", 1), Stray(Path("F1/CT2/DICOMDIR"), "DICOMDIR", "", 1))
    rows = read_map(project.source.parent / "map.csv", match="accession")
    made = plan(replace(index, strays=strays), project.policy, rows, key=KEY, dicomdir="rebuild")
    second = next(series for series in made.series if series.subject.scan == 2).targets[0].rpartition("/")[0]
    assert made.file_sets is not None
    assert set(made.file_sets) == {"H-1/H-1-1", "H-1/H-1-2", second, "K-9"}
    assert all(len(names) == 1 for names in made.ledger.folders.values())


def test_loose_files_are_named_by_accession_number_too(project: Project) -> None:
    for person, study in ((1, 1), (1, 2), (2, 1)):
        project.loose(person, study)
    record = project.go("accession", "CANARYACC1-1,H-1", "CANARYACC1-2,K-2", "CANARYACC2-1,L-3")
    assert (record.released, record.refused) == (3, 0)
    assert project.folders() == {"H-1": {"H-1"}, "K-2": {"K-2"}, "L-3": {"L-3"}}
    assert project.audited() == []


def test_loose_files_without_a_patient_id_are_refused(project: Project) -> None:
    project.loose(1, patient_id="")
    (series,) = project.plan("accession", "CANARYACC1-1,H-1").series
    assert "loose files without a Patient ID" in series.reason


def test_without_a_map_loose_files_without_a_patient_id_are_refused_with_a_reason(project: Project) -> None:
    project.loose(1, patient_id="")
    project.loose(2)
    made = plan(discover(project.source), project.policy, key=KEY)
    assert [series.verdict for series in made.series] == [Verdict.REFUSE, Verdict.RELEASE]
    assert "loose files without a Patient ID" in made.series[0].reason


def test_an_accession_number_that_lost_its_zeros_is_told_so(project: Project) -> None:
    project.series("F1", 1, accession_number="0004815")
    made = project.plan("accession", "4815,H-1")
    assert made.series == ()
    (message,) = [p.message for p in made.problems if p.where == "line 2"]
    assert "an accession number of folder 1 of 1 would be it but for leading zeros" in message
    assert "4815" not in message


def test_late_accession_numbers_join_as_the_next_scan(project: Project) -> None:
    project.series("F1/a", 1, 1)
    project.go("accession", "CANARYACC1-1,H-1")
    project.series("F1/b", 1, 2)
    record = project.go("accession", "CANARYACC1-1,H-1", "CANARYACC1-2,H-1")
    assert [s.is_resumed for s in record.series] == [True, False]
    assert project.folders() == {"H-1": {"H-1"}, "H-1/H-1-2": {"H-1-2"}}


def test_a_large_late_study_of_another_person_does_not_take_the_folder_over(project: Project) -> None:
    project.series("F1/a", 1)
    project.go("accession", "CANARYACC1-1,H-1")
    for series in (1, 2, 3):
        project.series(f"F1/late{series}", 2, series=series)
    made = project.plan("accession", "CANARYACC1-1,H-1", "CANARYACC2-1,H-2")
    assert not made.errors
    assert ids(made) == {"H-1": 1}


@pytest.mark.parametrize("folder", ["F1", "F2"])
def test_a_released_accession_number_never_changes_its_id(project: Project, folder: str) -> None:
    project.series("F1/a", 1)
    project.go("accession", "CANARYACC1-1,H-1")
    shutil.rmtree(project.source)
    project.series(f"{folder}/a", 1, series=2)
    assert len(said(project.plan("accession", "CANARYACC1-1,K-9"), "never changes")) == 1


@pytest.mark.parametrize("ways", [("accession", "folder"), ("folder", "accession"), ("accession", "patient-id")])
def test_a_private_folder_serves_accession_numbers_or_folders(project: Project, ways: tuple[Match, Match]) -> None:
    originals: dict[Match, str] = {"folder": "F1", "patient-id": "CANARYPID1", "accession": "CANARYACC1-1"}
    project.series("F1", 1)
    project.go(ways[0], f"{originals[ways[0]]},H-1")
    with pytest.raises(OutputError, match="matched otherwise"):
        project.plan(ways[1], f"{originals[ways[1]]},H-1")


def test_images_that_move_to_another_accession_number_are_not_released_again(project: Project) -> None:
    project.series("F1", 1)
    project.go("accession", "CANARYACC1-1,H-1")
    shutil.rmtree(project.source)
    project.series("F1", 1, accession_number="CANARYACC7")
    (series,) = project.plan("accession", "CANARYACC7,K-7").series
    assert "released before" in series.reason


@pytest.mark.shows_originals
def test_a_new_id_that_holds_another_accession_number_of_the_folder_is_an_error(project: Project) -> None:
    project.series("F1/a", 1)
    project.series("F1/b", 1, accession_number="X774189", study=2)
    assert project.plan("accession", "CANARYACC1-1,H-774189").errors


def test_a_preview_opens_the_series_of_one_accession_number(project: Project) -> None:
    project.series("F1/a", 1, 1)
    project.series("F1/b", 1, 2, modality="OT", sop_class_uid="1.2.840.10008.5.1.4.1.1.7")
    made = project.plan("accession", "CANARYACC1-1,H-1", "CANARYACC1-2,K-2")
    for planned in made.series:
        assert planned.series.number == 1
    subject_map = read_map(project.source.parent / "map.csv", match="accession")
    place = (project.source, "F1", 1, project.policy, subject_map)
    open_preview(*place, key=KEY, original="CANARYACC1-1")
    assert made.series[1].subject.original == "CANARYACC1-2"
    second = open_preview(*place, key=KEY, original="CANARYACC1-2")
    with pytest.raises(SeriesRefused):
        list(second.looks(read_policy("safe-harbor")))


@pytest.mark.parametrize("match", ["accession", "patient-id"])
def test_nothing_of_the_originals_is_in_the_output_nor_in_what_is_said(project: Project, match: Match) -> None:
    project.series("CANARYFOLDER/CANARYSUB", 1, 1)
    project.series("CANARYFOLDER/CANARYSUB2", 1, 2)
    project.loose(2)
    row = {"accession": "CANARYACC1-1,H-1\nCANARYACC1-2,H-1\nCANARYACC2-1,K-2", "patient-id": "CANARYPID1,H-1"}
    record = project.go(match, row[match])
    assert record.released >= 2
    made = project.plan(match, row[match])
    texts = [repr(made), *(p.where + p.message for p in made.problems), *(s.reason for s in made.series)]
    for path in project.out.rglob("*"):
        texts += [path.name] + ([path.read_bytes().decode("latin-1")] if path.is_file() else [])
    assert not [canary for canary in CANARIES for text in texts if canary in text.upper()]


@pytest.mark.real_data
@pytest.mark.parametrize("match", ["accession", "patient-id"])
def test_no_value_planted_into_real_files_comes_out(
    project: Project, real_data: Path, tmp_path: Path, match: Match
) -> None:
    """One patient's files lie in a folder that the map does not name, another's loose at the top."""
    place = real_data / "neurolabusc_dcm_qa_ct" / "In" / "GE"
    plants = [plant_series(place, tmp_path / f"planted{seed}", seed, every=7) for seed in (1, 2)]
    first = next((tmp_path / "planted1").iterdir())
    first.rename(project.source / first.name)
    for path in (tmp_path / "planted2").rglob("*"):
        if path.is_file():
            path.rename(project.source / path.name)
    index = discover(project.source)
    word = "accession_number" if match == "accession" else "patient_id"
    names = [getattr(patient.series[0].instances[0], word) for patient in index.patients]
    record = project.go(match, *(f"{name},HEAD-00{number}" for number, name in enumerate(names, start=1)))
    assert (record.released, record.refused) == (2, 0)
    needles = {needle for plant in plants for needle in plant.needles()}
    assert find_all(needles, (data for _, data in haystack(project.source))) > {names[0].encode(), names[1].encode()}
    assert find_all(needles, (data for _, data in haystack(project.out))) == set()
    assert project.audited() == []
