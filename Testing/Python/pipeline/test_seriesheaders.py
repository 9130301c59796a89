# SPDX-License-Identifier: Apache-2.0
"""What the files of a series have in common is worked on once, and every file comes out as if it were alone."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from alikecases import BIG, EXPLICIT, IMPLICIT, NAME, VRS, instance_uid, leaf, series, slice_of
from dicomcases import PUBLIC
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from SlicerDeidLib.errors import DeidError
from SlicerDeidLib.formats.dicom.door import sniff
from SlicerDeidLib.formats.dicom.file import read, write
from SlicerDeidLib.headers.engine import HeaderContext
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.element import Element, Elements
from SlicerDeidLib.model.plan import Subject
from SlicerDeidLib.model.policy import Action, ActionCode, Policy
from SlicerDeidLib.model.record import Change
from SlicerDeidLib.pipeline.marks import marks_of_headers
from SlicerDeidLib.pipeline.seriesheaders import SeriesHeaders, finish_header
from SlicerDeidLib.policies.load import read_policy

SUBJECT = Subject("CANARYFOLDER", 1, "STROKE-001", "STROKE-001", "CANARYGROUP", "key")
POLICIES = ["research", "basic", "safe-harbor", "low", "keep-list", "uids kept", "decided"]
RELAXED = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


@cache
def policy_of(name: str) -> Policy:
    if name == "uids kept":
        return read_policy("research", options=["retain-uids"])
    if name == "decided":
        gone, other = Action(ActionCode.X), Action(ActionCode.SET, argument="OTHER")
        values = {"0008103e": {"axial 5 mm": other}, "00180050": {"5.0": gone}, "0019xx23 GEMS_ACQU_01": {"1": gone}}
        values |= {"00190010": {"GEMS_ACQU_01": other}, "00200013": {"1": gone}}
        return replace(read_policy("research"), values=values)
    return read_policy(name)


def context_of(policy: Policy, subject: Subject) -> HeaderContext:
    return HeaderContext(policy, KeyedPseudonyms(bytes(range(32))), subject)


class Series:
    """Files of one series, each on its way twice: with the others, and as if it were alone."""

    def __init__(self, policy: str = "research", subject: Subject = SUBJECT) -> None:
        self._policy = policy_of(policy)
        self._marks = marks_of_headers(self._policy)
        self._alone = context_of(self._policy, subject)
        self._headers = SeriesHeaders(context_of(self._policy, subject), self._marks)
        self._changes: Counter[Change] = Counter()
        self.whole = 0

    def check(self, files: Iterable[bytes]) -> None:
        """Compare what becomes of the files, refusals too, and what is said to have been done."""
        for data in files:
            assert self._finished(data) == self._finished_alone(data)
        assert +self._headers.changes() == +self._changes

    def _finished(self, data: bytes) -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("SlicerDeidLib.pipeline.seriesheaders.finish_header", self._counted)
            try:
                return b"".join(self._headers.finish(data))
            except DeidError as error:
                return type(error), str(error)

    def _counted(self, *arguments: object) -> Counter[Change]:
        self.whole += 1
        return finish_header(*arguments)  # type: ignore[arg-type]

    def _finished_alone(self, data: bytes) -> object:
        try:
            file = read(data)
            changes = finish_header(file, self._alone, self._marks)
            chunks = write(file)
        except DeidError as error:
            return type(error), str(error)
        self._changes.update(changes)
        return b"".join(chunks)


def elements(*found: Element) -> Elements:
    return {one.tag: one for one in found}


def slices(count: int, *found: Element, syntax: str = EXPLICIT) -> list[bytes]:
    return [slice_of(number, elements(*found), syntax) for number in range(1, count + 1)]


@RELAXED
@given(files=series(), policy=st.sampled_from(POLICIES))
def test_every_file_becomes_what_it_would_become_alone(files: list[bytes], policy: str) -> None:
    Series(policy).check(files)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_slices_that_differ_in_a_few_elements_are_not_worked_on_as_a_whole(syntax: str) -> None:
    files = [
        slice_of(number, elements(leaf(0x00200013, "IS", str(number)), leaf(0x0008103E, "LO", "axial")), syntax)
        for number in range(1, 9)
    ]
    series_ = Series()
    series_.check(files)
    assert series_.whole == 2


@pytest.mark.parametrize("vr", [*VRS, "SQ"])
@pytest.mark.parametrize("is_private", [False, True])
def test_an_element_of_any_vr_may_differ(vr: str, is_private: bool) -> None:
    files = []
    for number in range(1, 9):
        tag = 0x00191023 if is_private else PUBLIC.get(vr, [0x00080300, 0x00400275])[-1]
        changing = leaf(tag, vr, [b"10100", b"20190817", NAME.encode(), b"5 \\6 "][number % 4].ljust(16, b" "))
        if vr == "SQ":
            tag = 0x00191080 if is_private else 0x00400275
            changing = Element(tag, "SQ", items=[elements(leaf(0x00400007, "LO", f"step {number % 4} of {NAME}"))])
        files.append(slice_of(number, elements(leaf(0x00190010, "LO", "GEMS_ACQU_01"), changing)))
    series_ = Series()
    series_.check(files)
    assert series_.whole <= 5 or vr == "PN" or not is_private  # names, and some of those IDs, concern all texts


OWNER = leaf(0x00190010, "LO", "GEMS_ACQU_01")
BRAINARD, SAID = leaf(0x00081070, "PN", "Brainard^B"), leaf(0x00281055, "LO", "Brainard")
DAYS = [leaf(0x00080020, "DA", "20190817"), leaf(0x00080023, "DA", "20190818")]
ONE_OF_A_SERIES = {
    "another name": [BRAINARD, SAID],
    "a text that is swept": [SAID, BRAINARD],
    "a character set": [leaf(0x00080005, "CS", "ISO_IR 192"), leaf(0x0008103E, "LO", "M\xfcller")],
    "a time zone": [leaf(0x00080201, "SH", "+0100"), leaf(0x0008002A, "DT", "20190817101500+0900")],
    "a time": [leaf(0x00080032, "TM", "235959"), leaf(0x00080022, "DA", "20190818")],
    "a date": [leaf(0x00181200, "DA", "20190817"), leaf(0x00181201, "TM", "235959"), *DAYS],
    "a day that a number may be": [leaf(0x0008002A, "DT", "20190301101500"), OWNER, leaf(0x00191023, "DS", "43525")],
    "a UID that a text says": [leaf(0x00200052, "UI", instance_uid(70)), leaf(0x00080103, "SH", instance_uid(70))],
    "a text that says a UID": [leaf(0x00080103, "SH", instance_uid(70)), leaf(0x00200052, "UI", instance_uid(70))],
    "its own UID in all texts": [leaf(0x00180050, "DS", "7.0"), leaf(0x00080103, "SH", instance_uid(6))],
    "a code": [
        leaf(0x00080100, "SH", "T-A0100"),
        *(leaf(0x00080102, "SH", "SRT"), leaf(0x00080104, "LO", "Brain"), leaf(0x00081070, "PN", "Brain^B")),
    ],
    "a private element": [leaf(0x00191023, "DS", "5.0"), OWNER],
    "one of two private elements": [leaf(0x00191023, "DS", "5.0"), OWNER, leaf(0x00191024, "DS", "6.0")],
    "a creator": [OWNER, leaf(0x00191023, "DS", "5.0")],
    "a mark": [leaf(0x00280301, "CS", "YES")],
    "a sequence": [Element(0x00081140, "SQ", items=[elements(leaf(0x00081155, "UI", instance_uid(70)))])],
    "a content item": [Element(0x0040A730, "SQ", items=[elements(leaf(0x0040A040, "CS", "TEXT"))])],
    "a patient's ID": [leaf(0x00100020, "LO", "CANARY5550001"), leaf(0x00281055, "LO", "5550001")],
    "an age": [leaf(0x00101010, "AS", "095Y")],
    "an overlay": [leaf(0x60000010, "US", b"\2\0"), leaf(0x60003000, "OW", b"\0\0")],
    "another class": [leaf(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4")],
}


@pytest.mark.parametrize("policy", ["research", "safe-harbor", "uids kept", "decided"])
@pytest.mark.parametrize("what", ONE_OF_A_SERIES)
def test_what_one_slice_has_alone_counts_for_all_of_it_and_for_no_other(what: str, policy: str) -> None:
    odd, *others = ONE_OF_A_SERIES[what]
    usual = elements(leaf(0x00080008, "CS", "ORIGINAL"), *others)
    for other in [{**usual, odd.tag: leaf(odd.tag, odd.vr, b"")}] * (odd.items is None) + [usual]:
        mine = {**other, odd.tag: odd}
        Series(policy).check(slice_of(n, mine if n == 6 else other) for n in range(1, 10))
        Series(policy).check(slice_of(n, mine if n % 2 else other) for n in range(1, 10))
        Series(policy).check(slice_of(n, other if n == 6 else mine) for n in range(1, 10))


@pytest.mark.parametrize("what", ["a time", "a date", "a code", "a private element", "a sequence", "an age"])
def test_what_only_some_slices_have_is_learnt(what: str) -> None:
    odd, *others = ONE_OF_A_SERIES[what]
    series_ = Series()
    series_.check(slice_of(n, elements(*others, *([odd] * (n % 2)))) for n in range(1, 10))
    assert series_.whole == 2


@pytest.mark.parametrize("stays", [True, False])
def test_a_private_creator_goes_with_its_last_element_in_that_slice_only(stays: bool) -> None:
    other = [leaf(0x00191024, "DS", "6.0")] if stays else [leaf(0x00191099, "LO", "not safe")]
    values = ["5.0", "6.0", NAME, "5.0", "7.0", NAME, "8.0", "9.0"]
    files = [slice_of(n, elements(OWNER, leaf(0x00191023, "DS", value), *other)) for n, value in enumerate(values)]
    series_ = Series()
    series_.check(files)
    assert series_.whole == 2


def test_another_private_creator_in_one_slice_decides_over_what_the_others_share() -> None:
    files = [
        slice_of(
            number,
            elements(
                leaf(0x00190010, "LO", "SIEMENS MR HEADER" if number == 5 else "GEMS_ACQU_01"),
                leaf(0x00191023, "DS", str(number)),
                leaf(0x0019100C, "IS", "1000"),
            ),
        )
        for number in range(1, 7)
    ]
    Series().check(files)


@pytest.mark.parametrize("length", [40, 131, 300, -1, -9])
def test_a_damaged_slice_is_refused_and_those_after_it_are_not(length: int) -> None:
    files = slices(9, leaf(0x0008103E, "LO", "axial"))
    files[5] = files[5][:length]
    Series().check(files)


def test_a_damaged_byte_anywhere_is_noticed_or_read_as_when_alone() -> None:
    files = slices(4, leaf(0x0008103E, "LO", "axial"), OWNER, leaf(0x00191023, "DS", "5.0"))
    series_ = Series()
    series_.check(files)
    whole = files[3]
    for at in range(0, len(whole), 3):
        series_.check([whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]])


def test_elements_out_of_order_and_twice_are_taken_as_when_alone() -> None:
    files = slices(8, leaf(0x0008103E, "LO", "axial"))
    again = b"\x10\0\x10\0PN\x0c\0Brainard^B  "
    pixels = [data.index(b"\xe0\x7f\x10\0OW") for data in files]
    series_ = Series()
    series_.check(
        data[:at] + again + data[at:] if number in (4, 6) else data
        for number, (data, at) in enumerate(zip(files, pixels, strict=True))
    )
    few = b"\xe0\x7f\x10\0OW\0\0\2\0\0\0\1\0"
    names = [data.index(b"\x10\0\x10\0") for data in files]
    series_.check(data[:at] + few + data[at:] for data, at in zip(files, names, strict=True))
    series_.check(data + b"\xfc\xff\xfc\xffOB\0\0\2\0\0\0\0\0" for data in files)
    series_.check(data + b"rubbish" for data in files)
    series_.check(data[132:] for data in files)


def test_what_lies_hidden_in_the_pixels_of_one_slice_goes() -> None:
    few_bits = [leaf(0x00280101, "US", b"\x0c\0"), leaf(0x00280102, "US", b"\x0b\0")]
    files = [
        slice_of(n, elements(*few_bits, leaf(0x7FE00010, "OW", b"\1\0\2\0\3\0\4" + (b"\xf0" if n == 6 else b"\0"))))
        for n in range(1, 9)
    ]
    series_ = Series()
    series_.check(files)
    assert series_.whole == 2


def test_the_patient_s_id_in_one_of_many_uids_that_stay_refuses_that_slice() -> None:
    subject = replace(SUBJECT, identifiers=frozenset({"5550001"}))
    files = [
        slice_of(n, elements(leaf(0x00200052, "UI", f"1.2.826.0.1.{5550001 if n == 6 else n}"))) for n in range(1, 9)
    ]
    Series("uids kept", subject).check(files)


def test_the_bytes_of_a_file_are_free_as_soon_as_they_are_written() -> None:
    *files, last = [slice_of(n, elements(OWNER, leaf(0x00191023, "DS", f"1234.{n}"))) for n in range(6)]
    headers = SeriesHeaders(context_of(policy_of("research"), SUBJECT), marks_of_headers(policy_of("research")))
    for data in files:
        headers.finish(data)
    gc.collect()
    gc.disable()
    try:
        before = sys.getrefcount(last)
        headers.finish(last)
        assert sys.getrefcount(last) == before
    finally:
        gc.enable()


def test_two_series_in_turn_share_nothing() -> None:
    files = slices(9, leaf(0x0008103E, "LO", "axial"), leaf(0x00081070, "PN", "Brainard^B"))
    others = slices(9, leaf(0x0008103E, "LO", "Brainard 5 mm"), syntax=IMPLICIT)
    Series().check(data for pair in zip(files, others, strict=True) for data in pair)


def test_files_of_every_real_folder_become_what_they_would_become_alone(real_data: Path) -> None:
    compared = 0
    for folder in sorted({path.parent for path in real_data.rglob("*")}):
        paths = sorted(p for p in folder.iterdir() if p.is_file() and p.stat().st_size < _LARGEST_BYTES)
        files = [path.read_bytes() for path in paths[:_MOST_FILES] if _is_dicom(path)]
        if len(files) > 2:
            Series().check(files)
            compared += len(files)
    assert compared > 50


_LARGEST_BYTES, _MOST_FILES = 2_000_000, 8


def _is_dicom(path: Path) -> bool:
    try:
        return sniff(path)
    except DeidError:
        return False
