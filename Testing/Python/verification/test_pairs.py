# SPDX-License-Identifier: Apache-2.0
"""Originals are found by geometry, then by voxels, and nothing is compared with a wrong one."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pydicom
import pytest
from faults import found
from pydicom.data import get_testdata_file
from SlicerDeidLib.verification import glimpses, pairs, pixels
from SlicerDeidLib.verification.audit import audit
from SlicerDeidLib.verification.recorded import FORMAT

NEW_ID, FOLDER = "DEID-0007", "Quavexthul_Zormox 48151623"  # as the fixture has them


def twin(case, *, has_own_voxels: bool) -> None:
    """Add another original patient whose slices lie where the first one's lie."""
    folder = case.original / "Kelbsiv Another"
    shutil.copytree(next(case.original.iterdir()), folder)
    for number, path in enumerate(sorted(folder.rglob("*.dcm"))):
        dataset = pydicom.dcmread(path)
        dataset.PatientID, dataset.SeriesInstanceUID = "OTHER-77", "1.2.826.0.1.3680043.8.498.555"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = (
            f"1.2.826.0.1.3680043.8.498.666.{number}"
        )
        dataset.StudyDate = "20170101"
        if has_own_voxels:
            dataset.PixelData = np.full((16, 16), number, np.int16).tobytes()
        dataset.save_as(path)


def report_of_the_run(private) -> None:
    """Write what the run says of the one released series."""
    series = {"status": "released", "patient": NEW_ID, "scan": 0, "series": 1, "original folder": FOLDER, "files": []}
    (private / "report.json").write_text(json.dumps({"format": FORMAT, "series": [series]}), encoding="utf-8")


def test_two_patients_at_the_same_place_are_told_apart_by_their_voxels(case):
    twin(case, has_own_voxels=True)
    report = audit(case.out, original=case.original)
    assert report.findings == ()
    assert report.measures["voxels changed"] == 0


def test_series_that_cannot_be_told_apart_are_said_and_not_compared(case):
    twin(case, has_own_voxels=False)
    report = audit(case.out, original=case.original)
    assert [f.severity for f in report.findings] == ["warning"]
    assert "could not be told" in report.findings[0].message
    assert "voxels compared" not in report.measures


def test_series_that_only_the_runs_report_tells_apart_are_compared(case, tmp_path):
    twin(case, has_own_voxels=False)
    report_of_the_run(tmp_path)
    report = audit(case.out, original=case.original, private=tmp_path)
    assert {f.check for f in report.findings} == {"record"}
    assert report.measures["voxels compared"] == 4 * 16 * 16


def test_an_original_that_is_not_there_any_more_is_said_and_no_other_one_is_taken_for_it(case, tmp_path):
    twin(case, has_own_voxels=True)
    report_of_the_run(tmp_path)
    shutil.rmtree(case.original / FOLDER)
    report = audit(case.out, original=case.original, private=tmp_path)
    said = [(f.severity, f.message) for f in report.findings if f.check != "record"]
    assert [severity for severity, _ in said] == ["warning"]
    assert "is not in this folder of originals" in said[0][1]
    assert "voxels compared" not in report.measures


def test_an_original_folder_that_holds_other_images_now_is_an_error(case, tmp_path):
    twin(case, has_own_voxels=True)
    report_of_the_run(tmp_path)
    shutil.rmtree(case.original / FOLDER)
    (case.original / FOLDER).mkdir()
    report = audit(case.out, original=case.original, private=tmp_path)
    assert ("error", "pixels") in {(f.severity, f.check) for f in report.findings}


NUMBERS = {
    "AcquisitionNumber": lambda dataset: setattr(dataset, "AcquisitionNumber", 77),
    "InstanceNumber": lambda dataset: setattr(dataset, "InstanceNumber", int(dataset.InstanceNumber) + 40),
}


@pytest.mark.parametrize("keyword", NUMBERS)
@pytest.mark.parametrize("is_in_all", [True, False])
def test_a_number_that_was_changed_keeps_no_series_from_being_compared(case, keyword, is_in_all):
    def change(dataset) -> None:
        NUMBERS[keyword](dataset)
        dataset.StudyDate, dataset.StudyTime = "20190312", "140509"

    (case.change_all if is_in_all else case.change)(change)
    assert ("error", "dates", "(0008,0020)") in found(case, original=case.original)


