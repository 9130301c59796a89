# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from dicomcases import ITEM, SEQUENCE_END, implicit
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.decoders.rle import _rle_decode_segment
from pydicom.pixels.encoders.native import _encode_row as _rle_encode_row
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.codestreams import clean_jpeg
from SlicerDeidLib.formats.dicom.file import DicomFile, read, write
from SlicerDeidLib.formats.dicom.fragments import _split, without_hidden
from SlicerDeidLib.formats.dicom.pixels import decode, remove_hidden
from SlicerDeidLib.model.element import Element

SAMPLES = Path(pydicom.data.__file__).parent / "test_files"
JPEG, LOSSLESS, LS, J2K, RLE = (
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.5",
)
COMMENT = b"\xff\xfe" + struct.pack(">H", 8) + b"SECRET"
APPLICATION = b"\xff\xe1" + struct.pack(">H", 8) + b"SECRET"
JFIF = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\1\1\0\0\1\0\1\0\0"
PLAIN_JFIF = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\1\2\0\0\1\0\1\0\0"
TABLE = b"\xff\xc4" + struct.pack(">H", 20) + b"\0\1" + bytes(15) + b"v"
SCAN = b"\xff\xda" + struct.pack(">H", 8) + b"\1\1\0\0\77\0" + b"data\xff\0data\xff\xd0data"


def encapsulated(*fragments: bytes, table: bytes = b"") -> bytes:
    return b"".join([implicit(ITEM, table), *(implicit(ITEM, f) for f in fragments), implicit(SEQUENCE_END)])


def sample(name: str) -> DicomFile:
    return read(SAMPLES / name)


def stream_of(file: DicomFile) -> bytes:
    """The codestream of a single-frame file."""
    _, *fragments = _split(file.dataset[0x7FE00010].value)
    return b"".join(fragments)


@pytest.mark.parametrize("syntax", [JPEG, LOSSLESS])
def test_comments_application_data_and_what_follows_the_end_of_a_jpeg_go(syntax: str) -> None:
    clean = b"\xff\xd8" + JFIF + TABLE + SCAN + TABLE + SCAN + b"\xff\xd9"
    dirty = b"\xff\xd8" + JFIF + COMMENT + TABLE + APPLICATION + SCAN + COMMENT + TABLE + SCAN + b"\xff\xd9SECRET"
    assert without_hidden(encapsulated(dirty), syntax, 1) == encapsulated(clean + b"\0" * (len(clean) % 2))
    assert without_hidden(encapsulated(clean, table=b"\0\0\0\0"), syntax, 1) is None
    assert without_hidden(encapsulated(clean + b"\0"), syntax, 1) is None


def test_a_jfif_segment_with_unusual_numbers_is_written_anew() -> None:
    odd = JFIF[:12] + b"\0\x48\x47\0\0" + b"\0"
    assert len(odd) == len(JFIF)
    cleaned = without_hidden(encapsulated(b"\xff\xd8" + odd + TABLE + SCAN + b"\xff\xd9"), JPEG, 1)
    assert cleaned == encapsulated(b"\xff\xd8" + PLAIN_JFIF + TABLE + SCAN + b"\xff\xd9")


def test_an_offset_table_that_is_none_is_emptied() -> None:
    clean = b"\xff\xd8" + TABLE + SCAN + b"\xff\xd9"
    assert without_hidden(encapsulated(clean, table=b"SECRET00"), JPEG, 1) == encapsulated(clean)


def test_frames_of_several_fragments_stay_frames() -> None:
    clean = b"\xff\xd8" + TABLE + SCAN + b"\xff\xd9"
    dirty = clean[:2] + COMMENT + clean[2:]
    whole = encapsulated(clean[:10], clean[10:], clean, table=struct.pack("<LL", 0, 16 + len(clean)))
    assert without_hidden(whole, JPEG, 2) is None
    assert without_hidden(encapsulated(clean[:10], clean[10:], dirty), JPEG, 2) == encapsulated(clean, clean)
    for frames in (3, 4):
        with pytest.raises(PixelError):
            without_hidden(whole, JPEG, frames)


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [
        (JPEG, b"SECRET"),
        (JPEG, b"\xff\xd8SECRET"),
        (JPEG, b"\xff\xd8" + TABLE + SCAN),
        (J2K, b"SECRET"),
        (J2K, b"\xff\x4f\xff\x51SECRET"),
        (J2K, b"\xff\x4f\xff\x51\0\4ab\xff\x90\0\x0a\0\0\0\0\0\x10\0\1SECRET"),
        (J2K, b"\0\0\0\x0cjP  SECRET"),
    ],
)
def test_a_malformed_codestream_is_refused_without_its_bytes(syntax: str, stream: bytes) -> None:
    with pytest.raises(PixelError) as caught:
        without_hidden(encapsulated(stream), syntax, 1)
    assert "SECRET" not in str(caught.value)


