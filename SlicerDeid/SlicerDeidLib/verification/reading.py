# SPDX-License-Identifier: Apache-2.0
"""Reading: one DICOM file as pydicom sees it, and as its bytes lie in the file."""

from __future__ import annotations

import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Literal

import pydicom
from pydicom import charset, config, datadict
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import UID

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.verification.archives import opened, read_bytes
from SlicerDeidLib.verification.layout import Span, top_level_spans

DEFLATED = "1.2.840.10008.1.2.1.99"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
SYNTAXES: dict[object, UID] = {
    (True, True): UID(IMPLICIT),
    (False, True): UID(EXPLICIT),
    (False, False): UID(BIG_ENDIAN),
}
"""Transfer syntax of a data set that names none, by (implicit VR, little endian)."""
PLAIN_PIXEL_DATA = 0x7FE00010
PIXEL_DATA = frozenset({0x7FE00008, 0x7FE00009, PLAIN_PIXEL_DATA})
CHARACTER_SET = 0x00080005
DEFAULT_ENCODINGS = ("iso8859",)
HEADER_BYTES = 132  # preamble and "DICM", PS3.10 7.1
FIRST_GROUPS = frozenset({b"\x02\0", b"\x08\0", b"\0\x08"})  # as a data set without preamble begins, either byte order

# What pydicom and the decoders behind it raise on damaged files, besides their own error types.
READ_ERRORS = (
    InvalidDicomError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,  # NotImplementedError and RecursionError too
    struct.error,
    zlib.error,
)

UNREADABLE = "--"  # in place of a VR: pydicom cannot read this element
DELIMITERS = set(b"\\^=\r\n\t\f")  # where ISO 2022 escapes end, PS3.5 6.1.2.5.3

ItemPath = tuple[tuple[int, int], ...]
"""The enclosing sequences of an element: (tag, item index) from the outside in."""


@dataclass(frozen=True, slots=True)
class Found:
    """One element, its value as bytes.

    Attributes
    ----------
    path : ItemPath
        The sequences it lies in.
    raw : bytes
        As in the file, padding included; empty for sequences.
    encodings : tuple of str
        Python codecs of its character set.
    """

    path: ItemPath
    tag: int
    vr: str
    raw: bytes = field(repr=False)
    encodings: tuple[str, ...]

    @property
    def place(self) -> tuple[ItemPath, int]:
        """Where it stands: comparable between two files."""
        return self.path, self.tag

    def ascii(self) -> str:
        """Return the value of a 7-bit VR without padding."""
        return self.raw.decode("ascii", "replace").strip(" \0")

    def text(self) -> str:
        """Return the value decoded by its character set, without padding."""
        return charset.decode_bytes(self.raw, list(self.encodings), DELIMITERS).strip(" \0")


@dataclass(frozen=True, slots=True)
class Reading:
    """One file, read whole.

    Attributes
    ----------
    data : bytes
        The file; where it is deflated, with its data set inflated.
    spans : tuple of Span
        The top-level elements after the file meta information.
    end : int
        Offset in ``data`` behind the last complete element.
    """

    path: Path = field(repr=False)
    data: bytes = field(repr=False)
    dataset: FileDataset = field(repr=False)
    spans: tuple[Span, ...] = field(repr=False)
    end: int

    @property
    def transfer_syntax_uid(self) -> str:
        """Transfer Syntax UID."""
        return str(self.dataset.file_meta.get("TransferSyntaxUID", IMPLICIT))

    def torn_tag(self) -> int | None:
        """Return the tag of the element that says that it is longer than the file; None where there is none."""
        order: Literal["little", "big"] = "big" if self.transfer_syntax_uid == BIG_ENDIAN else "little"
        group, element = (int.from_bytes(self.data[self.end + at : self.end + at + 2], order) for at in (0, 2))
        tag = group << 16 | element
        is_whole = any(span.tag == tag for span in self.spans)
        return tag if self.end < len(self.data) and tag in self.dataset and not is_whole else None

    def header_parts(self) -> Iterator[bytes]:
        """Yield everything but the pixels: what stands behind them in their element is no pixel."""
        start = 0
        for span in self.spans:
            if span.tag in PIXEL_DATA:
                yield self.data[start : span.value]
                size = self.native_bytes() if span.tag == PLAIN_PIXEL_DATA and not span.is_undefined_length else None
                start = span.end if size is None else min(span.value + size, span.end)
        yield self.data[start:]

    def native_bytes(self) -> int | None:
        """Return how many bytes uncompressed pixels take (PS3.5 8.1.1); None where the header does not say."""
        try:
            with silent_pydicom():
                return get_expected_length(self.dataset)
        except READ_ERRORS:
            return None

    def surplus(self) -> bytes:
        """Return what stands behind uncompressed pixels in their element, padded to even length as it is."""
        span = next((s for s in self.spans if s.tag == PLAIN_PIXEL_DATA and not s.is_undefined_length), None)
        size = self.native_bytes()
        return b"" if span is None or size is None else self.data[min(span.value + size, span.end) : span.end]

    def pixel_parts(self) -> Iterator[bytes]:
        """Yield encapsulated pixel data, whose codestreams may carry comments."""
        for span in self.spans:
            if span.tag in PIXEL_DATA and span.is_undefined_length:
                yield self.data[span.value : span.end]

    def elements(self) -> list[Found]:
        """Return all elements of file meta information and data set, nested ones too."""
        return [*walk(self.dataset.file_meta), *walk(self.dataset)]


