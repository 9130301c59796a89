# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import logging
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from ctseries import make_ct_series
from dicomcases import loaded, saved
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)
from SlicerDeidLib.errors import FormatError, PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile, read, write
from SlicerDeidLib.formats.dicom.pixels import decode, drop_series_range, encode, remove_hidden
from SlicerDeidLib.formats.dicom.transcode import transcode
from SlicerDeidLib.model.element import Element

NATIVE = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian]
COMPRESSED = [RLELossless, JPEG2000Lossless, JPEGLSLossless]
Change = Callable[[Dataset], None]


def image(
    values: NDArray[Any],
    syntax: str = ExplicitVRLittleEndian,
    *,
    stored: int | None = None,
    change: Change | None = None,
) -> DicomFile:
    """Make a file whose pixels are ``values``, (rows, columns) or (rows, columns, 3), by pydicom."""
    dataset, bits = Dataset(), values.dtype.itemsize * 8
    dataset.SOPInstanceUID = "1.2.3"
    dataset.Rows, dataset.Columns = values.shape[:2]
    dataset.SamplesPerPixel = values.shape[2] if values.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if values.ndim == 3 else "MONOCHROME2"
    if values.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated, dataset.BitsStored = bits, stored or bits
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, int(values.dtype.kind == "i")
    data = values.astype(values.dtype.newbyteorder(">")) if syntax == ExplicitVRBigEndian else values
    dataset.PixelData = data.tobytes() + b"\0" * (data.nbytes % 2)
    dataset["PixelData"].VR = "OB" if bits == 8 else "OW"
    if change is not None:
        change(dataset)
    if syntax not in COMPRESSED:
        return read(saved(dataset, syntax))
    file = loaded(saved(dataset, ExplicitVRLittleEndian))
    plugin = "pydicom" if syntax == RLELossless else ""  # GDCM aborts on odd sizes
    file.compress(syntax, generate_instance_uid=False, encoding_plugin=plugin)
    buffer = io.BytesIO()
    file.save_as(buffer)
    return read(buffer.getvalue())


def rewritten(file: DicomFile) -> pydicom.FileDataset:
    return loaded(b"".join(write(file)))


def ramp(dtype: str, low: int, high: int, shape: tuple[int, ...] = (33, 35)) -> NDArray[Any]:
    return np.linspace(low, high, int(np.prod(shape))).astype(dtype).reshape(shape)


@pytest.mark.parametrize("syntax", [*NATIVE, *COMPRESSED])
@pytest.mark.parametrize(("dtype", "low", "high"), [("i2", -32768, 32767), ("u2", 0, 65535), ("u1", 0, 255)])
def test_stored_values_are_those_that_were_written(syntax: str, dtype: str, low: int, high: int) -> None:
    values = ramp(dtype, low, high)
    found = decode(image(values, syntax))
    assert found.dtype == values.dtype
    assert np.array_equal(found, values[None])


@pytest.mark.parametrize("syntax", [*NATIVE, *COMPRESSED])
@pytest.mark.parametrize(("dtype", "low", "high"), [("i2", -1000, 2000), ("u2", 0, 4095), ("u1", 0, 200)])
def test_new_values_are_what_pydicom_reads(syntax: str, dtype: str, low: int, high: int) -> None:
    file = image(ramp(dtype, low, high), syntax, stored=None if dtype == "u1" else 12 + 4 * (dtype == "i2"))
    new = ramp(dtype, high, low)[None]
    encode(file, new)
    after = rewritten(file)
    assert np.array_equal(pixel_array(after, raw=True), new[0])
    assert after.file_meta.TransferSyntaxUID == (ExplicitVRLittleEndian if syntax in COMPRESSED else syntax)


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("planar", [0, 1])
def test_colour_and_frames_go_both_ways(syntax: str, planar: int) -> None:
    values = ramp("u1", 0, 250, (3, 5, 3))

    def change(dataset: Dataset) -> None:
        frames = np.stack([values, values[::-1]])
        stored = np.moveaxis(frames, -1, 1) if planar else frames
        dataset.NumberOfFrames, dataset.PlanarConfiguration = 2, planar
        dataset.PixelData = stored.tobytes()

    file = image(values, syntax, change=change)
    found = decode(file)
    assert np.array_equal(found, np.stack([values, values[::-1]]))
    encode(file, np.ascontiguousarray(found[::-1]))
    assert np.array_equal(pixel_array(rewritten(file), raw=True), found[::-1])


def halved(dataset: Dataset) -> None:
    """Store frames of luminance and colour so that two pixels beside each other share their colour."""
    values = np.frombuffer(dataset.PixelData, "u1").reshape(dataset.Rows, -1, 2, 3)
    stored = np.concatenate([values[..., 0], values[..., 0, 1:]], axis=-1)
    dataset.PhotometricInterpretation, dataset.PixelData = "YBR_FULL_422", stored.tobytes()