def rle_frame(*segments: bytes, offsets: list[int] | None = None, behind: bytes = b"") -> bytes:
    padded = [segment + b"\0" * (len(segment) % 2) for segment in segments]
    starts = [64 + sum(map(len, padded[:number])) for number in range(len(padded))]
    header = [len(segments), *(offsets or starts)]
    return struct.pack("<16L", *header, *[0] * (16 - len(header))) + b"".join(padded) + behind


def cleaned_rle(frame: bytes, segments: int = 1, size: int = 4) -> bytes | None:
    value = without_hidden(encapsulated(frame), RLE, 1, segments=segments, segment_bytes=size)
    return None if value is None else _split(value)[1]


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        (rle_frame(b"\3abcd", behind=b"SECRET"), rle_frame(b"\3abcd")),
        (rle_frame(b"\3abcd", offsets=[64, 0x52434553]), rle_frame(b"\3abcd")),
        (rle_frame(b"\xfdx\5SECRET"), rle_frame(b"\xfdx")),
        (rle_frame(b"\1ab\7cdSECRET"), rle_frame(b"\1ab\1cd")),
        (rle_frame(b"\xf0x"), rle_frame(b"\xfdx")),
        (rle_frame(b"\2abc\xf0x"), rle_frame(b"\2abc\0x")),
        (rle_frame(b"\x80\3abcd\x80SECRET"), rle_frame(b"\x80\3abcd")),
        (rle_frame(b"SECRET\3abcd", offsets=[70]), rle_frame(b"\3abcd")),
    ],
)
def test_an_rle_frame_keeps_the_runs_of_its_pixels_only(dirty: bytes, clean: bytes) -> None:
    assert cleaned_rle(dirty) == clean
    assert cleaned_rle(clean) is None


@pytest.mark.parametrize("segments", [b"", b"\3abc", b"\1ab", b"\x80\xfd", b"\x80\x80"])
def test_an_rle_frame_that_is_too_short_is_refused(segments: bytes) -> None:
    with pytest.raises(PixelError):
        cleaned_rle(rle_frame(segments))
    with pytest.raises(PixelError):
        cleaned_rle(rle_frame(b"\3abcd", offsets=[8]))
    with pytest.raises(PixelError):
        cleaned_rle(rle_frame(b"\3abcd", b"\3abcd"))


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=1, max_size=300), st.binary(max_size=9), st.integers(0, 2**32 - 1))
def test_whatever_pydicom_encodes_as_rle_decodes_the_same_without_what_hides(
    pixels: bytes, behind: bytes, offset: int
) -> None:
    segment = bytes(_rle_encode_row(np.frombuffer(pixels, np.uint8)))
    dirty = rle_frame(segment, behind=behind, offsets=[64, offset])
    cleaned = cleaned_rle(dirty, size=len(pixels)) or dirty
    assert cleaned == rle_frame(segment)
    assert bytes(_rle_decode_segment(cleaned[64:]))[: len(pixels)] == pixels


def test_rle_frames_are_their_fragments_and_no_more() -> None:
    frame = rle_frame(b"\3abcd")
    assert without_hidden(encapsulated(frame, frame), RLE, 2, segment_bytes=4) is None
    with pytest.raises(PixelError):
        without_hidden(encapsulated(frame, b"SECRET"), RLE, 1, segment_bytes=4)
    with pytest.raises(PixelError):
        without_hidden(encapsulated(), RLE, 1)


def test_video_is_not_looked_into() -> None:
    assert without_hidden(encapsulated(b"video"), "1.2.840.10008.1.2.4.102", 10) is None


