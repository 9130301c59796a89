# SPDX-License-Identifier: Apache-2.0
"""Faults that tests plant into a clean release, and what an audit says of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from SlicerDeidLib.verification.audit import audit

Change = Callable[[FileDataset], object]


def setter(keyword: str, value: Any) -> Change:
    return lambda dataset: setattr(dataset, keyword, value)


def adder(tag: int, vr: str, value: Any) -> Change:
    return lambda dataset: dataset.add_new(tag, vr, value)


def found(case, **arguments) -> set[tuple[str, str, str]]:
    report = audit(case.out, **arguments)
    return {(f.severity, f.check, f.tag) for f in report.findings}


def codes(dataset: FileDataset, *values: str) -> None:
    kept = [item for item in dataset.DeidentificationMethodCodeSequence if item.CodeValue not in values]
    dataset.DeidentificationMethodCodeSequence = Sequence(kept)


def claim(dataset: FileDataset, code: str, meaning: str) -> None:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
    dataset.DeidentificationMethodCodeSequence.append(item)
