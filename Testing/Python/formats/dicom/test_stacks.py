# SPDX-License-Identifier: Apache-2.0
"""Frames of enhanced images become stacks, whatever their order and wherever they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from enhancedseries import write_enhanced
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEGLSLossless, RLELossless
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile, read
from SlicerDeidLib.formats.dicom.pixels import Stack, ct_stacks_of, decode, stacks_of
from SlicerDeidLib.model.volume import Volume


def made(count: int = 6, unit: str = "", turn: np.ndarray | None = None) -> Volume:
    """A volume of which every voxel differs, tilted a little."""
    turn = np.eye(3) if turn is None else turn
    stored = np.arange(count * 8 * 10, dtype=np.uint16).reshape(count, 8, 10)
    heights = np.cumsum(np.linspace(2.0, 3.0, count))
    positions = np.column_stack([0 * heights - 10.0, 0.3 * heights + 5.0, heights + 7.0])
    ones = np.ones(count)
    steps = np.array([1.5, 0.0, 0.0]), np.array([0.0, 2.0, 0.0])
    return Volume(stored, ones, 0 * ones, positions @ turn.T, turn @ steps[0], turn @ steps[1], unit=unit)


def read_all(folder: Path) -> list[DicomFile]:
    return [read(path.read_bytes()) for path in sorted(folder.iterdir())]


def found(folder: Path) -> tuple[list[Stack], list[np.ndarray]]:
    files = read_all(folder)
    return stacks_of(files), [decode(file) for file in files]


def check_same(volume: Volume, made: Volume) -> None:
    np.testing.assert_array_equal(volume.stored, made.stored)
    np.testing.assert_allclose(volume.positions, made.positions, atol=1e-3)
    np.testing.assert_allclose(volume.i_step, made.i_step, atol=1e-6)
    np.testing.assert_allclose(volume.j_step, made.j_step, atol=1e-6)
    assert volume.unit == made.unit


@pytest.mark.parametrize("files", [1, 2, 6])
@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless, JPEGLSLossless], ids=lambda uid: uid.name
)
def test_frames_in_any_order_and_files_make_the_volume(tmp_path: Path, files: int, syntax: str) -> None:
    volume = made()
    write_enhanced(tmp_path, [volume], files=files, seed=files, transfer_syntax_uid=syntax)
    (stack,), decoded = found(tmp_path)
    check_same(stack.volume(0, decoded), volume)


def test_repetitions_stay_apart_whatever_the_order(tmp_path: Path) -> None:
    volume = made(unit="HU")
    times = np.stack([volume.stored + 1000 * time for time in range(3)])
    write_enhanced(tmp_path, [volume], repetitions=3, files=2, stored=times)
    (stack,), decoded = found(tmp_path)
    for time in range(3):
        check_same(stack.volume(time, decoded), replace(volume, stored=times[time]))


def test_stacks_of_other_directions_are_volumes_of_their_own(tmp_path: Path) -> None:
    turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    volumes = [made(6), made(4, turn=turn)]
    write_enhanced(tmp_path, volumes)
    stacks, decoded = found(tmp_path)
    assert sorted(len(stack.places[0]) for stack in stacks) == [4, 6]
    for volume in volumes:
        stack = next(stack for stack in stacks if len(stack.places[0]) == len(volume.stored))
        check_same(stack.volume(0, decoded), volume)


def shared_instead(dataset: Dataset) -> None:
    """What each frame says for itself is said once for all."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for group in dataset.PerFrameFunctionalGroupsSequence:
        shared.PlaneOrientationSequence = group.PlaneOrientationSequence
        del group.PlaneOrientationSequence


