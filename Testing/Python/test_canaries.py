# SPDX-License-Identifier: Apache-2.0
"""Planted values leave by no door: not by output, not by messages, not by names, whatever the input looks like."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
from ctseries import CANARIES, make_ct_series, make_patient

LIBRARY = Path(__file__).resolve().parents[2] / "SlicerDeid"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
HEADERS_ONLY = ["--deface", "none", "--text", "off"]


@pytest.fixture(scope="module")
def ugly_input(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two good patients; beside their slices everything that a run must name without saying its name."""
    top = tmp_path_factory.mktemp("canaries")
    root = top / "CANARYINPUT"
    first = make_patient(root, "CANARYFOLDER1", number=1, series=2, slices=3)
    make_patient(root, "CANARYFOLDER2", number=2, slices=3, preamble=b"CANARYPREAMBLE".ljust(128, b"\0"))
    folder = root / "CANARYFOLDER1"
    make_ct_series(folder / "CANARYSC", slices=1, series=9, sop_class_uid=SECONDARY_CAPTURE, burned_in="YES")
    make_ct_series(folder / "CANARYOTHER", slices=1, series=8, patient_id="CANARYPID77")
    shutil.copy(first[0], folder / "CANARYCOPY")
    (folder / "CANARYCUT.dcm").write_bytes(first[1].read_bytes()[:700])
    (folder / "CANARYLETTER.txt").write_text("Dear CANARYFAMILY1", encoding="utf-8")
    (folder / "CANARYEMPTY").touch()
    (folder / "CANARYGARBLED").write_bytes(b"\0" * 128 + b"DICM" + b"CANARY" * 50)
    (folder / "CANARYLINK").symlink_to(folder / "CANARYLETTER.txt")
    make_patient(root, "CANARYUNMAPPED", number=3, slices=1)
    rows = ["Accession_number;De-identification_ID", "CANARYFOLDER1;S001", "CANARYFOLDER2;S002", "CANARYMISSING;S009"]
    (top / "map.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    return top


def slicerdeid(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, with a home of its own."""
    home = {"HOME": str(where), "XDG_CONFIG_HOME": str(where / "config"), "XDG_DATA_HOME": str(where / "data")}
    return subprocess.run(
        [sys.executable, "-X", "dev", "-m", "SlicerDeidLib", *arguments],
        env={**os.environ, **home, "PYTHONPATH": str(LIBRARY)},
        cwd=where, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip


def canaries_in(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text.upper()]


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["words", "json"])
def test_a_plan_names_nobody(ugly_input: Path, tmp_path: Path, more: list[str]) -> None:
    arguments = [str(ugly_input / "CANARYINPUT"), "--map", str(ugly_input / "map.csv"), *HEADERS_ONLY, *more]
    process = slicerdeid(tmp_path, "plan", *arguments)
    assert "S001" in process.stdout
    assert not canaries_in(process.stdout + process.stderr)


@pytest.mark.parametrize("progress", ["bar", "json", "none"])
def test_a_run_over_ugly_input_leaks_nothing(ugly_input: Path, tmp_path: Path, progress: str) -> None:
    out, private = tmp_path / "out", tmp_path / "private"
    arguments = [str(ugly_input / "CANARYINPUT"), str(out), "--map", str(ugly_input / "map.csv")]
    process = slicerdeid(tmp_path, "run", *arguments, *HEADERS_ONLY, "--private", str(private), "--progress", progress)
    assert process.returncode == 0, process.stderr
    assert not canaries_in(process.stdout + process.stderr)
    released = sorted(path for path in out.rglob("*") if path.is_file())
    assert len(released) == 6  # two series of three slices; the others are no images, damaged or beside a damaged one
    for path in released:
        assert not canaries_in(path.relative_to(out).as_posix())
        assert not canaries_in(path.read_bytes().decode("latin-1"))
        assert pydicom.dcmread(path).PatientID in {"S001", "S002"}
    left = {path.name for path in tmp_path.iterdir()} - {"out", "private", "config", "data"}
    assert not left  # no staging, no temporary file


def test_the_input_holds_what_the_search_looks_for(ugly_input: Path) -> None:
    files = [path for path in (ugly_input / "CANARYINPUT" / "CANARYFOLDER2").rglob("*") if path.is_file()]
    assert files
    assert all(canaries_in(path.read_bytes().decode("latin-1")) == list(CANARIES) for path in files)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "CANARYINPUT", "out", "--map", "CANARYNOMAP.csv"],
        ["run", "CANARYINPUT", "CANARYINPUT/out"],
        ["plan", "CANARYNOWHERE"],
    ],
    ids=["no map", "output inside input", "no input"],
)
def test_a_wrong_command_is_one_sentence_and_writes_nothing(
    ugly_input: Path, tmp_path: Path, arguments: list[str]
) -> None:
    full = [str(ugly_input / word) if word.startswith("CANARY") else word for word in arguments]
    process = slicerdeid(tmp_path, *full)
    assert process.returncode == 2
    assert process.stderr.strip()
    assert "Traceback" not in process.stderr
    assert not (tmp_path / "out").exists()
    assert not (ugly_input / "CANARYINPUT" / "out").exists()