@pytest.mark.parametrize(
    ("name", "place", "segment"),
    [
        ("MR_small_jpeg_ls_lossless.dcm", 2, COMMENT),
        ("SC_rgb_jpeg_gdcm.dcm", 2, APPLICATION),
        ("MR_small_jp2klossless.dcm", 0, b""),
        ("examples_jpeg2k.dcm", 0, b""),
        ("GDCMJ2K_TextGBR.dcm", 0, b""),
    ],
)
def test_planted_text_goes_from_real_codestreams_and_pixels_stay(name: str, place: int, segment: bytes) -> None:
    file = sample(name)
    before = decode(file).copy()
    stream = stream_of(file)
    planted = stream[:place] + segment + stream[place:].rstrip(b"\0") + b"SECRET behind"
    planted += b"\0" * (len(planted) % 2)
    file.dataset[0x7FE00010] = Element(0x7FE00010, "OB", encapsulated(planted), undefined_length=True)
    assert remove_hidden(file)
    written = b"".join(write(file))
    assert b"SECRET" not in written
    assert np.array_equal(decode(read(written)), before)
    assert not remove_hidden(file)


def test_the_comment_of_a_jpeg_2000_encoder_goes() -> None:
    file = sample("examples_jpeg2k.dcm")
    stream = stream_of(file)
    header_end = stream.index(b"\xff\x90")
    comment = b"\xff\x64" + struct.pack(">HH", 10, 1) + b"SECRET"
    planted = stream[:header_end] + comment + stream[header_end:]
    cleaned = without_hidden(encapsulated(planted), J2K, 1)
    assert cleaned is not None
    assert b"SECRET" not in cleaned


def lossless(syntax: str, plugin: str) -> FileDataset:
    dataset = dcmread(SAMPLES / "CT_small.dcm")
    dataset.remove_private_tags()
    dataset.compress(syntax, encoding_plugin=plugin)
    return dataset


def planted(dataset: FileDataset, stream: bytes) -> DicomFile:
    dataset.PixelData = encapsulate([stream], has_bot=False)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return read(buffer.getvalue())


def check_planted(dataset: FileDataset, stream: bytes) -> None:
    before = dataset.pixel_array.copy()
    file = planted(dataset, stream)
    assert remove_hidden(file)
    written = b"".join(write(file))
    assert b"SECRET" not in written
    assert np.array_equal(decode(read(written))[0], before)
    assert np.array_equal(dcmread(io.BytesIO(written)).pixel_array, before)
    assert not remove_hidden(file)


@pytest.mark.parametrize(
    "place", ["behind", "offsets"], ids=["behind the last segment", "in offsets that are not used"]
)
def test_text_goes_from_a_real_rle_frame_and_pixels_stay(place: str) -> None:
    dataset = lossless(RLE, "pydicom")
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    dirty = frame + b"SECRET" if place == "behind" else frame[:20] + b"SECRET__" + frame[28:]
    check_planted(dataset, dirty)


def j2k_comment(text: bytes) -> bytes:
    return b"\xff\x64" + struct.pack(">HH", 4 + len(text), 1) + text


@pytest.mark.parametrize("has_lengths", [False, True])
def test_text_goes_from_the_tile_part_headers_of_a_real_jpeg_2000_and_pixels_stay(has_lengths: bool) -> None:
    dataset = lossless(J2K, "pylibjpeg")
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1)).rstrip(b"\0")
    start = stream.index(b"\xff\x90")
    length = len(stream) - 2 - start
    assert int.from_bytes(stream[start + 6 : start + 10], "big") in (0, length)
    hidden = j2k_comment(b"SECRET") + b"\xff\x58" + struct.pack(">H", 9) + b"\0SECRET"  # a comment and a PLT
    lengths = b"\xff\x55\0\x0a\0\x60\0\0" + struct.pack(">L", length + len(hidden)) if has_lengths else b""
    dirty = (
        stream[:start]
        + lengths
        + stream[start : start + 6]
        + struct.pack(">L", length + len(hidden))
        + stream[start + 10 : start + 12]
        + hidden
        + stream[start + 12 :]
    )
    check_planted(dataset, dirty)
    cleaned = without_hidden(encapsulated(dirty + b"\0" * (len(dirty) % 2)), J2K, 1)
    assert cleaned is not None
    assert (b"\xff\x55\0\x0a\0\x60\0\0" + struct.pack(">L", length) in cleaned) == has_lengths