@contextmanager
def silent_pydicom() -> Iterator[None]:
    """Keep pydicom's warnings and log lines, which quote values, from going anywhere."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(), config.disable_value_validation():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def has_dicom_prefix(path: Path) -> bool:
    """Whether a file starts as PS3.10 says."""
    with opened(path) as file:
        return file.read(HEADER_BYTES)[128:] == b"DICM"


def is_dicom(path: Path) -> bool:
    """Whether a file starts as PS3.10 says, or is the bare data set of an image, as older programs wrote it."""
    with opened(path) as file:
        start = file.read(HEADER_BYTES)
    if start[128:] == b"DICM":
        return True
    dataset = _header(path) if start[:2] in FIRST_GROUPS else None
    return dataset is not None and str(dataset.get("SOPClassUID", "")).startswith("1.")


def read(path: Path) -> Reading:
    """Read one DICOM file whole; a bare data set as if it had an empty preamble.

    Raises
    ------
    FormatError
        If pydicom cannot read it.
    """
    try:
        data = read_bytes(path)
        is_bare = data[128:HEADER_BYTES] != b"DICM" and data[:2] in FIRST_GROUPS
        if is_bare:
            data = bytes(128) + b"DICM" + data
        with silent_pydicom():
            dataset = pydicom.dcmread(BytesIO(data))
            if is_bare and "TransferSyntaxUID" not in dataset.file_meta:
                dataset.file_meta.TransferSyntaxUID = SYNTAXES[dataset.original_encoding]
            syntax = str(dataset.file_meta.get("TransferSyntaxUID", IMPLICIT))
        start = meta_end(data)
        if syntax == DEFLATED:
            data = data[:start] + zlib.decompress(data[start:], -zlib.MAX_WBITS)
        spans, end = top_level_spans(data, start, is_implicit=syntax == IMPLICIT, is_big_endian=syntax == BIG_ENDIAN)
    except READ_ERRORS as error:
        raise FormatError(f"cannot be read as DICOM ({type(error).__name__})") from error
    return Reading(path, data, dataset, spans, end)


def read_header(path: Path) -> FileDataset | None:
    """Read a file up to its pixel data; None when it is no DICOM file or cannot be read."""
    try:
        return _header(path) if is_dicom(path) else None
    except OSError:
        return None


def _header(path: Path) -> FileDataset | None:
    """Read what is taken for a DICOM file up to its pixel data."""
    try:
        with silent_pydicom(), opened(path) as file:
            return pydicom.dcmread(file, stop_before_pixels=True, force=True)
    except READ_ERRORS:
        return None


def meta_end(data: bytes) -> int:
    """Return the offset behind the file meta information: explicit little endian, group 0002, PS3.10 7.1."""
    spans, end = top_level_spans(data, HEADER_BYTES, is_implicit=False, is_big_endian=False, last_group=0x0002)
    return spans[-1].end if spans else end


def walk(dataset: Dataset, path: ItemPath = (), encodings: tuple[str, ...] = DEFAULT_ENCODINGS) -> Iterator[Found]:
    """Yield the elements of a data set in the order of their tags, items of sequences behind their sequence."""
    encodings = _encodings(dataset, encodings)
    for tag in sorted(int(key) for key in dataset.keys()):  # noqa: SIM118 - iterating a Dataset converts its values
        vr, raw, items = _content(dataset, tag)
        yield Found(path, tag, vr, raw, encodings)
        for number, item in enumerate(items):
            yield from walk(item, (*path, (tag, number)), encodings)


def _content(dataset: Dataset, tag: int) -> tuple[str, bytes, list[Dataset]]:
    """Return VR, value and items of an element; ``UNREADABLE`` for a damaged one."""
    try:
        element = dataset.get_item(tag)
        vr = _vr(element, tag)
        if vr == "SQ":
            return vr, b"", list(dataset[tag].value or ())
        return vr, _raw(element), []
    except READ_ERRORS:
        return UNREADABLE, b"", []


def _vr(element: DataElement | RawDataElement | None, tag: int) -> str:
    """Return the VR that the file or PS3.6 gives."""
    vr = getattr(element, "VR", None)
    if vr and vr != "UN":
        return str(vr)
    try:
        return datadict.dictionary_VR(tag)[:2]
    except KeyError:
        return "UN"


def _raw(element: DataElement | RawDataElement | None) -> bytes:
    """Return an element's value as bytes."""
    value = getattr(element, "value", None)
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    values = value if isinstance(value, list | pydicom.multival.MultiValue) else [value]
    return "\\".join(str(v) for v in values).encode("utf-8")


def _encodings(dataset: Dataset, inherited: tuple[str, ...]) -> tuple[str, ...]:
    """Return the Python codecs of a data set's character set, or those of the enclosing one."""
    try:
        if CHARACTER_SET not in dataset:
            return inherited
        return tuple(charset.convert_encodings(dataset[CHARACTER_SET].value))
    except READ_ERRORS:
        return DEFAULT_ENCODINGS