def per_frame_instead(dataset: Dataset) -> None:
    """What all frames share is said by each, and each has a slope of its own."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for number, group in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        group.PixelMeasuresSequence = shared.PixelMeasuresSequence
        item = Dataset()
        item.RescaleSlope, item.RescaleIntercept, item.RescaleType = str(1 + number), "0", "US"
        group.PixelValueTransformationSequence = [item]
    del dataset.SharedFunctionalGroupsSequence


def changed(folder: Path, change: Callable[[Dataset], None]) -> None:
    (path,) = folder.iterdir()
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)


@pytest.mark.parametrize(("change", "slopes"), [(shared_instead, [1.0] * 6), (per_frame_instead, range(1, 7))])
def test_groups_may_be_shared_or_said_for_each_frame(
    tmp_path: Path, change: Callable[[Dataset], None], slopes: list[float]
) -> None:
    volume = made()
    write_enhanced(tmp_path, [volume], seed=None)
    changed(tmp_path, change)
    changed(tmp_path, lambda dataset: dataset.pop("DimensionIndexSequence"))
    (stack,), decoded = found(tmp_path)
    check_same(stack.volume(0, decoded), volume)
    np.testing.assert_array_equal(stack.volume(0, decoded).slope, slopes)


def without_groups(dataset: Dataset) -> None:
    del dataset.PerFrameFunctionalGroupsSequence


def without_a_frame(dataset: Dataset) -> None:
    dataset.PerFrameFunctionalGroupsSequence.pop()


def without_a_place(dataset: Dataset) -> None:
    del dataset.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence


def beside_another(dataset: Dataset) -> None:
    first, second = (dataset.PerFrameFunctionalGroupsSequence[n].PlanePositionSequence[0] for n in (0, 1))
    x, y, z = (float(value) for value in first.ImagePositionPatient)
    second.ImagePositionPatient = [x + 40.0, y, z]


def twice(dataset: Dataset) -> None:
    groups = dataset.PerFrameFunctionalGroupsSequence
    groups[1].PlanePositionSequence = groups[0].PlanePositionSequence


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (without_groups, "does not say of each of its frames"),
        (without_a_frame, "does not say of each of its frames"),
        (without_a_place, "ImagePositionPatient is missing"),
        (beside_another, "beside each other in one plane"),
        (twice, "imaged more often than others"),
    ],
)
def test_frames_that_make_no_volume_are_refused(tmp_path: Path, change: Callable[[Dataset], None], reason: str) -> None:
    write_enhanced(tmp_path, [made()])
    changed(tmp_path, change)
    with pytest.raises(PixelError, match=reason):
        stacks_of(read_all(tmp_path))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("place", "shape"),
    [
        ("neurolabusc_dcm_qa_xa30/In/5_anat-T1w_acq-tfl", (96, 128, 128)),
        ("icometrix_dicom2nifti/siemens_multiframe/anatomical/001", (8, 256, 256)),
    ],
)
def test_real_enhanced_images_are_one_stack(real_data: Path, place: str, shape: tuple[int, ...]) -> None:
    (stack,), decoded = found(real_data / place)
    assert stack.places.shape == (1, shape[0], 2)
    assert stack.volume(0, decoded).shape == shape


@pytest.mark.real_data
def test_a_real_enhanced_ct_is_one_stack(real_data: Path) -> None:
    file = read((real_data / "pydicom_pydicom-data/eCT_Supplemental.dcm").read_bytes())
    (stack,) = stacks_of([file])
    volume = stack.volume(0, [decode(file)])
    assert (volume.shape, volume.unit) == ((2, 512, 512), "US")  # as it says of itself


@pytest.mark.real_data
def test_a_real_enhanced_image_without_functional_groups_is_refused(real_data: Path) -> None:
    file = read((real_data / "pydicom_pydicom-data/emri_small.dcm").read_bytes())
    with pytest.raises(PixelError, match="does not say of each of its frames"):
        stacks_of([file])


def test_frames_of_ct_numbers_ascend_and_repetitions_lie_beside_each_other(tmp_path: Path) -> None:
    volume = made(unit="HU")
    (part,) = write_enhanced(tmp_path, [volume], repetitions=2)
    (file,) = read_all(tmp_path)
    (stack,) = ct_stacks_of(file)
    assert [part[number][1:] for _, number in stack.places[0]] == [(time, k) for k in range(6) for time in range(2)]
    np.testing.assert_array_equal(stack.volume(0, [decode(file)]).stored, volume.stored.repeat(2, axis=0))


@pytest.mark.parametrize("volume", [made(), made(count=1, unit="HU")], ids=["no CT numbers", "one place"])
def test_frames_without_ct_numbers_or_of_one_place_are_no_ct_stack(tmp_path: Path, volume: Volume) -> None:
    write_enhanced(tmp_path, [volume], repetitions=2)
    assert ct_stacks_of(*read_all(tmp_path)) == []


def test_frames_that_do_not_say_where_they_lie_are_no_ct_stack(tmp_path: Path) -> None:
    write_enhanced(tmp_path, [made(unit="HU")])
    (path,) = tmp_path.iterdir()
    dataset = pydicom.dcmread(path)
    del dataset.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence
    dataset.save_as(path)
    assert ct_stacks_of(*read_all(tmp_path)) == []