SEGMENTS = {
    "a comment": b"\xff\xfe\0\x08SECRET",
    "application data of HP with more behind it": b"\xff\xe8\0\x0dmrfx\0SECRET",
    "what is no Adobe segment": b"\xff\xee\0\x0eSECRET_PLANT",
    "JFIF with text for numbers": b"\xff\xe0\0\x10JFIF\0SECRET___",
    "Adobe with text for a version": b"\xff\xee\0\x0eAdobeSECRET\0",
    "a reserved marker": b"\xff\xfd\0\x08SECRET",
    "JPG0": b"\xff\xf0\0\x08SECRET",
    "RES": b"\xff\x02\0\x08SECRET",
    "JPG": b"\xff\xc8\0\x08SECRET",
    "EXP": b"\xff\xdf\0\x08SECRET",
}


@pytest.mark.parametrize("segment", SEGMENTS)
def test_text_goes_from_the_segments_of_a_real_jpeg_ls_and_pixels_stay(segment: str) -> None:
    dataset = lossless(LS, "pyjpegls")
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
    check_planted(dataset, stream[:2] + SEGMENTS[segment] + stream[2:])


@pytest.mark.parametrize("name", ["SC_rgb_jpeg_gdcm.dcm", "SC_rgb_jpeg_dcmtk.dcm", "SC_rgb_jpeg_app14_dcmd.dcm"])
@pytest.mark.parametrize("segment", [name for name in SEGMENTS if "Adobe with" not in name])  # it names a colour space
def test_text_goes_from_the_segments_of_a_real_jpeg_and_pixels_stay(name: str, segment: str) -> None:
    file = sample(name)
    before = decode(file).copy()
    stream = stream_of(file)
    dirty = stream[:2] + SEGMENTS[segment] + stream[2:]
    file.dataset[0x7FE00010] = Element(
        0x7FE00010, "OB", encapsulated(dirty + b"\0" * (len(dirty) % 2)), undefined_length=True
    )
    assert remove_hidden(file)
    written = b"".join(write(file))
    assert b"SECRET" not in written
    assert np.array_equal(decode(read(written)), before)


@pytest.mark.parametrize(
    "segment",
    [
        b"\xff\xc0\0\x10\x08\0\1\0\1\1\1\x11\0SECRE",
        b"\xff\xdd\0\x0cSECRETSECR",
        b"\xff\xc4\0\x1a\0\1" + bytes(15) + b"vSECRET",
        b"\xff\xdb\0\x08SECRET",
        b"\xff\xf8\0\x09\2SECRET",
    ],
)
def test_a_table_or_frame_that_is_longer_than_its_contents_is_refused(segment: bytes) -> None:
    with pytest.raises(PixelError, match="contents"):
        without_hidden(encapsulated(b"\xff\xd8" + segment + SCAN + b"\xff\xd9"), JPEG, 1)


UNUSED_TABLE = b"\xff\xc4\0\x19\3" + bytes([0] * 7 + [6] + [0] * 8) + b"SECRET"
BEHIND = {"text": b"SECRET", "a comment": COMMENT, "fill bytes": b"\xff\xff" + COMMENT, "restarts": b"\xff\0SECRET"}


