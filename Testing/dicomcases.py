# SPDX-License-Identifier: Apache-2.0
"""Data sets for the tests of the codec: hypothesis strategies, and files written byte by byte."""

from __future__ import annotations

import io
import struct
from typing import Any

from hypothesis import strategies as st
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

SYNTAXES = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]

_letters = st.text(st.characters(codec="latin-1", categories=["L", "N"]), min_size=0, max_size=12)
_codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", max_size=12)
_uids = st.lists(st.integers(0, 10**9), min_size=1, max_size=4).map(lambda n: "1.2." + ".".join(map(str, n)))
_words = {
    "US": st.integers(0, 0xFFFF),
    "SS": st.integers(-0x8000, 0x7FFF),
    "UL": st.integers(0, 0xFFFFFFFF),
    "SL": st.integers(-0x80000000, 0x7FFFFFFF),
    "FL": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "FD": st.floats(allow_nan=False, allow_infinity=False),
    "SV": st.integers(-(1 << 63), (1 << 63) - 1),
    "UV": st.integers(0, (1 << 64) - 1),
    "AT": st.integers(0x00080000, 0x0040FFFF),
}
_bytes = st.binary(max_size=24)


def _multiple(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(strategy, st.lists(strategy, min_size=2, max_size=4))


def _whole_words(width: int) -> st.SearchStrategy[bytes]:
    return st.integers(0, 6).flatmap(lambda n: st.binary(min_size=n * width, max_size=n * width))


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "AE": _codes, "AS": st.integers(0, 999).map("{:03d}Y".format), "CS": _multiple(_codes.filter(bool)),
    "DA": st.dates().map(lambda d: f"{d.year:04d}{d.month:02d}{d.day:02d}"),
    "DS": st.integers(-10**9, 10**9).map(str), "DT": st.datetimes().map(lambda d: f"{d.year:04d}0101"),
    "IS": st.integers(-(2**31), 2**31 - 1).map(str), "LO": _letters, "LT": _letters, "PN": _letters, "SH": _letters,
    "ST": _letters, "TM": st.integers(0, 23).map("{:02d}".format), "UC": _letters, "UI": _uids, "UR": _codes,
    "UT": _letters, "OB": _bytes.map(lambda b: b + b"\0" * (len(b) % 2)), "OW": _whole_words(2), "OF": _whole_words(4),
    "OL": _whole_words(4), "OD": _whole_words(8), "OV": _whole_words(8), "UN": _whole_words(2),
    **{vr: _multiple(words) for vr, words in _words.items()},
}  # fmt: skip
PUBLIC = {  # one or two standard tags of every VR
    "AE": [0x00080054, 0x00400001], "AS": [0x00101010], "AT": [0x00280009], "CS": [0x00080008, 0x00280004],
    "DA": [0x00080020, 0x00400002], "DS": [0x00101020, 0x00180050], "DT": [0x0008002A, 0x00404005],
    "FD": [0x00081163, 0x00189306], "FL": [0x00089459], "IS": [0x00200011, 0x00200013], "LO": [0x00100020, 0x00081030],
    "LT": [0x001021B0], "OB": [0x00420011], "OD": [0x00660022], "OF": [0x00640009], "OL": [0x00660129],
    "OV": [0x7FE00001], "OW": [0x00281201], "PN": [0x00100010, 0x00080090], "SH": [0x00080050, 0x00200010],
    "SL": [0x00186020], "SS": [0x00189219], "ST": [0x00080081], "SV": [0x00720082], "TM": [0x00080030],
    "UC": [0x00080119], "UI": [0x0020000D, 0x00080018], "UL": [0x00186016], "UR": [0x00080120], "US": [0x00280010],
    "UT": [0x0008030E], "UV": [0x0008040C],
}  # fmt: skip
SEQUENCES = [0x00081140, 0x00400275, 0x00082218]


@st.composite
def datasets(draw: st.DrawFn, depth: int = 2, *, with_private: bool = True, is_mixed: bool = True) -> Dataset:
    """Draw a data set of any standard VR, with private elements and nested sequences.

    The items below a private sequence are never of mixed form: in implicit files pydicom reads it as bytes.
    """
    dataset = Dataset()
    for vr in draw(st.lists(st.sampled_from(sorted(PUBLIC)), max_size=6, unique=True)):
        dataset.add_new(draw(st.sampled_from(PUBLIC[vr])), vr, draw(VALUES[vr]))
    if with_private and draw(st.booleans()):
        block = dataset.private_block(draw(st.sampled_from([0x0009, 0x0029, 0x7FE1])), "TEST CREATOR", create=True)
        for offset, vr in enumerate(draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=3))):
            block.add_new(offset, vr, draw(VALUES[vr]))
        if depth:
            items, is_undefined = draw(sequences(depth - 1, is_mixed=False))
            block.add_new(0x80, "SQ", items)
            block[0x80].is_undefined_length = is_undefined
    if depth and draw(st.booleans()):
        tag = draw(st.sampled_from(SEQUENCES))
        items, is_undefined = draw(sequences(depth - 1, with_private=with_private, is_mixed=is_mixed))
        dataset.add_new(tag, "SQ", items)
        dataset[tag].is_undefined_length = is_undefined
    return dataset


@st.composite
def sequences(
    draw: st.DrawFn, depth: int, *, with_private: bool = True, is_mixed: bool = True
) -> tuple[Sequence, bool]:
    """Draw a sequence of defined or undefined length; its items have the same form or, when mixed, any."""
    items = draw(st.lists(datasets(depth, with_private=with_private, is_mixed=is_mixed), max_size=2))
    is_undefined = draw(st.booleans())
    for item in items:
        item.is_undefined_length_sequence_item = draw(st.booleans()) if is_mixed else is_undefined
    return Sequence(items), is_undefined


def saved(dataset: Dataset, transfer_syntax_uid: str) -> bytes:
    """Write ``dataset`` by pydicom."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = transfer_syntax_uid
    file = FileDataset(None, dataset, preamble=b"\0" * 128, file_meta=meta)
    file.SOPClassUID = meta.MediaStorageSOPClassUID  # a data set must not be empty
    file.SpecificCharacterSet = "ISO_IR 100"
    buffer = io.BytesIO()
    dcmwrite(buffer, file, enforce_file_format=True)
    return buffer.getvalue()


def loaded(data: bytes) -> FileDataset:
    """Read by pydicom."""
    return dcmread(io.BytesIO(data))


def explicit(tag: int, vr: bytes, value: bytes = b"", length: int | None = None, order: str = "<") -> bytes:
    """Write one explicit element byte by byte; ``length`` lies where it is given."""
    size = len(value) if length is None else length
    if vr in (b"OB", b"OW", b"SQ", b"UN", b"UT", b"OF", b"UC", b"ZZ"):
        return struct.pack(order + "HH2sHL", tag >> 16, tag & 0xFFFF, vr, 0, size) + value
    return struct.pack(order + "HH2sH", tag >> 16, tag & 0xFFFF, vr, size) + value


def implicit(tag: int, value: bytes = b"", length: int | None = None) -> bytes:
    """Write one implicit element, an item or a delimiter."""
    return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def file_of(*elements: bytes, syntax: str = ExplicitVRLittleEndian, preamble: bytes = b"\0" * 128) -> bytes:
    """Put encoded elements into a file with the least meta information."""
    uid = syntax.encode() + b"\0" * (len(syntax) % 2)
    return preamble + b"DICM" + explicit(0x00020010, b"UI", uid) + b"".join(elements)


ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
UNDEFINED = 0xFFFFFFFF
SOP_CLASS = explicit(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0")
