# SPDX-License-Identifier: Apache-2.0
"""Which words and codes name examinations of the face itself, as a table of this package."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from SlicerDeidLib.model.examination import FaceProtocol, FaceProtocols

SOURCE = "face-protocols.toml"


@cache
def face_protocols() -> FaceProtocols:
    """Return the table."""
    table = tomllib.loads(resources.files(__package__).joinpath("data", SOURCE).read_text(encoding="utf-8"))
    kinds = (FaceProtocol(kind["name"], tuple(kind["words"]), frozenset(kind["codes"])) for kind in table["kind"])
    return FaceProtocols(tuple(kinds), tuple(table["not_meant"]), tuple(table["elsewhere"]), table["source"])