def test_an_image_that_was_moved_is_compared_with_its_original(case):
    case.change(lambda dataset: setattr(dataset, "ImagePositionPatient", [1, 2, 3]), 2)
    assert found(case, original=case.original) == {("error", "pixels", "")}


def test_a_series_without_an_original_is_an_error(case):
    case.change_all(lambda dataset: setattr(dataset, "ImagePositionPatient", [1, 2, 3 * dataset.InstanceNumber]))
    report = audit(case.out, original=case.original)
    assert [(f.severity, f.check) for f in report.findings] == [("error", "pixels")]
    assert "could not be told" in report.findings[0].message


def test_images_that_share_place_and_number_are_said_and_not_compared(case):
    for path in [*sorted(case.original.rglob("*.dcm"))[1:3], case.file(2), case.file(3)]:
        times = path.stat()
        dataset = pydicom.dcmread(path)
        dataset.InstanceNumber, dataset.ImagePositionPatient = 2, [0, 0, 9]
        dataset.save_as(path)
        os.utime(path, ns=(times.st_mtime_ns, times.st_mtime_ns))
    report = audit(case.out, original=case.original)
    assert [(f.severity, f.check) for f in report.findings] == [("warning", "pixels")]
    assert report.measures["voxels compared"] == 2 * 16 * 16


def test_an_instance_that_lies_there_twice_counts_once(case):
    path = next(case.original.rglob("*.dcm"))
    shutil.copy(path, path.with_name("again.dcm"))
    assert audit(case.out, original=case.original).findings == ()


def test_images_without_a_position_are_compared_too(case):
    for path in (*case.original.rglob("*.dcm"), *case.out.rglob("*.dcm")):
        times = path.stat()
        dataset = pydicom.dcmread(path)
        del dataset.ImagePositionPatient
        dataset.save_as(path)

        os.utime(path, ns=(times.st_mtime_ns, times.st_mtime_ns))
    report = audit(case.out, original=case.original)
    assert report.findings == ()
    assert report.measures["dates compared"] == 4 * 5


@pytest.mark.parametrize("of_original", [False, True])
def test_a_representation_that_the_standard_does_not_have_stops_no_audit(case, of_original):
    path = next(case.original.rglob("*.dcm")) if of_original else case.file(2)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"\x28\x00\x11\x00US", b"\x28\x00\x11\x00U\x81"))
    os.utime(case.file(2), (946684800, 946684800))
    assert path.read_bytes() != data
    assert found(case, original=case.original)


def test_each_of_many_images_of_one_size_finds_its_original_and_is_compared_with_few(tmp_path, monkeypatch):
    patients, decoded, stored_values = 40, [], pixels.stored_values
    for module in (glimpses, pairs):
        monkeypatch.setattr(module, "stored_values", lambda reading: decoded.append(1) or stored_values(reading))
    for number in range(patients):
        image = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
        del image.ImagePositionPatient
        image.SeriesInstanceUID = f"1.2.826.0.1.3680043.8.498.7.{number}"
        values = np.random.default_rng(number).integers(0, 4096, (128, 128), np.int16)
        values[:, :64] = 0  # the same ground
        image.PixelData = values.tobytes()
        for name, is_masked in (("original", False), ("released", True)):
            values[30:70, 60:90] *= not is_masked
            image.PixelData = values.tobytes()
            (tmp_path / name / f"{number:02d}").mkdir(parents=True)
            image.save_as(tmp_path / name / f"{number:02d}" / "1.dcm")
    originals = pairs.group_originals(tmp_path / "original", sorted((tmp_path / "original").rglob("*.dcm")))
    files = sorted((tmp_path / "released").rglob("*.dcm"))
    released = pairs.group_released(((path.parent.name,), path) for path in files)
    found, alone, tied = pairs.pair_series(released, originals, {})
    assert [pair.released.name[0] for pair in found] == [pair.original.folder for pair in found]
    assert (len(found), alone, tied) == (patients, [], [])
    assert len(decoded) <= 2 * patients * (1 + glimpses.FEW)