@pytest.mark.parametrize("syntax", NATIVE)
def test_colour_that_pixels_share_stays_in_all_pixels_that_are_not_filled(syntax: str) -> None:
    values = np.random.default_rng(2).integers(0, 255, (6, 8, 3)).astype("u1")
    file = image(values, syntax, change=halved)
    before = pixel_array(rewritten(file), raw=True)
    assert np.array_equal(before[:, ::2], values[:, ::2])
    found = decode(file).copy()
    found[0, 2:4, 1:6] = (16, 128, 128)
    encode(file, found)
    after = rewritten(file)
    assert after.PhotometricInterpretation == "YBR_FULL"
    filled = np.zeros((6, 8), bool)
    filled[2:4, 1:6] = True
    assert np.array_equal(pixel_array(after, raw=True)[~filled], before[~filled])
    assert (pixel_array(after, raw=True)[filled] == (16, 128, 128)).all()


def one_bit(dataset: Dataset) -> None:
    dataset.BitsAllocated = dataset.BitsStored = 1
    dataset.HighBit, dataset.Columns, dataset.PixelData = 0, 8, dataset.PixelData[: dataset.Rows]


@pytest.mark.parametrize("kind", [halved, one_bit])
def test_bytes_behind_frames_that_are_no_array_as_they_stand_are_removed(kind: Change) -> None:
    def change(dataset: Dataset) -> None:
        kind(dataset)
        dataset.PixelData += b"SECRET"

    file = image(np.full((6, 8, 3) if kind is halved else (6, 8), 7, "u1"), change=change)
    assert remove_hidden(file)
    assert b"SECRET" not in b"".join(write(file))
    assert not remove_hidden(file)
    decode(file)


def test_pixels_that_are_said_to_share_their_colours_and_do_not_are_refused() -> None:
    def change(dataset: Dataset) -> None:
        dataset.PhotometricInterpretation = "YBR_FULL_422"

    with pytest.raises(PixelError, match="share their colours"):
        remove_hidden(image(np.full((6, 8, 3), 7, "u1"), change=change))


def test_uncompressed_little_endian_pixels_are_not_copied() -> None:
    found = decode(image(ramp("i2", -1024, 3071)))
    assert not found.flags.owndata
    assert not found.flags.writeable


def test_compressed_colour_becomes_rgb() -> None:
    values = np.random.default_rng(1).integers(0, 255, (64, 64, 3)).astype("u1")
    file = image(values, JPEG2000Lossless)
    assert rewritten(file).PhotometricInterpretation in ("RGB", "YBR_RCT")
    encode(file, decode(file))
    after = rewritten(file)
    assert (after.PhotometricInterpretation, after.PlanarConfiguration) == ("RGB", 0)
    assert np.array_equal(after.pixel_array, values)


@pytest.mark.parametrize("dtype", ["u2", "i2"])
def test_bits_above_the_stored_ones_are_no_values_and_are_not_written(dtype: str) -> None:
    values = ramp(dtype, 0 if dtype == "u2" else -2048, 4095 if dtype == "u2" else 2047)
    dirty = (values.view("u2") & 0x0FFF | 0x5000).view(dtype)
    file = image(dirty, stored=12)
    assert np.array_equal(decode(file)[0], values)
    assert remove_hidden(file)
    assert np.array_equal(np.frombuffer(rewritten(file).PixelData, dtype)[: values.size], values.ravel())
    assert not remove_hidden(file)


def test_a_high_bit_that_is_not_the_lowest_possible_is_honoured() -> None:
    values = ramp("u2", 0, 4095)

    def change(dataset: Dataset) -> None:
        dataset.HighBit = 15

    file = image(values << 4, stored=12, change=change)
    assert np.array_equal(decode(file)[0], values)
    encode(file, decode(file)[:, ::-1].copy())
    assert np.array_equal(np.frombuffer(rewritten(file).PixelData, "u2")[: values.size], (values[::-1] << 4).ravel())


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("dtype", ["i2", "u1"])
def test_bytes_behind_the_last_frame_are_removed(syntax: str, dtype: str) -> None:
    def change(dataset: Dataset) -> None:
        dataset.PixelData += b"SECRET" * 3

    file = image(ramp(dtype, 0, 100), syntax, change=change)
    before = decode(file).copy()
    assert remove_hidden(file)
    assert b"SECRET" not in b"".join(write(file))
    assert np.array_equal(decode(file), before)
    assert not remove_hidden(file)


