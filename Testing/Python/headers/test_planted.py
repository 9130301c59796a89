# SPDX-License-Identifier: Apache-2.0
"""An invented identity, planted all over real headers in three character sets, does not come out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from plant_identity import CHARACTER_SETS, plant_series
from SlicerDeidLib.formats.dicom.file import read, write
from SlicerDeidLib.headers.engine import HeaderContext, deidentify, leaks
from SlicerDeidLib.headers.stamp import marks_of, stamp

SERIES = {
    "GE CT": "neurolabusc_dcm_qa_ct/In/GE",
    "Picker CT": "cerr_pyCERR/head_and_neck/pt_1",
    "enhanced MR": "neurolabusc_dcm_qa_xa30/In",
}


@pytest.mark.real_data
@pytest.mark.parametrize("policy", ["basic", "research"])
@pytest.mark.parametrize("character_set", range(len(CHARACTER_SETS)))
@pytest.mark.parametrize("series", SERIES)
def test_nothing_that_was_planted_comes_out(
    series: str, character_set: int, policy: str, real_data: Path, tmp_path: Path, context_of: Callable
) -> None:
    plant = plant_series(real_data / SERIES[series], tmp_path, 11, every=40, character_set=character_set)
    context: HeaderContext = context_of(policy)
    assert len(plant.needles()) >= 40
    for path in plant.files:
        file = read(path)
        assert deidentify(file.meta, file.dataset, context)
        stamp(file.dataset, marks_of(context.policy))
        assert leaks(file.meta, file.dataset, context) == []
        data = b"".join(bytes(chunk) for chunk in write(file))
        original = path.read_bytes()
        found = [where for needle, where in plant.needles().items() if needle in data and needle in original]
        assert found == []


def test_the_offset_of_the_tests_moves_over_midnight(context_of: Callable) -> None:
    context: HeaderContext = context_of("research")
    assert context.pseudonyms.offset(context.subject.group) % timedelta(days=1)
