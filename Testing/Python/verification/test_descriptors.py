# SPDX-License-Identifier: Apache-2.0
"""What the audit says of single texts that are claimed to be cleaned."""

from __future__ import annotations

import pytest
from SlicerDeidLib.verification.descriptors import judge

RIGHT = [
    "Schädel nativ",
    "Tête sans contraste",
    "Ménière disease",
    "HEAD WW 2000 WL 95",
    "HEAD FOV 95",
    "CTDIvol 95 mGy",
    "CT C SPINE W/O",
    "MR L SPINE",
]
WRONG = ["Schädel Müller", "seen in 1995", "age 94", "call 0761-4412 x 3", "M 95 y"]


@pytest.mark.parametrize("text", [*RIGHT, "Head 1.0 Hr95", "III", "TR 2000 TE 95"])
def test_what_the_cleaner_keeps_of_a_protocol_is_right(text: str) -> None:
    assert judge(text) == ()


@pytest.mark.parametrize("text", WRONG)
def test_names_years_ages_and_long_numbers_are_found(text: str) -> None:
    assert judge(text) != ()
