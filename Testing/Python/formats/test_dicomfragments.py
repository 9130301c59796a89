# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from dicomcases import ITEM, SEQUENCE_END, implicit
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicomfile import DicomFile, read, write
from SlicerDeidLib.formats.dicomfragments import _split, without_hidden
from SlicerDeidLib.formats.dicompixels import decode, remove_hidden
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
TABLE = b"\xff\xdb" + struct.pack(">H", 6) + b"abcd"
SCAN = b"\xff\xda" + struct.pack(">H", 4) + b"hd" + b"data\xff\0data\xff\xd0data"


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


def test_rle_frames_are_their_fragments_and_no_more() -> None:
    assert without_hidden(encapsulated(b"frame1", b"frame2"), RLE, 2) is None
    with pytest.raises(PixelError):
        without_hidden(encapsulated(b"frame1", b"SECRET"), RLE, 1)
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
