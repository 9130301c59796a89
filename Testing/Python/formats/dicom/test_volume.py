# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from ctseries import make_ct_series
from pydicom.dataset import Dataset
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile, read
from SlicerDeidLib.formats.dicom.pixels import assemble, slice_steps
from SlicerDeidLib.model.element import Element


def series(folder: Path, **options: Any) -> list[DicomFile]:
    return [read(path) for path in make_ct_series(folder, **options)]


def put(file: DicomFile, tag: int, vr: str, value: bytes) -> None:
    file.dataset[tag] = Element(tag, vr)
    file.dataset[tag].replace(value)


def test_slices_come_in_the_order_of_their_positions(tmp_path: Path) -> None:
    paths = make_ct_series(tmp_path, slices=6, tilt_deg=18.5)
    random.Random(3).shuffle(paths)
    volume, order = assemble([read(path) for path in paths])
    truth = sorted((pydicom.dcmread(path) for path in paths), key=lambda ds: ds.ImagePositionPatient[2])
    assert [paths[k].name for k in order] == [f"IM{k:04d}" for k in range(6)]
    assert np.array_equal(volume.stored, [ds.pixel_array for ds in truth])
    assert np.allclose(volume.positions, [ds.ImagePositionPatient for ds in truth])
    assert np.all(np.diff(volume.positions @ volume.normal) > 0)
    assert volume.stored.dtype == np.uint16
    assert volume.stored_range == (0, 65535)
    assert volume.unit == "HU"
    assert volume.slice_values(0).min() == -1000


def test_steps_point_along_columns_and_rows(tmp_path: Path) -> None:
    def change(dataset: Dataset, _: int) -> None:
        dataset.PixelSpacing = [3, 2]  # rows lie 3 mm apart, columns 2 mm

    volume, _ = assemble(series(tmp_path, tilt_deg=10, change=change))
    assert np.allclose(volume.i_step, [2, 0, 0])
    assert np.allclose(volume.j_step, 3 * np.array([0, np.cos(np.deg2rad(10)), np.sin(np.deg2rad(10))]))


def test_a_stack_that_descends_is_turned(tmp_path: Path) -> None:
    volume, order = assemble(series(tmp_path, slices=4, step_mm=-5.0))
    assert order == [3, 2, 1, 0]
    assert np.all(np.diff(volume.positions @ volume.normal) > 0)


def test_rescale_may_differ_between_slices(tmp_path: Path) -> None:
    def change(dataset: Dataset, k: int) -> None:
        dataset.RescaleSlope, dataset.RescaleIntercept = 1 + k, -1000 - k

    volume, _ = assemble(series(tmp_path, slices=3, change=change))
    assert list(volume.slope) == [1, 2, 3]
    assert list(volume.intercept) == [-1000, -1001, -1002]


def test_gaps_are_allowed_and_measured(tmp_path: Path) -> None:
    files = series(tmp_path, slices=6, step_mm=2.0)
    volume, _ = assemble([files[k] for k in (0, 1, 2, 5)])
    assert slice_steps(volume) == pytest.approx({"step_median_mm": 2.0, "step_min_mm": 2.0, "step_max_mm": 6.0})
    assert slice_steps(assemble(files[:1])[0])["step_max_mm"] == 0


@pytest.mark.parametrize(
    ("value", "limit", "signed", "padding"),
    [
        (b"\x30\xf8", None, True, (-2000, -2000)),
        (b"\x30\xf8", b"\x24\xfa", True, (-2000, -1500)),
        (b"\x24\xfa", b"\x30\xf8", True, (-2000, -1500)),
        (b"\x30\xf8", None, False, None),  # 63536 as unsigned: bone, no padding
        (b"\0\0", None, False, (0, 0)),
        (b"\0\0", b"\xd0\x07", False, None),  # up to 976 HU
        (b"", None, True, None),
    ],
)
def test_padding_has_the_sign_of_the_pixels_and_never_lies_in_tissue(
    tmp_path: Path, value: bytes, limit: bytes | None, signed: bool, padding: tuple[int, int] | None
) -> None:
    files = series(tmp_path, slices=2)
    for file in files:
        put(file, 0x00280103, "US", b"\1\0" if signed else b"\0\0")
        put(file, 0x00280120, "US", value)
        if limit is not None:
            put(file, 0x00280121, "US", limit)
    assert assemble(files)[0].padding == padding


