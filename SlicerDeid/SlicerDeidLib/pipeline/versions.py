# SPDX-License-Identifier: Apache-2.0
"""With what a run was done: the versions that its report states."""

from __future__ import annotations

import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

_STATED = ("slicerdeid", "pydicom", "numpy", "scipy", "SimpleITK")


@lru_cache(maxsize=1)
def stated_versions() -> dict[str, str]:
    """Return the versions that a report states."""
    found = {"python": platform.python_version()}
    for name in _STATED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