def test_an_overlay_in_the_pixels_of_a_compressed_file_is_removed() -> None:
    def change(dataset: Dataset) -> None:
        dataset.add_new(0x60000010, "US", 5)
        dataset.add_new(0x60000102, "US", 14)

    values = ramp("u2", 0, 4095)
    file = image(values | 0x4000, RLELossless, stored=16, change=change)
    _us(0x00280101, 12)(file)
    _us(0x00280102, 11)(file)
    assert remove_hidden(file)
    assert np.array_equal(np.frombuffer(rewritten(file).PixelData, "u2")[: values.size], values.ravel())


@pytest.mark.parametrize("syntax", [*NATIVE, RLELossless])
def test_smallest_and_largest_values_are_right_where_they_were(syntax: str) -> None:
    def change(dataset: Dataset) -> None:
        for tag in (0x00280106, 0x00280107, 0x00280108, 0x00280109, 0x00280110, 0x00280111):
            dataset.add_new(tag, "SS", 7)

    file = image(ramp("i2", -5, 5), syntax, change=change)
    encode(file, ramp("i2", -1024, 3000)[None])
    after = rewritten(file)
    assert (after.SmallestImagePixelValue, after.LargestImagePixelValue) == (-1024, 3000)
    assert not {0x00280108, 0x00280109, 0x00280110, 0x00280111} & set(after.keys())
    if syntax != ImplicitVRLittleEndian:
        assert after["SmallestImagePixelValue"].VR == "SS"


def test_smallest_and_largest_values_are_not_added() -> None:
    file = image(ramp("i2", -5, 5))
    encode(file, ramp("i2", -1024, 3000)[None])
    assert "SmallestImagePixelValue" not in rewritten(file)


def test_the_series_range_can_be_dropped() -> None:
    def change(dataset: Dataset) -> None:
        dataset.add_new(0x00280108, "US", 7)

    file = image(ramp("u2", 0, 5), change=change)
    drop_series_range(file)
    assert 0x00280108 not in file.dataset


def test_what_was_lossy_stays_marked_so_and_offset_tables_go() -> None:
    path = Path(pydicom.data.__file__).parent / "test_files" / "MR_small_jpeg_ls_lossless.dcm"
    file = read(path)
    file.dataset[0x00282112] = Element(0x00282112, "DS", b"10")
    file.dataset[0x00282114] = Element(0x00282114, "CS", b"ISO_10918_1 ")
    frames = decode(file)
    file.dataset[0x7FE00001] = Element(0x7FE00001, "OV", bytes(8))
    file.dataset[0x7FE00002] = Element(0x7FE00002, "OV", struct.pack("<Q", 1 << 12))
    file.transfer_syntax_uid = "1.2.840.10008.1.2.4.81"
    encode(file, frames)
    after = rewritten(file)
    assert 0x7FE00001 not in after
    assert (after.LossyImageCompression, after.LossyImageCompressionRatio) == ("01", 10)
    assert after.LossyImageCompressionMethod == "ISO_10918_1"


