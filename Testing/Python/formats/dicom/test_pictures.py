# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels.processing import apply_color_lut, convert_color_space
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.formats.dicom.pixels import as_seen, decode, is_palette
from SlicerDeidLib.pixels.pictures import views


@pytest.mark.real_data
def test_a_palette_is_seen_in_the_colours_that_pydicom_gives_it(real_data: Path) -> None:
    path = real_data / "pydicom_pydicom-data" / "OBXXXX1A_expb.dcm"
    file = read(path.read_bytes())
    assert is_palette(file)
    dataset = pydicom.dcmread(path)
    expected = apply_color_lut(dataset.pixel_array, dataset)
    assert np.array_equal(as_seen(file, decode(file)[0]), expected)


@pytest.mark.real_data
def test_luminance_and_chrominance_are_seen_as_red_green_and_blue(real_data: Path) -> None:
    file = read((real_data / "dcm4che_dcm4che-test-data" / "YBR_FULL-RLE.dcm").read_bytes())
    frame = decode(file)[0]
    expected = convert_color_space(frame, "YBR_FULL", "RGB").astype(int)
    assert np.abs(as_seen(file, frame) - expected).max() <= 1


@pytest.mark.real_data
def test_a_palette_that_is_missing_is_refused(real_data: Path) -> None:
    file = read((real_data / "pydicom_pydicom-data" / "OBXXXX1A_expb.dcm").read_bytes())
    frame = decode(file)[0]
    del file.dataset[0x00281201]
    with pytest.raises(PixelError, match="the palette is missing"):
        as_seen(file, frame)


def test_grey_of_more_than_eight_bits_has_two_views_and_of_eight_bits_one() -> None:
    frame = np.arange(10_000, dtype=np.uint16).reshape(100, 100)
    assert [view.dtype for view in views(frame)] == [np.uint8, np.uint8]
    small = frame.astype(np.uint8)
    assert views(small)[0] is small
    assert len(views(np.zeros((10, 10), np.int16))) == 1