def test_padding_that_slices_do_not_agree_on_is_none(tmp_path: Path) -> None:
    files = series(tmp_path, slices=2)
    put(files[1], 0x00280120, "US", b"\0\0")
    assert assemble(files)[0].padding is None


BAD = {
    "no position": (0x00200032, "DS", b""),
    "a malformed position": (0x00200032, "DS", b"1\\2\\x"),
    "the same place": (0x00200032, "DS", b"0\\0\\0"),
    "no orientation": (0x00200037, "DS", b""),
    "another orientation": (0x00200037, "DS", b"0\\1\\0\\-1\\0\\0"),
    "a long cosine": (0x00200037, "DS", b"2\\0\\0\\0\\1\\0"),
    "skewed cosines": (0x00200037, "DS", b"1\\0\\0\\0.6\\0.8\\0"),
    "another spacing": (0x00280030, "DS", b"5\\5"),
    "no spacing": (0x00280030, "DS", b""),
    "a negative spacing": (0x00280030, "DS", b"-4\\4"),
    "other rows": (0x00280010, "US", b"\x10\0"),
    "another type": (0x00280103, "US", b"\1\0"),
    "frames": (0x00280008, "IS", b"2"),
    "colour": (0x00280002, "US", b"\3\0"),
    "a palette": (0x00280004, "CS", b"PALETTE COLOR"),
    "no slope": (0x00281053, "DS", b""),
    "no intercept": (0x00281052, "DS", b"many"),
    "a slope of zero": (0x00281053, "DS", b"0"),
    "a table": (0x00283000, "SQ", b""),
    "another unit": (0x00281054, "LO", b"US"),
}


@pytest.mark.parametrize("name", BAD)
def test_slices_that_are_no_stack_are_refused(tmp_path: Path, name: str) -> None:
    files = series(tmp_path, slices=3)
    if name == "the same place":
        put(files[0], *BAD[name])
    put(files[1], *BAD[name])
    with pytest.raises(PixelError):
        assemble(files)


def test_the_stored_range_is_what_every_slice_can_hold(tmp_path: Path) -> None:
    files = series(tmp_path, slices=3)
    put(files[1], 0x00280101, "US", b"\x0c\0")
    assert assemble(files)[0].stored_range == (0, 4095)


def test_no_slices_are_refused() -> None:
    with pytest.raises(PixelError):
        assemble([])


def test_values_that_are_no_hounsfield_units_have_no_unit(tmp_path: Path) -> None:
    mr = "1.2.840.10008.5.1.4.1.1.4"
    drop = {"RescaleSlope": None, "RescaleIntercept": None, "RescaleType": None}
    volume, _ = assemble(series(tmp_path, slices=2, sop_class_uid=mr, set_values=drop))
    assert (volume.unit, volume.slope[0], volume.intercept[0]) == ("", 1, 0)


@pytest.mark.real_data
def test_the_tilted_head_keeps_its_geometry(real_data: Path) -> None:
    paths = sorted((real_data / "neurolabusc_dcm_qa_ct" / "In" / "GE").rglob("*.dcm"))
    volume, order = assemble([read(path) for path in paths])
    assert volume.shape == (28, 512, 512)
    assert sorted(order) == list(range(28))
    assert volume.stored.dtype == np.int16
    assert np.degrees(np.arccos(abs(volume.normal[2]))) == pytest.approx(18.5, abs=0.1)
    steps = slice_steps(volume)
    assert (steps["step_min_mm"], steps["step_max_mm"]) == pytest.approx((1.08, 7.0), abs=0.05)
    first = pydicom.dcmread(paths[order[0]])
    assert np.array_equal(volume.stored[0], first.pixel_array)


@pytest.mark.real_data
def test_a_lossless_compressed_head_is_assembled_and_the_stray_refused(real_data: Path) -> None:
    folder = next(real_data.glob("CQ500*")) / "complex_head_ct"
    files = [read(path) for path in sorted(folder.glob("*.dcm"))]
    stray = [file for file in files if file.transfer_syntax_uid == "1.2.840.10008.1.2.1"]
    assert len(stray) == 1
    volume, _ = assemble([file for file in files if file not in stray][::4])
    assert volume.shape == (20, 512, 512)
    assert volume.slice_values(10).max() > 1000
    with pytest.raises(PixelError):
        assemble([*files[1:3], *stray])
