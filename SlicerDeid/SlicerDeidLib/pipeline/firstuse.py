# SPDX-License-Identifier: Apache-2.0
"""What a first preview would wait for: modules and models that the next ones find in memory.

Each takes seconds, and is done in a thread while nobody waits.
"""

from __future__ import annotations

from importlib import import_module

from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.pixels.registry import head_finder, text_finder
from SlicerDeidLib.pixels.text.ocr import available, engine


def load_preview(policy: Policy) -> None:
    """Import what previews under a policy use, but for what reads text."""
    import_module("SlicerDeidLib.pipeline.preview")
    import_module("pydicom.sr.codedict")  # what codes in headers are held against: the largest of all tables
    head_finder("skullstrip" if policy.deface.method == "skullstrip" else "surface+face")
    text_finder("mask")


def load_text_engine(policy: Policy) -> None:
    """Make the engine that reads text, if previews under a policy read any and one is installed.

    Raises
    ------
    EngineMissing
        When it is installed in part; a preview says the same.
    """
    if policy.text.is_read and available():
        engine()
