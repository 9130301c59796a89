# SPDX-License-Identifier: Apache-2.0
"""The synthetic series are what they say: valid CT images, full of canaries, the same in every run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from ctseries import CANARIES, make_ct_series, make_patient


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
def test_a_synthetic_slice_is_a_valid_ct_image(tmp_path: Path) -> None:
    for path in make_ct_series(tmp_path, slices=2, with_private=False):
        process = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        assert "CTImage" in process.stderr
        assert "Error" not in process.stderr


@pytest.mark.parametrize(
    "transfer_syntax_uid",
    [
        "1.2.840.10008.1.2",
        "1.2.840.10008.1.2.1",
        "1.2.840.10008.1.2.1.99",
        "1.2.840.10008.1.2.2",
        "1.2.840.10008.1.2.5",
        "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.90",
    ],
)
def test_every_transfer_syntax_holds_the_same_pixels(transfer_syntax_uid: str, tmp_path: Path) -> None:
    (path,) = make_ct_series(tmp_path, slices=1, transfer_syntax_uid=transfer_syntax_uid)
    dataset = pydicom.dcmread(path)
    assert dataset.file_meta.TransferSyntaxUID == transfer_syntax_uid
    assert set(np.unique(dataset.pixel_array)) == {24, 1064}


def test_a_synthetic_patient_is_full_of_canaries_and_equal_in_every_run(tmp_path: Path) -> None:
    first = make_patient(tmp_path / "a", "CANARYFOLDER1", series=2, slices=2)
    again = make_patient(tmp_path / "b", "CANARYFOLDER1", series=2, slices=2)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert len({pydicom.dcmread(path).SOPInstanceUID for path in first}) == 4
    for path in first:
        data = path.read_bytes()
        assert all(data.upper().count(canary.encode()) for canary in CANARIES)


def test_what_a_test_asks_for_stands_in_the_file(tmp_path: Path) -> None:
    paths = make_ct_series(
        tmp_path,
        slices=3,
        tilt_deg=18.5,
        burned_in="YES",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        set_values={"StudyTime": None, "PatientAge": "091Y"},
        change=lambda dataset, k: setattr(dataset, "InstanceNumber", 1),
        file_name="deep/{:02d}.IMA".format,
    )
    dataset = pydicom.dcmread(paths[2])
    assert paths[2] == tmp_path / "deep" / "02.IMA"
    assert (dataset.Modality, dataset.BurnedInAnnotation, dataset.InstanceNumber) == ("OT", "YES", 1)
    assert "StudyTime" not in dataset
    assert dataset.PatientAge == "091Y"
    assert dataset.ImageOrientationPatient[4] == pytest.approx(np.cos(np.deg2rad(18.5)))


def test_a_colour_series_is_rgb(tmp_path: Path) -> None:
    (path,) = make_ct_series(tmp_path, slices=1, samples_per_pixel=3)
    assert pydicom.dcmread(path).pixel_array.shape == (64, 64, 3)
