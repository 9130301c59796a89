# SPDX-License-Identifier: Apache-2.0
"""A header's whole way for the tests of this room: written by pydicom, de-identified, written, read by pydicom."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from SlicerDeidLib.formats.dicom.file import read, write
from SlicerDeidLib.headers.engine import HeaderContext, deidentify, leaks
from SlicerDeidLib.headers.stamp import Marks, stamp
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.plan import Subject
from SlicerDeidLib.model.policy import Action, ActionCode, Policy, Rule
from SlicerDeidLib.model.record import Change
from SlicerDeidLib.policies.load import read_policy

KEY = bytes(range(32))
SUBJECT = Subject("CANARYFOLDER", 1, "STROKE-001", "STROKE-001", "CANARYGROUP", "key")


@dataclass(frozen=True)
class Result:
    """What became of a header."""

    dataset: FileDataset
    data: bytes
    changes: Counter[Change]
    leaks: list[str]

    def actions(self, path: str) -> set[str]:
        return {change.action for change in self.changes if change.path == path}


def make_policy(*rules: tuple[str, str] | Rule, dates: str = "MODIFIED", **fields: Any) -> Policy:
    """Make a policy of a few rules; what they do not name is kept."""
    made = [rule if isinstance(rule, Rule) else Rule(rule[0], Action(ActionCode(rule[1])), "test") for rule in rules]
    if not any(rule.selector == "standard" for rule in made):
        made.append(Rule("standard", Action(ActionCode.K), "test"))
    return Policy("test", "Test", "", "2026a", tuple(made), ("113100",), dates, {}, **fields)


def make_ct() -> Dataset:
    """Make the smallest data set that has a class and an instance."""
    ds = Dataset()
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.42424242.1"
    ds.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.42424242.2"
    ds.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.42424242.3"
    ds.Modality = "CT"
    return ds


@cache
def shipped(name: str) -> Policy:
    """Read a policy that ships, once."""
    return read_policy(name)


def encode(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """Write a data set with pydicom."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.SourceApplicationEntityTitle = "CANARYAE"
    meta.ImplementationVersionName = "CANARYIMPL"
    meta.PrivateInformationCreatorUID = "1.2.826.0.1.3680043.8.498.42424242.9"
    meta.PrivateInformation = b"CANARYPRIVATE "
    out = io.BytesIO()
    file = FileDataset(out, ds, file_meta=meta, preamble=b"CANARY".ljust(128, b"\0"))
    pydicom.dcmwrite(out, file, enforce_file_format=True)
    return out.getvalue()


def go_through(
    ds: Dataset,
    policy: Policy | str = "research",
    *,
    syntax: str = ExplicitVRLittleEndian,
    plant: Callable[[Elements], None] = lambda elements: None,
    marks: Marks | None = None,
    context: HeaderContext | None = None,
    identifiers: frozenset[str] = frozenset(),
    **subject: Any,
) -> Result:
    """De-identify ``ds`` and read the result with pydicom; ``plant`` puts in what pydicom would not write."""
    made = shipped(policy) if isinstance(policy, str) else policy
    who = replace(SUBJECT, identifiers=identifiers, **subject)
    context = context or HeaderContext(made, KeyedPseudonyms(KEY), who)
    file = read(encode(ds, syntax))
    plant(file.dataset)
    changes = deidentify(file.meta, file.dataset, context)
    if marks is not None:
        stamp(file.dataset, marks)
    found = leaks(file.meta, file.dataset, context)
    data = b"".join(bytes(chunk) for chunk in write(file))
    return Result(pydicom.dcmread(io.BytesIO(data)), data, changes, found)


@pytest.fixture
def through() -> Callable[..., Result]:
    return go_through


@pytest.fixture
def ct() -> Dataset:
    return make_ct()


@pytest.fixture
def policy_of() -> Callable[..., Policy]:
    return make_policy


@pytest.fixture(scope="session")
def bare() -> bytes:
    """The smallest CT as a file."""
    return encode(make_ct())


@pytest.fixture(scope="session")
def context_of() -> Callable[[str], HeaderContext]:
    """Return a function: a policy's name -> the context of one subject."""
    return lambda policy: HeaderContext(shipped(policy), KeyedPseudonyms(KEY), SUBJECT)
