# SPDX-License-Identifier: Apache-2.0
"""What a light command must not import: every import of a child process and of its children is listed by Python itself.

``PYTHONPROFILEIMPORTTIME`` makes each Python process write one line per imported module to standard error, workers
included, so that an import in a spawned process is seen too.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
from ctseries import make_patient

LIBRARY = Path(__file__).resolve().parents[2] / "SlicerDeid"
HEAVY = {"scipy", "skimage", "SimpleITK", "openpyxl", "highdicom"}
# not in it: the decoders and pillow, which "import pydicom" (3.0.2) looks for and imports by itself


def imported(arguments: list[str], where: Path) -> tuple[set[str], subprocess.CompletedProcess[str]]:
    """Run Python with ``arguments``; return every imported module's full name, and the finished process."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(LIBRARY),
        "PYTHONPROFILEIMPORTTIME": "1",
        "HOME": str(where),
        "XDG_CONFIG_HOME": str(where / "config"),
        "XDG_DATA_HOME": str(where / "data"),
    }
    process = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    lines = [line for line in process.stderr.split("\n") if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip() for line in lines}, process


def packages(modules: set[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


def test_a_plain_import_of_the_library_brings_neither_numpy_nor_pydicom(tmp_path: Path) -> None:
    modules, process = imported(["-c", "import SlicerDeidLib"], tmp_path)
    assert process.returncode == 0
    assert "SlicerDeidLib" in modules
    assert not packages(modules) & (HEAVY | {"numpy", "pydicom", "rich"})


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["plan", "--help"]], ids=" ".join)
def test_help_brings_neither_numpy_nor_pydicom(arguments: list[str], tmp_path: Path) -> None:
    modules, process = imported(["-m", "SlicerDeidLib", *arguments], tmp_path)
    assert process.returncode == 0
    assert process.stdout
    assert not packages(modules) & (HEAVY | {"numpy", "pydicom", "rich"})


@pytest.mark.parametrize("verb", ["plan", "run"])
def test_a_header_only_run_never_imports_what_pixels_need(verb: str, tmp_path: Path) -> None:
    make_patient(tmp_path / "in", "CANARYFOLDER1", slices=3, image_type=("ORIGINAL", "PRIMARY", "AXIAL"))
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S001\n", encoding="utf-8")
    out = [str(tmp_path / "out")] if verb == "run" else []
    options = [
        "--map",
        str(tmp_path / "map.csv"),
        "--deface",
        "none",
        "--text",
        "off",
        "--private",
        str(tmp_path / "p"),
    ]
    modules, process = imported(["-m", "SlicerDeidLib", verb, str(tmp_path / "in"), *out, *options], tmp_path)
    assert process.returncode == 0
    assert "SlicerDeidLib.model.plan" in modules
    assert not packages(modules) & HEAVY
    assert "CANARY" not in process.stdout.upper() + process.stderr.upper()
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == (3 if verb == "run" else 0)


def test_few_headers_are_worked_on_without_a_pool_of_processes_and_pixels_with_one(tmp_path: Path) -> None:
    for number in (1, 2):
        make_patient(tmp_path / "in", f"CANARYFOLDER{number}", number, slices=2, image_type=("ORIGINAL", "PRIMARY"))
    rows = ["Accession_number,De-identification_ID", "CANARYFOLDER1,S001", "CANARYFOLDER2,S002"]
    (tmp_path / "map.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    def pools(out: str, *options: str) -> bool:
        words = ["run", "in", out, "--map", "map.csv", "--private", f"p-{out}", "--deface", "none", *options]
        modules, process = imported(["-m", "SlicerDeidLib", *words], tmp_path)
        assert process.returncode == 0
        assert len(list((tmp_path / out).rglob("*.dcm"))) == 4
        return "pebble" in packages(modules)

    assert not pools("headers", "--text", "off")
    assert pools("asked", "--text", "off", "--workers", "2")
    assert pools("pixels", "--text", "morph")
    assert pools("nifti", "--text", "off", "--nifti")
    for path in (tmp_path / "in").rglob("*"):
        if path.is_file():
            dataset = pydicom.dcmread(path)
            dataset.compress(pydicom.uid.RLELossless)
            dataset.save_as(path)
    assert pools("compressed", "--text", "off")
