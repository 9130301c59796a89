# SPDX-License-Identifier: Apache-2.0
"""What Slicer does not bring, asked for where the panel is not open."""

from __future__ import annotations

import subprocess
from pathlib import Path

import slicer
from slicer.i18n import tr as _


def areThere() -> bool:
    """Ask for what is missing, on first use; say whether the library can be used now."""
    from SlicerDeid import SlicerDeidLogic

    requirements = Path(slicer.util.modulePath("SlicerDeid")).parent / "Resources" / "requirements.txt"
    try:
        SlicerDeidLogic().ensureRequirements(str(requirements))
    except (ImportError, RuntimeError, subprocess.CalledProcessError):
        return False
    return True


def sentence() -> str:
    """Return what is said when they are not there."""
    return _("Python packages that De-identify DICOM needs are not installed, or Slicer is older than 5.12.")
