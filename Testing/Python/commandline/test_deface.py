# SPDX-License-Identifier: Apache-2.0
"""``slicerdeid deface`` as its users type it: exit codes, what is said, what is left."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from craniectomy import Defect, make_craniectomy, make_infant
from mrseries import painted
from niftifiles import affine_of, read_raw, write_nifti
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.mr import MRLattice, make_mr_head

pytest.importorskip("nibabel")


LATTICE = phantom.Lattice(slices=44, rows=160, columns=160, pixel_spacing_mm=1.6)


@cache
def head() -> phantom.HeadCT:
    return phantom.make_head(LATTICE)


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A head CT in NIfTI in the working directory."""
    stored = (head().volume.stored - 1024).astype(np.int16).transpose(2, 1, 0)
    monkeypatch.chdir(tmp_path)
    return write_nifti(tmp_path / "CANARYFOLDER1.nii.gz", stored, affine_of(head().volume)).name


def slicerdeid(*words: str) -> int:
    return execute(parse(["deface", *words]))


def test_a_head_is_defaced_and_the_mask_lies_beside_it(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--method", "skullstrip", "--air-value", "-1024", "--mask-out", "mask.nii")
    assert slicerdeid(source, "out.nii.gz", *words) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Defaced with skullstrip: ")
    assert said.err == ""
    out, kept = read_raw(Path("out.nii.gz"))[0], read_raw(Path("mask.nii"))[0]
    assert (out[kept == 0] == -1024).all()
    assert sorted(path.name for path in Path().iterdir()) == sorted([source, "mask.nii", "out.nii.gz"])


def test_an_engine_that_is_not_installed_is_refused_in_words(
    source: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLICERDEID_SYNTHSTRIP", str(Path.cwd()))
    assert slicerdeid(source, "out.nii", "--method", "skullstrip", "--skullstrip-engine", "synthstrip") == 3
    assert "the skull-strip engine synthstrip" in capsys.readouterr().err
    assert not Path("out.nii").exists()


def test_a_peel_is_said_to_leave_a_face(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid(source, "out.nii", "--method", "surface", "--depth", "6") == 0
    assert "may leave a recognisable face" in capsys.readouterr().out


def test_what_is_refused_ends_with_three_and_leaves_nothing(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("text.nii.gz").write_text("CANARYNAME")
    assert slicerdeid("text.nii.gz", "out.nii.gz", "--method", "face") == 3
    assert slicerdeid(source, "out.nii.gz", "--method", "face", "--air-value", "99999") == 3
    said = capsys.readouterr().err
    assert said.count("slicerdeid: refused, nothing was written: ") == 2
    assert not Path("out.nii.gz").exists()


def test_a_wrong_command_ends_with_two(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("there.nii").touch()
    assert slicerdeid(source, "there.nii", "--method", "face") == 2
    assert slicerdeid("nothing.nii", "out.nii", "--method", "face") == 2
    assert slicerdeid(source, "out.img", "--method", "face") == 2
    assert slicerdeid(source, "no/out.nii", "--method", "face") == 2
    for words in ([source, "out.nii"], [source, "out.nii", "--method", "none"]):
        with pytest.raises(SystemExit) as ended:
            slicerdeid(*words)
        assert ended.value.code == 2
    capsys.readouterr()  # what argparse says of them


def craniectomy() -> Volume:
    return make_craniectomy(LATTICE, Defect(bulge_mm=8.0))[0]


def infant() -> Volume:
    return make_infant(LATTICE)


def mr() -> Volume:
    return make_mr_head(painted("T1"), MRLattice()).volume


@pytest.mark.parametrize(
    ("make", "method", "reason", "advice"),
    [
        (craniectomy, "surface+face", "bone is missing over the brain", "choose the method face"),
        (craniectomy, "skullstrip", "bone is missing over the brain", "choose the method face"),
        (infant, "surface+face", "bone is missing over the brain", "leave this image out"),
        (infant, "face", "the face could not be removed", "leave this image out"),
        (
            mr,
            "skullstrip",
            "the skull is stripped in CT only by the program's own engine",
            "choose the skull-strip engine synthstrip or hd-bet, or choose the method face",
        ),
    ],
)
def test_a_refusal_ends_with_what_can_be_done_about_this_very_image(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[], Volume],
    method: str,
    reason: str,
    advice: str,
) -> None:
    volume = make()
    stored = (volume.stored + int(volume.intercept[0])).astype(np.int16).transpose(2, 1, 0)
    source = write_nifti(tmp_path / "in.nii.gz", stored, affine_of(volume))
    assert slicerdeid(str(source), str(tmp_path / "out.nii.gz"), "--method", method) == 3
    said = capsys.readouterr().err
    assert said.startswith(f"slicerdeid: refused, nothing was written: {reason}")
    assert said.endswith(f"; {advice}\n")
