# SPDX-License-Identifier: Apache-2.0
"""Registered: the UIDs that the standard itself gives out, which name no person; not all that begin like them."""

from __future__ import annotations

import re

from pydicom._uid_dict import UID_dictionary

CONTEXT_GROUP = re.compile(r"1\.2\.840\.10008\.6\.1\.[1-9]\d{0,3}")  # PS3.6 Table A-3, which pydicom leaves out


def is_registered(uid: str) -> bool:
    """Whether a UID stands in PS3.6 Annex A."""
    return uid in UID_dictionary or CONTEXT_GROUP.fullmatch(uid) is not None