@pytest.mark.parametrize("syntax", COMPRESSED)
def test_damaged_compressed_pixels_are_an_error_without_values(
    syntax: str, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    file = image(ramp("i2", -1024, 3000, (64, 64)), syntax)
    element = file.dataset[0x7FE00010]
    value = bytearray(element.value)
    value[24:200] = b"SECRET".ljust(176, b"\xa5")
    element.value = bytes(value)
    caplog.clear()
    with pytest.raises(PixelError, match=r"cannot be decoded|not what the header says") as caught:
        decode(file)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert not caplog.records
    assert not recwarn.list
    assert not logging.getLogger("pydicom").disabled


def _us(tag: int, value: int) -> Callable[[DicomFile], None]:
    def change(file: DicomFile) -> None:
        file.dataset[tag] = Element(tag, "US", struct.pack("<H", value))

    return change


def _drop(tag: int) -> Callable[[DicomFile], None]:
    def change(file: DicomFile) -> None:
        file.dataset.pop(tag)

    return change


def _float(file: DicomFile) -> None:
    file.dataset.pop(0x7FE00010)
    file.dataset[0x7FE00008] = Element(0x7FE00008, "OF", bytes(140))


def _frames(file: DicomFile) -> None:
    file.dataset[0x00280008] = Element(0x00280008, "IS", b"many")


@pytest.mark.parametrize(
    "change",
    [
        _us(0x00280010, 34), _us(0x00280010, 0), _us(0x00280101, 17), _us(0x00280102, 16), _us(0x00280100, 12),
        _us(0x00280002, 9), _drop(0x00280011), _drop(0x00280100), _drop(0x7FE00010), _float, _frames,
    ],
)  # fmt: skip
def test_a_header_that_contradicts_the_pixels_is_refused(change: Callable[[DicomFile], None]) -> None:
    file = image(ramp("i2", 0, 100))
    change(file)
    with pytest.raises(PixelError):
        decode(file)


def test_new_pixels_that_do_not_fit_are_refused() -> None:
    file = image(ramp("u2", 0, 4000), stored=12)
    good = decode(file)
    for bad in (good[:, 1:], good.astype("i2"), good + np.uint16(1000), good[0]):
        with pytest.raises(PixelError):
            encode(file, bad)
    one_bit = image(ramp("u2", 0, 4000))
    _us(0x00280100, 1)(one_bit)
    _us(0x00280101, 1)(one_bit)
    _us(0x00280102, 0)(one_bit)
    with pytest.raises(PixelError):
        encode(one_bit, decode(one_bit))


def test_a_file_without_pixels_has_nothing_hidden_in_them() -> None:
    file = image(ramp("u2", 0, 4000))
    _drop(0x7FE00010)(file)
    assert not remove_hidden(file)


@pytest.mark.parametrize("source", NATIVE)
@pytest.mark.parametrize("target", [*NATIVE, "1.2.840.10008.1.2.1.99"])
def test_a_file_can_be_written_in_another_syntax(tmp_path: Path, source: str, target: str) -> None:
    def change(dataset: Dataset, _: int) -> None:
        dataset.add_new(0x00280106, "US", 24)
        dataset.add_new(0x00189310, "FD", [1.5, 2.5, -3.5])
        dataset.add_new(0x00280009, "AT", [0x00181063, 0x00181065])
        item = Dataset()
        item.LUTDescriptor = [4, 0, 16]
        item["LUTDescriptor"].VR = "US"
        item.LUTData = np.arange(4).astype(">u2" if source == ExplicitVRBigEndian else "<u2").tobytes()
        item["LUTData"].VR = "OW"
        item.ReferencedFrameNumber, item.ReferencedSegmentNumber = 3, [5, 6]
        dataset.VOILUTSequence = [item]

    path = make_ct_series(tmp_path, slices=1, transfer_syntax_uid=source, change=change, with_private=False)[0]
    file, before = read(path), pydicom.dcmread(path)
    transcode(file, target)
    after = rewritten(file)
    assert after.file_meta.TransferSyntaxUID == target
    assert np.array_equal(after.pixel_array, before.pixel_array)
    assert after.VOILUTSequence[0].LUTDescriptor == [4, 0, 16]
    if target != source and ExplicitVRBigEndian in (source, target):
        for dataset in (before, after):
            del dataset.PixelData
            del dataset.VOILUTSequence[0].LUTData
    assert after == before


def test_signs_of_open_vrs_follow_the_pixel_representation() -> None:
    def change(dataset: Dataset) -> None:
        dataset.add_new(0x00280120, "SS", -2000)
        dataset.add_new(0x00280106, "SS", -1024)
        item = Dataset()
        item.add_new(0x00280120, "SS", -2000)
        dataset.ReferencedImageSequence = [item]

    file = image(ramp("i2", -1024, 3000), ImplicitVRLittleEndian, change=change)
    transcode(file, ExplicitVRLittleEndian)
    after = rewritten(file)
    assert (after.PixelPaddingValue, after["PixelPaddingValue"].VR) == (-2000, "SS")
    assert after.ReferencedImageSequence[0].PixelPaddingValue == -2000
    assert after["PixelData"].VR == "OW"


def test_encapsulated_pixels_are_not_written_as_uncompressed() -> None:
    file = image(ramp("i2", -1024, 3000), RLELossless)
    with pytest.raises(FormatError):
        transcode(file, ExplicitVRLittleEndian)
    with pytest.raises(FormatError):
        transcode(image(ramp("i2", -1024, 3000)), RLELossless)


@pytest.mark.real_data
def test_real_pixels_are_decoded_as_pydicom_does(real_data: Path) -> None:
    compared = 0
    for path in sorted((real_data / "pydicom_pydicom-data").rglob("*.dcm")):
        truth = pydicom.dcmread(path)
        if "PixelData" not in truth or path.name == "liver_rle.dcm":  # pydicom cannot decode that one
            continue
        expected = pixel_array(truth, raw=True)
        assert np.array_equal(decode(read(path)).reshape(expected.shape), expected)
        compared += 1
    assert compared >= 10


@pytest.mark.real_data
def test_the_real_overlay_in_spare_bits_is_removed(real_data: Path) -> None:
    file = read(next(real_data.rglob("ovly_p01*")))
    before = decode(file).copy()
    assert remove_hidden(file)
    stored = np.frombuffer(rewritten(file).PixelData, "u2")
    assert int(stored.max()) < 1 << 14
    assert np.array_equal(decode(file), before)
