# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels import registry


def test_every_name_leads_to_a_function() -> None:
    assert registry.names() == ("surface", "face", "surface+face", "skullstrip", "mask", "morph")
    for name in ("surface", "face", "surface+face", "skullstrip"):
        assert registry.head_finder(name).__name__ == "find_head"
    assert registry.text_finder("morph").__name__ == "find_text"


def test_an_unknown_name_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(PixelError, match="there is no defacing method 'skin'; there is surface, face"):
        registry.head_finder("skin")
    with pytest.raises(PixelError, match="there is no text mode 'read'; there is mask, morph"):
        registry.text_finder("read")


def test_the_registry_itself_imports_nothing_heavy(repository: Path) -> None:
    code = (
        "import sys, SlicerDeidLib.pixels.registry; "
        "print([m for m in ('scipy', 'skimage', 'SimpleITK') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository / "SlicerDeid", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
