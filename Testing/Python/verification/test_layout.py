# SPDX-License-Identifier: Apache-2.0
"""Our own walk over the bytes agrees with pydicom's, and never runs wild on damaged bytes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_files
from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.verification.layout import top_level_spans
from SlicerDeidLib.verification.reading import has_dicom_prefix, read, silent_pydicom

NAMES = (
    "CT_small.dcm",
    "MR_small_implicit.dcm",
    "MR_small_bigendian.dcm",
    "image_dfl.dcm",
    "JPEG2000.dcm",
    "rtplan.dcm",
)


@pytest.mark.parametrize("name", NAMES)
def test_the_elements_are_those_that_pydicom_finds(name):
    path = Path(next(p for p in get_testdata_files(name) if Path(p).name == name))
    if not has_dicom_prefix(path):
        pytest.fail("the sample has no preamble")
    with silent_pydicom():
        reading = read(path)
        assert [span.tag for span in reading.spans] == sorted(int(tag) for tag in reading.dataset.keys())  # noqa: SIM118
        for span in reading.spans:
            raw = reading.dataset.get_item(span.tag)
            value = getattr(raw, "value", None)
            if isinstance(value, bytes) and not span.is_undefined_length:
                assert reading.data[span.value : span.end] == value
    assert reading.end == len(reading.data)


@hypothesis_settings(deadline=None)
@given(st.binary(max_size=300), st.booleans(), st.booleans())
def test_any_bytes_are_walked_to_an_end(data, is_implicit, is_big_endian):
    spans, end = top_level_spans(data, 0, is_implicit=is_implicit, is_big_endian=is_big_endian)
    assert 0 <= end <= len(data)
    assert all(a.end == b.start for a, b in pairwise(spans))


def test_nesting_without_end_is_cut_off():
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff"
    data = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff" + item * 5000
    assert top_level_spans(data, 0, is_implicit=False, is_big_endian=False) == ((), 0)


def test_a_file_that_is_no_dicom_is_one_sentence(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"hello")
    with pytest.raises(FormatError, match="cannot be read as DICOM"):
        read(path)