def encoded(array: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["SC_rgb_jpeg_gdcm.dcm", "SC_rgb_jpeg_dcmtk.dcm"])
@pytest.mark.parametrize("behind", BEHIND)
def test_what_lies_behind_the_coded_data_and_unused_tables_go_and_pixels_stay(name: str, behind: str) -> None:
    file = sample(name)
    before = decode(file).copy()
    stream = stream_of(file)
    end, scan = stream.rindex(b"\xff\xd9"), stream.index(b"\xff\xda")
    dirty = stream[:scan] + UNUSED_TABLE + stream[scan:end] + BEHIND[behind] + stream[end:]
    value = encapsulated(dirty + b"\0" * (len(dirty) % 2))
    file.dataset[0x7FE00010] = Element(0x7FE00010, "OB", value, undefined_length=True)
    assert remove_hidden(file)
    written = b"".join(write(file))
    assert b"SECRET" not in written
    assert np.array_equal(decode(read(written)), before)
    assert not remove_hidden(file)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([None, "4:4:4", "4:2:2", "4:2:0"]),
    st.sampled_from([0, 1, 3]),
    st.integers(5, 100),
    st.integers(0, 2**32 - 1),
)
def test_of_any_sequential_jpeg_nothing_but_what_is_planted_goes(
    rows: int, columns: int, sampling: str | None, restart: int, quality: int, seed: int
) -> None:
    shape = (rows, columns) if sampling is None else (rows, columns, 3)
    array = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    options = {} if sampling is None else {"subsampling": sampling}
    stream = encoded(array, quality=quality, restart_marker_blocks=restart, optimize=bool(seed & 1), **options)
    clean = clean_jpeg(stream)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(clean))), np.asarray(Image.open(io.BytesIO(stream))))
    assert clean_jpeg(clean[:-2] + b"SECRET" + clean[-2:]) == clean
    assert len(clean) >= len(stream) - 18  # but for JFIF's segment


def test_text_before_a_restart_marker_goes() -> None:
    clean = clean_jpeg(encoded(np.arange(256, dtype=np.uint8).reshape(16, 16), restart_marker_blocks=1))
    assert clean_jpeg(clean.replace(b"\xff\xd1", b"SECRET\xff\xd1")) == clean


def test_a_progressive_jpeg_which_no_transfer_syntax_here_has_is_refused() -> None:
    with pytest.raises(PixelError, match="kind"):
        clean_jpeg(encoded(np.zeros((8, 8), np.uint8), progressive=True))


@pytest.mark.parametrize("lost", [4, 40])
def test_a_scan_that_is_shorter_than_its_image_is_refused(lost: int) -> None:
    stream = encoded(np.random.default_rng(1).integers(0, 256, (32, 32), dtype=np.uint8))
    with pytest.raises(PixelError, match="JPEG scan"):
        clean_jpeg(stream[: -2 - lost] + stream[-2:])


def test_a_table_with_text_for_symbols_is_refused() -> None:
    stream = encoded(np.zeros((8, 8), np.uint8))
    at = stream.index(b"\xff\xc4")
    with pytest.raises(PixelError, match="symbols"):
        clean_jpeg(stream[: at + 21] + b"S" + stream[at + 22 :])


def test_text_behind_the_coded_data_of_a_jpeg_ls_is_refused() -> None:
    dataset = lossless(LS, "pyjpegls")
    stream = next(generate_frames(dataset.PixelData, number_of_frames=1)).rstrip(b"\0")
    assert not remove_hidden(planted(dataset, stream))
    with pytest.raises(PixelError):
        remove_hidden(planted(dataset, stream[:-2] + b"SECRET" + stream[-2:]))


@pytest.mark.real_data
def test_every_real_compressed_file_decodes_the_same_when_nothing_hides_in_it(real_data: Path) -> None:
    seen = 0
    for folder in ("compressed_j2k", "compressed_jpegls", "compressed_rle", "compressed_jpeg"):
        for path in sorted((real_data / "icometrix_dicom2nifti" / "generic" / folder).rglob("*"))[:3]:
            if not path.is_file():
                continue
            file = read(path)
            before = decode(file).copy()
            remove_hidden(file)
            assert np.array_equal(decode(file), before)
            assert not remove_hidden(file)
            seen += 1
            if file.transfer_syntax_uid == LOSSLESS:
                clean = stream_of(file).rstrip(b"\0")
                assert clean_jpeg(clean[:-2] + b"SECRET" + clean[-2:]) == clean
    assert seen > 5


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from([JPEG, LOSSLESS, LS, J2K, RLE]),
    st.lists(st.binary(max_size=40), max_size=4),
    st.sampled_from([b"", b"\xff\xd8", b"\xff\x4f\xff\x51"]),
    st.integers(1, 3),
)
def test_any_fragments_are_cleaned_or_refused(syntax: str, fragments: list[bytes], start: bytes, frames: int) -> None:
    value = encapsulated(*(start + f + b"\0" * (len(f) % 2) for f in fragments))
    try:
        cleaned = without_hidden(value, syntax, frames)
    except PixelError:
        return
    if cleaned is not None:
        assert without_hidden(cleaned, syntax, frames) is None
