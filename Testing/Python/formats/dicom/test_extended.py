# SPDX-License-Identifier: Apache-2.0
"""Lossy JPEG of 12 bits, on the image that pydicom carries, two of whose values its documentation tells."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, generate_frames
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile, read, write
from SlicerDeidLib.formats.dicom.pixels import decode, encode
from SlicerDeidLib.verification.pixels import stored_values
from SlicerDeidLib.verification.reading import read as read_again

KNOWN = {(420, 140): 244, (230, 120): 95}  # pydicom's test_pylibjpeg.py, decoded by libjpeg


def lossy(change: Callable[[FileDataset], None] = lambda _ds: None) -> bytes:
    ds = pydicom.dcmread(get_testdata_file("JPEG-lossy.dcm", download=False))
    change(ds)
    out = io.BytesIO()
    ds.save_as(out)
    return out.getvalue()


def file_of(change: Callable[[FileDataset], None] = lambda _ds: None) -> DicomFile:
    return read(lossy(change))


def frames(ds: FileDataset) -> list[bytes]:
    return list(generate_frames(ds.PixelData, number_of_frames=1))


def twice(ds: FileDataset) -> None:
    ds.PixelData, ds.NumberOfFrames = encapsulate(frames(ds) * 2), 2


def test_lossy_frames_of_12_bits_are_decoded_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    (frame,) = decode(file_of())
    assert capfd.readouterr() == ("", "")
    assert frame.dtype == np.uint16
    assert {place: frame[place] for place in KNOWN} == KNOWN
    assert np.array_equal(decode(file_of(twice)), [frame, frame])


def test_values_of_a_signed_image_keep_their_sign() -> None:
    (plain,) = decode(file_of()).astype(int)
    (signed,) = decode(file_of(lambda ds: setattr(ds, "PixelRepresentation", 1)))
    assert np.array_equal(signed, np.where(plain < 2048, plain, plain - 4096))


def test_a_changed_image_is_written_without_another_loss() -> None:
    file = file_of()
    changed = decode(file).copy()
    changed[0, :500] = 7
    encode(file, changed)
    again = pydicom.dcmread(io.BytesIO(b"".join(bytes(chunk) for chunk in write(file))))
    assert np.array_equal(again.pixel_array, changed[0])


def cut(ds: FileDataset) -> None:
    ds.PixelData = encapsulate([frames(ds)[0][:4000]])


def of_other_bits(ds: FileDataset) -> None:
    ds.BitsStored, ds.HighBit = 10, 9


def of_other_rows(ds: FileDataset) -> None:
    ds.Rows //= 2


@pytest.mark.parametrize("change", [cut, of_other_bits, of_other_rows])
def test_what_is_damaged_or_not_what_the_header_says_is_refused_in_words(
    change: Callable[[FileDataset], None],
) -> None:
    with pytest.raises(PixelError) as caught:
        decode(file_of(change))
    assert "Error" not in caught.value.reason
    assert "decompress the images" in caught.value.reason


@pytest.mark.parametrize("is_signed", [0, 1])
def test_an_audit_decodes_them_by_itself_to_the_same_values(
    tmp_path: Path, is_signed: int, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.dcm"
    data = lossy(lambda ds: (twice(ds), setattr(ds, "PixelRepresentation", is_signed)))
    path.write_bytes(data)
    assert np.array_equal(stored_values(read_again(path)), decode(read(data)))
    assert capfd.readouterr() == ("", "")
