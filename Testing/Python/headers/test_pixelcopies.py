# SPDX-License-Identifier: Apache-2.0
"""No second copy of the pixels, and nothing that could be one, stays beside Pixel Data."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    MRImageStorage,
    ParametricMapStorage,
)
from SlicerDeidLib.headers.engine import HeaderContext, deidentify
from SlicerDeidLib.headers.values import are_offsets, can_be_many, is_sound
from SlicerDeidLib.model.element import Element, Elements

COPY = b"FACE" * 64
FRAGMENTS = b"\xfe\xff\x00\xe0\0\0\0\0" + b"\xfe\xff\x00\xe0\x08\0\0\0PICTURES" + b"\xfe\xff\xdd\xe0\0\0\0\0"


def with_pixels(*elements: Element) -> Callable[[Elements], None]:
    pixels = Element(0x7FE00010, "OW", b"PIXELS")
    return lambda dataset: dataset.update({element.tag: element for element in (pixels, *elements)})


@pytest.mark.parametrize("policy", ["basic", "research"])
@pytest.mark.parametrize(
    ("tag", "vr"),
    [
        (0x7F020010, "OW"),  # Variable Pixel Data
        (0x7F000010, "OW"),
        (0x7F1E0010, "OB"),
        (0x7F030010, "OB"),  # private
        (0x7FE10010, "UN"),
        (0x7FE00008, "OF"),
        (0x7FE00009, "OD"),
        (0x7FE00020, "OW"),
        (0x7FE00011, "OB"),
        (0x7FE00001, "OV"),
        (0x7FE00002, "OV"),
        (0x7FE00003, "UV"),
    ],
)
def test_of_the_groups_of_pixels_only_pixel_data_stays(
    tag: int, vr: str, policy: str, ct: Dataset, through: Callable
) -> None:
    result = through(ct, policy, plant=with_pixels(Element(tag, vr, COPY)))
    assert COPY[:8] not in result.data
    assert b"PIXELS" in result.data


def test_no_rule_of_a_policy_keeps_a_copy_in_a_group_of_pixels(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    policy = policy_of(("7f020010", "K"), ("unknown", "K"), ("private", "K"), ("7fxxxxxx", "K"))
    copies = (Element(0x7F020010, "OW", COPY), Element(0x7FE10010, "OB", COPY), Element(0x7FE00030, "OW", COPY))
    result = through(ct, policy, plant=with_pixels(*copies))
    assert COPY[:8] not in result.data


@pytest.mark.parametrize(
    ("tag", "vr"),
    [
        (0x54001010, "OW"),  # Waveform Data
        (0x56000020, "OF"),  # Spectroscopy Data
        (0x00660016, "OF"),  # Point Coordinates Data
        (0x00420011, "OB"),  # Encapsulated Document
        (0x00221518, "OW"),
        (0x00281221, "OW"),  # Segmented Red Palette: the three of CT images are not segmented
        (0x00700295, "OB"),
        (0x00189073, "UN"),
    ],
)
@pytest.mark.parametrize("class_uid", [CTImageStorage, MRImageStorage, EnhancedCTImageStorage])
def test_bulk_data_of_another_object_goes(tag: int, vr: str, class_uid: str, ct: Dataset, through: Callable) -> None:
    ct.SOPClassUID = class_uid
    result = through(ct, "research", plant=with_pixels(Element(tag, vr, COPY)))
    assert COPY[:8] not in result.data


def test_bulk_data_inside_a_sequence_goes_where_the_iod_has_none(ct: Dataset, through: Callable) -> None:
    data = Element(0x54001010, "OW", COPY)
    groups = Element(0x00081199, "SQ", items=[{0x54001010: data}])
    assert COPY[:8] not in through(ct, "research", plant=with_pixels(groups)).data


def test_bulk_data_that_the_iod_has_stays(ct: Dataset, through: Callable) -> None:
    lut = {0x00283002: Element(0x00283002, "US", b"\2\0\0\0\x10\0"), 0x00283006: Element(0x00283006, "OW", b"\0\0\1\0")}
    kept = (
        Element(0x00281201, "OW", bytes(range(1, 9))),
        Element(0x00282000, "OB", b"\0\0\2\xe0acsp"),
        Element(0x00283010, "SQ", items=[lut]),
    )
    result = through(ct, "research", plant=with_pixels(*kept))
    assert result.dataset.RedPaletteColorLookupTableData == bytes(range(1, 9))
    assert result.dataset.ICCProfile == b"\0\0\2\xe0acsp"
    assert result.dataset.VOILUTSequence[0].LUTData == b"\0\0\1\0"


def test_float_pixels_stay_where_they_are_the_only_ones(ct: Dataset, through: Callable) -> None:
    ct.SOPClassUID = ParametricMapStorage
    floats, doubles = Element(0x7FE00008, "OF", COPY), Element(0x7FE00009, "OD", COPY)

    def kept(*elements: Element) -> list[str]:
        planted = {element.tag: element for element in elements}
        result = through(ct, "research", plant=lambda elements: elements.update(planted)).dataset
        return [element.keyword for element in result if element.tag.group == 0x7FE0]

    assert kept(floats) == ["FloatPixelData"]
    assert kept(doubles) == ["DoubleFloatPixelData"]
    assert kept(Element(0x7FE00010, "OW", b"PIXELS"), floats) == ["PixelData"]
    assert kept(floats, doubles) == []


@pytest.mark.parametrize(
    ("syntax", "offsets", "is_kept"),
    [
        (JPEG2000Lossless, struct.pack("<2Q", 0, 16), True),
        (JPEG2000Lossless, struct.pack("<2Q", 16, 0), False),
        (JPEG2000Lossless, struct.pack("<2Q", 0, 1 << 40), False),
        (JPEG2000Lossless, b"GRUNEWALD OTTOKA", False),
        (JPEG2000Lossless, b"\0" * 7, False),
        (ImplicitVRLittleEndian, struct.pack("<2Q", 0, 1), False),
    ],
)
def test_offset_tables_stay_in_encapsulated_files_and_hold_offsets(
    syntax: str, offsets: bytes, is_kept: bool, bare: bytes, context_of: Callable[[str], HeaderContext]
) -> None:
    from SlicerDeidLib.formats.dicom.file import read

    file = read(bare)
    file.meta[0x00020010].replace(syntax.encode())
    file.dataset[0x7FE00001] = Element(0x7FE00001, "OV", offsets)
    file.dataset[0x7FE00010] = Element(0x7FE00010, "OB", FRAGMENTS, undefined_length=True)
    deidentify(file.meta, file.dataset, context_of("research"))
    assert (0x7FE00001 in file.dataset) is is_kept
    assert 0x7FE00010 in file.dataset


def test_lengths_need_not_rise() -> None:
    assert are_offsets(0x7FE00002, struct.pack("<3Q", 9, 7, 8), b"x" * 30)
    assert not are_offsets(0x7FE00002, b"", b"x")


@pytest.mark.parametrize(
    ("tag", "vr", "length", "sound"),
    [
        (0x00280010, "US", 2, True),
        (0x00280010, "US", 0, True),
        (0x00280010, "US", 8, False),
        (0x00280010, "US", 3, False),
        (0x00281101, "US", 6, True),
        (0x00281101, "US", 4, False),
        (0x00283006, "US", 4000, True),
        (0x00189461, "FL", 4, True),
    ],
)
def test_numbers_are_as_many_as_the_standard_says(tag: int, vr: str, length: int, sound: bool) -> None:
    assert is_sound(tag, vr, length) is sound


def test_only_numbers_of_any_count_could_hold_a_text() -> None:
    assert can_be_many(0x00283006, "US")
    assert not can_be_many(0x00280010, "US")


def test_a_text_in_the_place_of_one_number_goes(ct: Dataset, through: Callable) -> None:
    result = through(ct, "research", plant=with_pixels(Element(0x00280106, "US", b"CANARY")))
    assert b"CANARY" not in result.data
    assert result.actions("(0028,0106)") == {"removed: not valid for its VR"}
