# SPDX-License-Identifier: Apache-2.0
"""Originals are found by geometry, then by voxels, and nothing is compared with a wrong one."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pydicom
from SlicerDeidLib.verification.audit import audit


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
