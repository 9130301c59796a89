# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from dicomcases import ITEM, ITEM_END, SEQUENCE_END, SOP_CLASS, UNDEFINED, explicit, file_of, implicit, loaded
from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom.file import DicomFile, read, write
from SlicerDeidLib.model.element import Element

IMPLICIT = "1.2.840.10008.1.2"
BIG = "1.2.840.10008.1.2.2"
JPEG = "1.2.840.10008.1.2.4.70"
NAME = explicit(0x00100010, b"PN", b"SECRET^NAME ")
PIXELS = explicit(0x7FE00010, b"OW", b"\1\0" * 8)


def rewritten(file: DicomFile) -> bytes:
    return b"".join(write(file))


def refusal(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        read(data)
    assert "SECRET" not in str(caught.value)
    return str(caught.value)


def test_an_undefined_length_un_is_a_sequence_of_implicit_items() -> None:
    item = implicit(ITEM, implicit(0x00100010, b"SECRET^NAME "), UNDEFINED) + implicit(ITEM_END)
    file = read(file_of(SOP_CLASS, explicit(0x00091001, b"UN", item + implicit(SEQUENCE_END), UNDEFINED)))
    sequence = file.dataset[0x00091001]
    assert sequence.vr == "SQ"
    assert sequence.items is not None
    assert sequence.items[0][0x00100010].vr == "PN"
    assert str(loaded(rewritten(file))[0x00091001][0].PatientName) == "SECRET^NAME"


def test_an_undefined_length_un_with_explicit_items_is_read_too() -> None:
    item = implicit(ITEM, NAME, UNDEFINED) + implicit(ITEM_END)
    file = read(file_of(SOP_CLASS, explicit(0x00091001, b"UN", item + implicit(SEQUENCE_END), UNDEFINED)))
    assert str(loaded(rewritten(file))[0x00091001][0].PatientName) == "SECRET^NAME"


def test_a_private_sequence_hidden_in_a_un_of_defined_length_is_entered() -> None:
    inner = implicit(ITEM, implicit(0x00100010, b"SECRET^NAME "))
    file = read(file_of(SOP_CLASS, explicit(0x00091001, b"UN", inner)))
    assert file.dataset[0x00091001].items is not None


def test_a_un_that_only_begins_like_a_sequence_stays_bytes() -> None:
    value = implicit(ITEM, b"", 77) + b"no items"
    file = read(file_of(SOP_CLASS, explicit(0x00091001, b"UN", value)))
    assert file.dataset[0x00091001].items is None
    assert bytes(file.dataset[0x00091001].value) == value


def test_a_standard_attribute_in_a_un_gets_its_vr_back() -> None:
    file = read(file_of(SOP_CLASS, explicit(0x00100010, b"UN", b"SECRET^NAME ")))
    assert file.dataset[0x00100010].vr == "PN"
    assert str(loaded(rewritten(file)).PatientName) == "SECRET^NAME"


def test_a_standard_sequence_in_a_un_is_entered_and_refused_when_it_is_none() -> None:
    item = implicit(ITEM, implicit(0x00080100, b"CODE"))
    file = read(file_of(SOP_CLASS, explicit(0x00082218, b"UN", item)))
    assert file.dataset[0x00082218].items is not None
    assert "(0008,2218)" in refusal(file_of(SOP_CLASS, explicit(0x00082218, b"UN", b"SECRET SECRET ")))


def test_words_in_a_un_of_a_big_endian_file_are_little_endian() -> None:
    sop_class = explicit(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0", order=">")
    rows = explicit(0x00280010, b"UN", struct.pack("<H", 258), order=">")
    item = implicit(ITEM, implicit(0x00280011, struct.pack("<H", 772)), UNDEFINED) + implicit(ITEM_END)
    sequence = explicit(0x00091001, b"UN", item + implicit(SEQUENCE_END), UNDEFINED, order=">")
    again = loaded(rewritten(read(file_of(sop_class, sequence, rows, syntax=BIG))))
    assert again.Rows == 258
    assert again[0x00091001][0].Columns == 772


def test_an_implicit_private_sequence_is_entered_with_and_without_length() -> None:
    item = implicit(ITEM, implicit(0x00100010, b"SECRET^NAME "))
    sop_class = implicit(0x00080016, b"1.2.840.10008.5.1.4.1.1.2\0")
    open_one = implicit(0x00091001, item + implicit(SEQUENCE_END), UNDEFINED)
    file = read(file_of(sop_class, open_one, implicit(0x00091002, item), syntax=IMPLICIT))
    for tag in (0x00091001, 0x00091002):
        items = file.dataset[tag].items
        assert items is not None
        assert items[0][0x00100010].vr == "PN"
    assert rewritten(read(rewritten(file))) == rewritten(file)


def test_of_an_element_that_comes_twice_the_later_is_kept_and_nothing_of_the_earlier() -> None:
    later = explicit(0x00100010, b"PN", b"LATER ")
    written = rewritten(read(file_of(SOP_CLASS, NAME, later)))
    assert b"SECRET" not in written
    assert str(loaded(written).PatientName) == "LATER"


def test_elements_out_of_order_are_written_in_order_and_group_lengths_dropped() -> None:
    group_length = explicit(0x00100000, b"UL", struct.pack("<L", 20))
    written = rewritten(read(file_of(NAME, group_length, SOP_CLASS)))
    tags = list(loaded(written).keys())
    assert tags == [0x00080016, 0x00100010]
    assert all(a < b for a, b in pairwise(tags))


def test_elements_after_the_pixels_are_read() -> None:
    file = read(file_of(SOP_CLASS, PIXELS, explicit(0xFFFCFFFC, b"OB", b"\0\0")))
    assert 0xFFFCFFFC in file.dataset
    assert not file.has_trailing_bytes


@pytest.mark.parametrize("rubbish", [b"\0" * 7, b"\0" * 64, b"SECRET trailing bytes", b"\xff" * 9, NAME, PIXELS])
@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", IMPLICIT])
def test_bytes_behind_the_pixels_are_dropped(rubbish: bytes, syntax: str) -> None:
    pixels, sop_class = PIXELS, SOP_CLASS
    if syntax == IMPLICIT:
        pixels = implicit(0x7FE00010, b"\1\0" * 8)
        sop_class = implicit(0x00080016, b"1.2.840.10008.5.1.4.1.1.2\0")
    file = read(file_of(sop_class, pixels, rubbish, syntax=syntax))
    assert file.has_trailing_bytes
    assert b"SECRET" not in rewritten(file)
    assert bytes(file.dataset[0x7FE00010].value) == b"\1\0" * 8


def test_rubbish_without_pixels_before_it_is_refused() -> None:
    refusal(file_of(SOP_CLASS, b"SECRET trailing bytes"))


def test_encapsulated_pixels_are_one_value_with_their_fragments() -> None:
    value = implicit(ITEM) + implicit(ITEM, b"\xff\xd8ab") + implicit(SEQUENCE_END)
    file = read(file_of(SOP_CLASS, explicit(0x7FE00010, b"OB", value, UNDEFINED), syntax=JPEG))
    element = file.dataset[0x7FE00010]
    assert bytes(element.value) == value
    assert element.undefined_length
    element.raw = None
    assert rewritten(file).endswith(explicit(0x7FE00010, b"OB", value, UNDEFINED))


@pytest.mark.parametrize(
    "value",
    [
        implicit(ITEM),
        implicit(ITEM) + implicit(ITEM, b"ab", 400),
        implicit(ITEM) + implicit(ITEM, b"abcd"),
        implicit(ITEM) + b"SECRET",
        implicit(ITEM) + b"SECRET SECRET SECRET",
    ],
)
def test_damaged_fragments_are_refused(value: bytes) -> None:
    refusal(file_of(SOP_CLASS, explicit(0x7FE00010, b"OB", value, UNDEFINED), syntax=JPEG))


def test_short_pixels_are_refused() -> None:
    assert "(7FE0,0010)" in refusal(file_of(SOP_CLASS, explicit(0x7FE00010, b"OW", b"\0" * 8, 10)))


@pytest.mark.parametrize(
    "element",
    [
        NAME[:-3],
        NAME[:5],
        explicit(0x00100010, b"PN", b"SECRET", 0xFFFF),
        explicit(0x00080100, b"UT", b"SECRET", 0xFFFFFFFE),
        explicit(0x00080100, b"UT", b"SECRET", UNDEFINED),
        explicit(0x00080100, b"UT")[:9],
        explicit(0x00081140, b"SQ", b"SECRETSECRET"),
        explicit(0x00081140, b"SQ", implicit(ITEM, NAME, 400)),
        explicit(0x00081140, b"SQ", implicit(ITEM, NAME, UNDEFINED), UNDEFINED),
        explicit(0x00081140, b"SQ", implicit(ITEM, NAME), UNDEFINED),
        explicit(0x00081140, b"SQ", implicit(ITEM, implicit(SEQUENCE_END))),
        explicit(0x00081140, b"SQ", implicit(ITEM_END)),
        implicit(ITEM),
        explicit(0x00020002, b"UI", b"1.2 ") + SOP_CLASS + explicit(0x00020003, b"UI", b"1.2 "),
        explicit(0x00000002, b"UI", b"1.2 "),
    ],
)
def test_malformed_elements_are_refused_without_their_value(element: bytes) -> None:
    assert "byte" in refusal(file_of(SOP_CLASS, element))


@pytest.mark.parametrize("vr", [b"??", b"\0\0", b"  ", b"pn", b"P\xff"])
def test_a_vr_that_is_none_is_refused(vr: bytes) -> None:
    assert "value representation" in refusal(file_of(SOP_CLASS, explicit(0x00100010, vr, b"SECRET")))


def test_a_vr_of_the_future_is_read_as_unknown() -> None:
    file = read(file_of(SOP_CLASS, explicit(0x00100010, b"ZZ", b"SECRET"), explicit(0x00110001, b"ZZ", b"abcd")))
    assert file.dataset[0x00110001].vr == "UN"
    assert file.dataset[0x00100010].vr == "PN"


def test_the_tag_of_an_unknown_element_is_not_shown_for_it_may_be_text() -> None:
    sentence = refusal(file_of(SOP_CLASS, b"SECRET^NAME^SECRET"))
    assert "(" not in sentence


def test_values_of_odd_length_are_padded() -> None:
    file = read(file_of(SOP_CLASS, explicit(0x00100020, b"LO", b"ABC"), explicit(0x00420011, b"OB", b"abc")))
    written = rewritten(file)
    assert explicit(0x00100020, b"LO", b"ABC ") in written
    assert explicit(0x00420011, b"OB", b"abc\0") in written


def test_a_text_too_long_for_its_length_field_is_written_as_unknown() -> None:
    file = read(file_of(SOP_CLASS, NAME))
    file.dataset[0x00100010] = Element(0x00100010, "PN", b"A" * 0x10000)
    file.dataset[0x00100020] = Element(0x00100020, "LO", b"B" * 0xFFFE)
    again = read(rewritten(file))
    assert explicit(0x00100010, b"UN", b"A" * 0x10000) in rewritten(file)
    assert len(again.dataset[0x00100010].value) == 0x10000
    assert again.dataset[0x00100020].vr == "LO"


def test_an_element_without_a_vr_is_not_written() -> None:
    file = read(file_of(SOP_CLASS))
    file.dataset[0x00100010] = Element(0x00100010, "US or SS", b"SECRET")
    with pytest.raises(FormatError):
        write(file)


def test_sequences_nested_too_deep_are_refused() -> None:
    content = NAME
    for _ in range(40):
        content = explicit(0x00081140, b"SQ", implicit(ITEM, content))
    read(file_of(SOP_CLASS, content))
    for _ in range(2000):
        content = explicit(0x00081140, b"SQ", implicit(ITEM, content, UNDEFINED), UNDEFINED)
    assert "nested" in refusal(file_of(SOP_CLASS, content))


def test_unknowns_nested_deep_stay_bytes_in_linear_time() -> None:
    content = b"SECRET"
    for _ in range(3000):
        content = explicit(0x00091001, b"UN", implicit(ITEM, content))
    assert 0x00091001 in read(file_of(SOP_CLASS, content)).dataset


@pytest.mark.parametrize("is_undefined", [True, False])
def test_the_form_of_a_sequences_length_is_kept(is_undefined: bool) -> None:
    if is_undefined:
        item = implicit(ITEM, NAME, UNDEFINED) + implicit(ITEM_END)
        sequence = explicit(0x00081140, b"SQ", item + implicit(SEQUENCE_END), UNDEFINED)
    else:
        sequence = explicit(0x00081140, b"SQ", implicit(ITEM, NAME))
    assert rewritten(read(file_of(SOP_CLASS, sequence))).endswith(sequence)
