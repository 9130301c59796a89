# SPDX-License-Identifier: Apache-2.0
"""Slices of which several lie at each place become one volume of each, whatever the order of the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ctseries import make_ct_series
from pydicom.dataset import Dataset
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile, read
from SlicerDeidLib.formats.dicom.pixels import assemble, assemble_repetitions

PLACES, TIMES = 4, 3


def written(folder: Path, change: Callable[[Dataset, int, int], None], seed: int = 1) -> list[DicomFile]:
    """Write images of which number n shows place n % PLACES for the (n // PLACES)-th time, all its values being n."""

    def put(dataset: Dataset, n: int) -> None:
        time, place = divmod(n, PLACES)
        dataset.ImagePositionPatient = [0.0, 0.0, 5.0 * place]
        change(dataset, time, place)

    paths = make_ct_series(
        folder, slices=PLACES * TIMES, size=8, pixels=lambda n: np.full((8, 8), n, np.int16), change=put
    )
    order = np.random.default_rng(seed).permutation(len(paths))
    return [read(paths[n].read_bytes()) for n in order]


def temporal_position(dataset: Dataset, time: int, place: int) -> None:
    dataset.TemporalPositionIdentifier = time + 1
    dataset.AcquisitionTime = f"1012{PLACES * (TIMES - time) + place:02d}"  # speaks against it, and counts less


def acquisition_time(dataset: Dataset, time: int, place: int) -> None:
    dataset.AcquisitionTime = f"1012{PLACES * time + place:02d}"


def content_time(dataset: Dataset, time: int, place: int) -> None:
    del place
    dataset.ContentTime = f"1012{time:02d}.5"


def instance_number(dataset: Dataset, time: int, place: int) -> None:
    dataset.InstanceNumber = 100 - (PLACES * (TIMES - time) + place)


def kernel(dataset: Dataset, time: int, place: int) -> None:
    dataset.ConvolutionKernel = ("A", "B", "C")[time]
    dataset.InstanceNumber = PLACES * TIMES - (PLACES * time + place)


def echo(dataset: Dataset, time: int, place: int) -> None:
    dataset.EchoNumbers, dataset.InstanceNumber = time + 1, 100 - place


WAYS = (temporal_position, acquisition_time, content_time, instance_number, kernel, echo)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_images_of_one_place_come_apart_by_what_tells_them_apart(
    tmp_path: Path, way: Callable[[Dataset, int, int], None]
) -> None:
    files = written(tmp_path, way)
    found = assemble_repetitions(files)
    assert len(found) == TIMES
    for time, (volume, order) in enumerate(found):
        values = volume.stored[:, 0, 0] + volume.intercept
        np.testing.assert_array_equal(values, PLACES * time + np.arange(PLACES))
        assert [volume.stored[k, 0, 0] for k in range(PLACES)] == [
            assemble([files[n]])[0].stored[0, 0, 0] for n in order
        ]
        np.testing.assert_array_equal(volume.positions, found[0][0].positions)


def test_slices_of_which_each_has_its_own_place_are_one_volume(tmp_path: Path) -> None:
    files = [read(path.read_bytes()) for path in make_ct_series(tmp_path, slices=5)]
    ((volume, order),) = assemble_repetitions(files)
    alone, order_alone = assemble(files)
    assert order == order_alone
    np.testing.assert_array_equal(volume.stored, alone.stored)


def test_a_missing_slice_is_refused(tmp_path: Path) -> None:
    files = written(tmp_path, acquisition_time)
    with pytest.raises(PixelError, match="imaged more often"):
        assemble_repetitions(files[1:])


def test_time_points_that_lack_different_places_are_refused(tmp_path: Path) -> None:
    def otherwise(dataset: Dataset, time: int, place: int) -> None:
        dataset.TemporalPositionIdentifier = time + (2 if place == 1 else 1)

    with pytest.raises(PixelError, match="not at all time points"):
        assemble_repetitions(written(tmp_path, otherwise))


def test_two_images_beside_each_other_in_one_plane_are_refused(tmp_path: Path) -> None:
    def aside(dataset: Dataset, time: int, place: int) -> None:
        dataset.ImagePositionPatient = [40.0 * time, 0.0, 5.0 * place]

    with pytest.raises(PixelError, match="beside each other"):
        assemble_repetitions(written(tmp_path, aside))


def test_nothing_makes_no_volume() -> None:
    with pytest.raises(PixelError, match="no slices"):
        assemble_repetitions([])
