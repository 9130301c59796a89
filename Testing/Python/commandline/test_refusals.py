# SPDX-License-Identifier: Apache-2.0
"""What a run says of heads that it refuses: in the terminal and in the report."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from craniectomy import INFANT, Defect, make_craniectomy, make_infant
from ctseries import make_ct_series
from mrseries import painted, write_mr_series
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.mr import MRLattice, make_mr_head

LATTICE = phantom.Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)
LEFT = "leave the series out, or release it recognisable, under controlled access only, with --deface none by name"


def write_ct(folder: Path, stored: np.ndarray, scale: float) -> None:
    make_ct_series(
        folder,
        slices=LATTICE.slices,
        size=LATTICE.rows,
        spacing_mm=scale * LATTICE.pixel_spacing_mm,
        step_mm=scale * LATTICE.spacing_mm,
        pixels=lambda k: stored[k] + LATTICE.intercept,
    )


def craniectomy(folder: Path) -> None:
    write_ct(folder, make_craniectomy(LATTICE, Defect(bulge_mm=8.0))[0].stored, 1.0)


def infant(folder: Path) -> None:
    write_ct(folder, make_infant(LATTICE).stored, INFANT)


def mr_from_behind(folder: Path) -> None:
    """Write an MR whose header says that the face is where the back of the head is."""
    head = make_mr_head(painted("T1"), MRLattice())
    stored = np.ascontiguousarray(head.volume.stored[:, ::-1, ::-1])
    write_mr_series(folder, replace(head, volume=replace(head.volume, stored=stored)))


@pytest.mark.parametrize(
    ("write", "reason", "advice"),
    [
        (craniectomy, "bone is missing over the brain", "choose --deface face"),
        (infant, "bone is missing over the brain", LEFT),
        (mr_from_behind, "its shape is not that of a head that lies as the header says", LEFT),
    ],
)
def test_a_refused_head_is_said_with_what_is_left_to_do(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    write: Callable[[Path], None],
    reason: str,
    advice: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("in/CANARYFOLDER1"))
    Path("map.csv").write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\n")
    options = ["--map", "map.csv", "--private", "private", "--text", "off"]
    assert execute(parse(["run", "in", "out", *options])) == 3
    report = unescape(Path("private/report.html").read_text(encoding="utf-8"))
    said = " ".join(capsys.readouterr().err.split())
    for text in (report, said):
        assert re.search(f"{reason}[^<]*; {advice}", text)
