# SPDX-License-Identifier: Apache-2.0
"""Series for the tests of what files have in common: hypothesis changes single elements between their slices."""

from __future__ import annotations

from hypothesis import strategies as st
from SlicerDeidLib.formats.dicom.file import DicomFile, write
from SlicerDeidLib.formats.dicom.syntax import syntax_of
from SlicerDeidLib.model.element import Element, Elements

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
CT = "1.2.840.10008.5.1.4.1.1.2"
NAME, PATIENT = "Canaryname", "CANARY7741892"
VRS = "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SS ST SV TM UC UI UL UN UR US UT UV".split()  # noqa: SIM905


def instance_uid(number: int) -> str:
    return f"1.2.826.0.1.3680043.8.498.42424242.{number}"


def leaf(tag: int, vr: str, value: bytes | str) -> Element:
    """Make an element; its value is padded to an even length."""
    element = Element(tag, vr)
    element.replace(value.encode("utf-8") if isinstance(value, str) else value)
    return element


_TEXTS = [
    *("", "axial 5 mm", "HEAD", "Head of Canaryname", "CANARYNAME", NAME.encode("utf-16-le"), "CT 7741892", "Müller"),
    *(b"M\xfcller", "seen on 20190817", "12 March 2019", instance_uid(3), f"copy of {instance_uid(4)}", "a\\b", "DCM"),
    *("T-A0100", "SRT", "Brain", "SIEMENS CSA HEADER", "GEMS_PARM_01", "GEMS_ACQU_01", "ISO_IR 100", "ISO_IR 192"),
]
_NUMBERS = ["1", "5.0", "120", "7741892", "20190817", "43694", "737288", "1566036000", "090Y", "095Y", "045Y"]
_DATES = [
    "20190817",
    "20190818",
    "19470413",
    "20190817235959",
    "20190817101500.5",
    "235959",
    "101500",
    "000000",
    "+0100",
]
_VALUES = st.one_of(
    st.sampled_from([one if isinstance(one, bytes) else one.encode("utf-8") for one in (*_TEXTS, *_NUMBERS, *_DATES)]),
    st.sampled_from([one.encode() for one in _NUMBERS + _DATES]),
    st.sampled_from([b"\x01\0", b"\x01\0\x02\0", (43694).to_bytes(4, "little"), bytes(8)]),
    st.binary(max_size=12),
)
_PAIRS = st.sampled_from(  # what depends on each other, and what the whole instance depends on
    [
        *((0x00080020, "DA"), (0x00080030, "TM"), (0x00080022, "DA"), (0x00080032, "TM"), (0x0008002A, "DT")),
        *((0x00080023, "DA"), (0x00080033, "TM"), (0x00080201, "SH"), (0x00080005, "CS"), (0x00100020, "LO")),
        *((0x00100030, "DA"), (0x00100010, "PN"), (0x00081070, "PN"), (0x00081010, "SH"), (0x00101010, "AS")),
        *((0x00190010, "LO"), (0x00191023, "DS"), (0x00191024, "DS"), (0x0019109E, "LO"), (0x00191099, "LO")),
        *((0x00190011, "LO"), (0x00191123, "DS"), (0x00430010, "LO"), (0x00431027, "SH"), (0x00431039, "IS")),
        *((0x00080100, "SH"), (0x00080102, "SH"), (0x00080104, "LO"), (0x00081030, "LO"), (0x0008103E, "LO")),
        *((0x00204000, "LT"), (0x00080008, "CS"), (0x00081155, "UI"), (0x00281055, "LO"), (0x00280301, "CS")),
        *((0x00180050, "DS"), (0x00200032, "DS"), (0x00200013, "IS"), (0x00120063, "LO"), (0x00280106, "US")),
        *((0x60000010, "US"), (0x60003000, "OW"), (0x00080000, "UL"), (0x00189346, "LO"), (0x00200052, "UI")),
    ]
)
_LEAVES = st.one_of(
    st.builds(lambda pair, value: leaf(*pair, value), _PAIRS, _VALUES),
    st.builds(leaf, st.integers(0x00080000, 0x0060FFFF), st.sampled_from(VRS), _VALUES),
)
_SEQUENCES = st.sampled_from([0x00081140, 0x00082112, 0x00400275, 0x00189346, 0x00081111, 0x00191080, 0x0040A730])


def _tree(elements: st.SearchStrategy[Element]) -> st.SearchStrategy[Element]:
    items = st.lists(st.lists(elements, max_size=4).map(lambda found: {one.tag: one for one in found}), max_size=2)
    return st.builds(
        lambda tag, items, is_open: Element(tag, "SQ", items=items, undefined_length=is_open),
        _SEQUENCES,
        items,
        st.booleans(),
    )


ELEMENTS = st.recursive(_LEAVES, _tree, max_leaves=8)


def slice_of(number: int, elements: Elements, syntax: str = EXPLICIT) -> bytes:
    """Write a CT slice that holds ``elements`` and as many of its own that it is an instance of a patient's."""
    own = [
        leaf(0x00080016, "UI", CT),
        leaf(0x00080018, "UI", instance_uid(number)),
        leaf(0x00100010, "PN", f"{NAME}^Other"),
        leaf(0x00100020, "LO", PATIENT),
        *(leaf(tag, "US", value.to_bytes(2, "big" if syntax == BIG else "little")) for tag, value in _PIXELS.items()),
        leaf(0x00280004, "CS", "MONOCHROME2"),
        leaf(0x7FE00010, "OW", bytes([number, 0] * 4)),
    ]
    meta = {0x00020003: leaf(0x00020003, "UI", instance_uid(number))}
    how = syntax_of(syntax)
    dataset = {**{one.tag: one for one in own}, **elements}
    file = DicomFile(b"", meta, dataset, syntax, how.byte_order, how.is_explicit, how.is_deflated)
    return b"".join(write(file))


_PIXELS = {0x00280002: 1, 0x00280010: 2, 0x00280011: 2, 0x00280100: 16, 0x00280101: 16, 0x00280102: 15, 0x00280103: 0}


@st.composite
def series(draw: st.DrawFn) -> list[bytes]:
    """Draw the files of a series: one header, of which each slice holds a few elements otherwise or not at all."""
    syntax = draw(st.sampled_from([EXPLICIT, EXPLICIT, IMPLICIT, BIG]))
    header = {one.tag: one for one in draw(st.lists(ELEMENTS, max_size=8))}
    changes = draw(st.lists(ELEMENTS, min_size=1, max_size=4))
    removable = sorted({one.tag for one in changes} | header.keys())
    files = []
    for number in range(1, draw(st.integers(4, 8)) + 1):
        chosen = draw(st.lists(st.sampled_from(changes), max_size=2))
        gone = draw(st.lists(st.sampled_from(removable), max_size=1)) if draw(st.booleans()) else []
        elements = {**header, **{one.tag: one for one in chosen}}
        files.append(slice_of(number, {tag: one for tag, one in elements.items() if tag not in gone}, syntax))
    return files
