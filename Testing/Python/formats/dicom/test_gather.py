# SPDX-License-Identifier: Apache-2.0
"""The pixels of a series lie in memory once: in one array, of which each file shows its part."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ctseries import make_ct_series
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, JPEGLSLossless
from SlicerDeidLib.formats.dicom.file import DicomFile, read, write
from SlicerDeidLib.formats.dicom.pixels import assemble, decode, encode, gather
from SlicerDeidLib.formats.dicom.syntax import PIXEL_DATA


def gathered(folder: Path, **options: Any) -> tuple[list[bytes], list[DicomFile], np.ndarray | None]:
    sources = [path.read_bytes() for path in make_ct_series(folder, **options)]
    return sources, *gather(iter(sources), len(sources))


def test_files_are_read_as_they_are_one_by_one(tmp_path: Path) -> None:
    sources, files, stored = gathered(tmp_path, slices=4)
    assert stored is not None
    for file, source, plane in zip(files, sources, stored, strict=True):
        alone = read(source)
        np.testing.assert_array_equal(decode(file)[0], plane)
        np.testing.assert_array_equal(decode(alone)[0], plane)
        assert b"".join(write(file)) == b"".join(write(alone))


def test_slices_that_ascend_are_a_volume_without_a_copy(tmp_path: Path) -> None:
    _, files, stored = gathered(tmp_path, slices=4)
    volume, order = assemble(files, stored)
    assert order == [0, 1, 2, 3]
    assert volume.stored is stored


def test_slices_in_another_order_are_put_right(tmp_path: Path) -> None:
    _, files, stored = gathered(tmp_path, slices=4, step_mm=-5.0)
    volume, order = assemble(files, stored)
    alone, _ = assemble(files)
    assert order == [3, 2, 1, 0]
    np.testing.assert_array_equal(volume.stored, alone.stored)


def test_what_is_written_into_the_array_changes_the_files_and_nothing_else_can(tmp_path: Path) -> None:
    _, files, stored = gathered(tmp_path, slices=2)
    assert stored is not None
    stored[1] = 7
    assert (decode(files[1]) == 7).all()
    assert not (decode(files[0]) == 7).any()
    with pytest.raises(ValueError, match="read-only"):
        decode(files[0])[:] = 0
    encode(files[1], stored[1][None])
    stored[1] = 8
    assert (decode(files[1]) == 7).all()


def test_files_are_let_go_as_soon_as_their_pixels_have_moved(tmp_path: Path) -> None:
    sources = [path.read_bytes() for path in make_ct_series(tmp_path, slices=8, size=256)]
    tracemalloc.start()
    try:
        held = gather((source[:8] + source[8:] for source in sources), len(sources))  # copies that nobody else needs
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(held[0]) == 8
    assert used < 1.5 * 8 * 256 * 256 * 2


def one_bit_too_many(dataset: Dataset, k: int) -> None:
    pixels = np.frombuffer(dataset.PixelData, "<u2") % 4096
    dataset.BitsStored, dataset.HighBit = 12, 11
    dataset.PixelData = (pixels | (0x8000 if k == 2 else 0)).astype("<u2").tobytes()


def a_word_behind_the_pixels(dataset: Dataset, k: int) -> None:
    dataset.PixelData += b"\0\0" * (k == 2)


def another_size(dataset: Dataset, k: int) -> None:
    if k == 2:
        dataset.Rows, dataset.PixelData = 32, dataset.PixelData[: len(dataset.PixelData) // 2]


def no_pixels(dataset: Dataset, k: int) -> None:
    if k == 2:
        del dataset.PixelData


@pytest.mark.parametrize(
    "options",
    [
        {"transfer_syntax_uid": ExplicitVRBigEndian},
        {"transfer_syntax_uid": JPEGLSLossless},
        *({"change": change} for change in (one_bit_too_many, a_word_behind_the_pixels, another_size, no_pixels)),
    ],
    ids=lambda options: getattr(*options.values(), "__name__", "another syntax"),
)
def test_files_that_hold_more_or_less_than_one_plane_stay_as_they_were_read(tmp_path: Path, options: Any) -> None:
    sources, files, stored = gathered(tmp_path, **options)
    assert stored is None
    assert [b"".join(write(file)) for file in files] == [b"".join(write(read(source))) for source in sources]


def test_bits_that_are_no_pixels_are_in_no_volume_but_wait_in_their_file(tmp_path: Path) -> None:
    _, files, stored = gathered(tmp_path, change=one_bit_too_many)
    volume, _ = assemble(files, stored)
    assert volume.stored.max() < 4096
    assert max(files[2].dataset[PIXEL_DATA].value) >= 0x80
