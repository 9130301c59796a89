# SPDX-License-Identifier: Apache-2.0
"""A header's words about the removal of a face are borne out by every slice, or the slice is found."""

from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.removal import Outline

ROWS, COLUMNS = np.mgrid[:96, :96]
RADIUS = np.hypot(ROWS - 48, COLUMNS - 48)


def head() -> np.ndarray:
    """A round head of soft tissue with sinuses, on a table, in noisy air."""
    slice_hu = np.random.default_rng(4).normal(-1000, 8, (96, 96))
    slice_hu[(RADIUS < 36) | (ROWS > 90)] = 40.0
    slice_hu[np.hypot(ROWS - 30, COLUMNS - 48) < 5] = -1000.0
    return slice_hu


def judged(*slices: tuple[np.ndarray, np.ndarray]) -> list[tuple[str, str]]:
    findings, outline = Findings(), Outline()
    for before, changed in slices:
        outline.take(before, changed, "one.dcm", findings)
    outline.judge("one.dcm", findings)
    return [(found.severity, found.tag) for found in findings.all()]


def test_a_head_that_lost_its_surface_and_all_around_it_is_no_finding():
    assert judged((head(), RADIUS > 30)) == []


def test_a_slice_of_air_and_one_in_which_the_vertex_ends_are_no_finding():
    vertex = np.where(RADIUS < 6, 40.0, -1000.0)
    nothing = np.zeros((96, 96), bool)
    assert judged((np.full((96, 96), -1000.0), nothing), (vertex, nothing)) == []


def test_a_head_whose_surroundings_only_went_is_found():
    assert judged((head(), RADIUS > 36)) == [("error", "(7FE0,0010)"), ("warning", "(7FE0,0010)")]


def test_a_slice_that_is_as_it_was_is_found_among_others():
    others = [(head(), RADIUS > 30)] * 20
    assert judged(*others, (head(), np.zeros((96, 96), bool))) == [("error", "(7FE0,0010)")]


@pytest.mark.parametrize(("reach", "severities"), [(14, []), (62, ["warning"])])
def test_a_part_of_the_skin_that_was_left_in_every_slice_is_a_warning(reach, severities):
    changed = (RADIUS > 30) & ~((RADIUS < 37) & (reach > ROWS))
    assert [severity for severity, _ in judged(*[(head(), changed)] * 5)] == severities
