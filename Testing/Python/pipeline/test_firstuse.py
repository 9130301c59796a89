# SPDX-License-Identifier: Apache-2.0
"""A first preview finds loaded what it needs; a process of its own shows what is still imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[3] / "SlicerDeid"
PROGRAM = """
import json, sys
from pathlib import Path
import SlicerDeidLib as deid
folder, *choices = sys.argv[1:]
policy = deid.with_choices(deid.read_policy("research"), **dict(choice.split("=") for choice in choices))
deid.load_preview(policy)
deid.load_text_engine(policy)
there = set(sys.modules)
opened = deid.open_preview(Path(folder) / "in", "A1", 1, policy, deid.read_map(Path(folder) / "map.xlsx"))
steps = [look.step for look in opened.looks(policy)]
print(json.dumps([steps, sorted(set(sys.modules) - there)]))
"""
SLOW = {"SimpleITK", "cv2", "omegaconf", "onnxruntime", "pydicom", "rapidocr", "scipy", "skimage"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A made head and its list; only read."""
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study

    folder = tmp_path_factory.mktemp("firstuse")
    lattice = Lattice(slices=48, spacing_mm=4.0, rows=128, columns=128, pixel_spacing_mm=2.0)
    write_study(folder / "in" / "A1", lattice=lattice)
    write_map(folder / "map.xlsx", [("A1", "HEAD-001")])
    return folder


@pytest.mark.parametrize("choices", [["deface=surface+face", "text=mask"], ["deface=skullstrip", "text=off"]], ids=str)
def test_nothing_that_takes_long_is_imported_by_a_preview_once_it_was_loaded(choices, folder, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY), "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    program = [sys.executable, "-c", PROGRAM, str(folder), *choices]
    told = subprocess.run(program, env=environment, capture_output=True, text=True, check=True, timeout=240).stdout
    steps, modules = json.loads(told)
    assert "deface" in steps
    assert not [module for module in modules if module.split(".")[0] in SLOW]
    assert not [module for module in modules if module.startswith("SlicerDeidLib.pixels.head")]
