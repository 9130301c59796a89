# SPDX-License-Identifier: Apache-2.0
"""Whatever a file holds, its patient's name does not come out unseen, and nothing raises but our own errors."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.formats.dicom.file import read, write
from SlicerDeidLib.headers.engine import HeaderContext, deidentify, leaks
from SlicerDeidLib.model.element import Element, Elements

NEEDLE = "Canaryname"
VRS = "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SS ST SV TM UC UI UL UN UR US UT UV".split()  # noqa: SIM905
TAGS = st.one_of(
    st.sampled_from([0x00080005, 0x00080020, 0x00080030, 0x00080060, 0x00100020, 0x00101010, 0x00180050, 0x00280010]),
    st.sampled_from([0x00081030, 0x00081140, 0x00082112, 0x00400275, 0x0040A730, 0x00081155, 0x00080100, 0x00200032]),
    st.sampled_from([0x00091001, 0x00290010, 0x60003000, 0x50000010, 0x00880200, 0x7FE00010, 0x00281201, 0x00189346]),
    st.integers(0x00080000, 0x0040FFFF),
)
VALUES = st.one_of(
    st.binary(max_size=20),
    st.builds(
        lambda before, name, after: before + name + after,
        st.binary(max_size=5),
        st.sampled_from([NEEDLE.encode(), NEEDLE.upper().encode(), NEEDLE.encode("utf-16-le")]),
        st.sampled_from([b"", b" ", b"^", b"\0\0", b"\\", b"\x1b", b"\xff", b"."]),
    ),
)
LEAVES = st.builds(
    lambda tag, vr, value: Element(tag, vr, value + b" " * (len(value) % 2)), TAGS, st.sampled_from(VRS), VALUES
)


def tree(elements: st.SearchStrategy[Element]) -> st.SearchStrategy[Element]:
    items = st.lists(st.lists(elements, max_size=4).map(lambda found: {e.tag: e for e in found}), max_size=3)
    return st.builds(lambda tag, items: Element(tag, "SQ", items=items), TAGS, items)


DATASETS = st.lists(st.recursive(LEAVES, tree, max_leaves=12), max_size=8)


def copied(elements: list[Element]) -> Elements:
    made = (
        (e.tag, Element(e.tag, e.vr, e.value, e.items and [copied(list(i.values())) for i in e.items]))
        for e in elements
    )
    return dict(made)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(found=DATASETS)
def test_a_name_anywhere_is_gone_or_the_last_look_sees_it(
    found: list[Element], bare: bytes, context_of: Callable[[str], HeaderContext]
) -> None:
    context = context_of("research")
    file = read(bare)
    file.dataset.update({tag: e for tag, e in copied(found).items() if tag not in (0x00080016, 0x00080018)})
    file.dataset[0x00100010] = Element(0x00100010, "PN", f"{NEEDLE}^Other ".encode())
    try:
        deidentify(file.meta, file.dataset, context)
    except SeriesRefused:  # the image cannot be read with what was found in place of its size
        return
    is_seen = bool(leaks(file.meta, file.dataset, context))
    file.dataset.pop(0x7FE00010, None)  # what pixels show is another room's work
    data = b"".join(bytes(chunk) for chunk in write(file))
    assert is_seen or NEEDLE.lower().encode() not in data.lower().replace(b"\0", b"")
