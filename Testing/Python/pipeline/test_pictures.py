# SPDX-License-Identifier: Apache-2.0
"""Real pictures that are no slices through the whole house, asked for by name: read, masked, marked, audited."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import make_ct_series
from pydicom.dataset import Dataset
from pydicom.uid import UltrasoundImageStorage
from SlicerDeidLib.sample.lettering import text_mask

KEY = b"k" * 32
PICTURES = {
    "capture": "fo-dicom_fo-dicom/Test Data/GH538-jpeg14sv1.dcm",
    "page": "neurolabusc_dcm_qa_ct/In/Philips/S21570/S4010/I60",
    "ultrasound": "pydicom_pydicom-data/US1_UNCI.dcm",
    "localizer": "neurolabusc_dcm_qa_ct/In/Philips/S21570/S1000/I10",
}


def copied(real_data: Path, tmp_path: Path, name: str) -> None:
    """Put one picture where ``released`` looks for it."""
    folder = tmp_path / "in" / "CASE"
    folder.mkdir(parents=True)
    shutil.copy(real_data / PICTURES[name], folder / "one.dcm")


def released(tmp_path: Path, deface: str = "none") -> tuple[deid.RunRecord, list[Path]]:
    """Run the main job."""
    policy = deid.with_choices(deid.read_policy("research"), deface=deface)
    private = tmp_path / "private"
    plan = deid.plan(deid.discover(tmp_path / "in"), policy, None, key=KEY, private=private)
    record = deid.run(plan, tmp_path / "out", is_synced=False)
    return record, sorted((tmp_path / "out").rglob("*.dcm"))


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["capture", "localizer"])
def test_a_picture_asked_for_by_name_is_read_and_says_that_it_may_show_a_face(
    real_data: Path, tmp_path: Path, name: str
) -> None:
    copied(real_data, tmp_path, name)
    record, files = released(tmp_path)
    assert (record.released, len(files)) == (1, 1)
    image = pydicom.dcmread(files[0])
    assert image.BurnedInAnnotation == "NO"
    assert image.RecognizableVisualFeatures == "YES"
    assert "113101" in [item.CodeValue for item in image.DeidentificationMethodCodeSequence]
    before = pydicom.dcmread(real_data / PICTURES[name]).pixel_array
    assert (np.asarray(image.pixel_array) != before).mean() < 0.1
    report = deid.audit(tmp_path / "out", original=tmp_path / "in", private=tmp_path / "private", key=KEY)
    assert not [finding for finding in report.findings if finding.severity == "error"]


@pytest.mark.real_data
def test_a_page_of_text_is_left_out_with_its_reason(real_data: Path, tmp_path: Path) -> None:
    copied(real_data, tmp_path, "page")
    record, files = released(tmp_path)
    assert files == []
    assert "pages of text" in record.series[0].reason


@pytest.mark.real_data
def test_an_ultrasound_image_keeps_its_region_alone_and_the_audit_agrees(real_data: Path, tmp_path: Path) -> None:
    copied(real_data, tmp_path, "ultrasound")
    record, files = released(tmp_path, deface="auto")
    image = pydicom.dcmread(files[0])
    assert (image.BurnedInAnnotation, image.RecognizableVisualFeatures) == ("NO", "NO")
    shown = image.pixel_array
    assert not shown[:112].any()
    assert not shown[342:].any()
    assert shown[112:342].any()
    assert not record.series[0].findings
    report = deid.audit(tmp_path / "out", original=tmp_path / "in", private=tmp_path / "private", key=KEY)
    assert not [finding for finding in report.findings if finding.severity == "error"]


def test_an_ultrasound_image_can_show_no_recognisable_face_that_was_not_defaced(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "in" / "CASE", slices=1, sop_class_uid=UltrasoundImageStorage)
    record, files = released(tmp_path)
    assert pydicom.dcmread(files[0]).RecognizableVisualFeatures == "NO"
    assert not record.series[0].is_recognisable


def shared_colours(image: Dataset, _k: int) -> None:
    """Let two pixels beside each other share their colour: two of luminance, then it."""
    values = np.frombuffer(image.PixelData, "u1").reshape(image.Rows, -1, 2, 3)
    stored = np.concatenate([values[..., 0], values[..., 0, 1:]], axis=-1)
    image.PhotometricInterpretation, image.PixelData = "YBR_FULL_422", stored.tobytes()


def another_frame(image: Dataset, _k: int) -> None:
    """Let a frame that the header does not declare lie behind the first."""
    image.PixelData += image.PixelData


@pytest.mark.parametrize("change", [shared_colours, another_frame])
def test_the_audit_agrees_with_text_masked_in_odd_pixel_data(
    tmp_path: Path, change: Callable[[Dataset, int], None]
) -> None:
    picture = np.random.default_rng(4).integers(20, 90, (160, 160, 3)).astype(np.uint8)
    letters = np.pad(text_mask("DOE JOHN", 2), ((60, 0), (16, 0)))
    picture[: len(letters), : letters.shape[1]][letters] = (250, 128, 128)
    make_ct_series(
        tmp_path / "in" / "CASE",
        slices=1,
        size=160,
        sop_class_uid=UltrasoundImageStorage,
        samples_per_pixel=3,
        pixels=lambda _k: picture,
        change=change,
    )
    record, files = released(tmp_path)
    assert record.series[0].masked
    assert len(pydicom.dcmread(files[0]).PixelData) == 160 * 160 * 3
    report = deid.audit(tmp_path / "out", original=tmp_path / "in", private=tmp_path / "private", key=KEY)
    assert not [finding.message for finding in report.findings if finding.severity == "error"]
