# SPDX-License-Identifier: Apache-2.0
"""``slicerdeid deface`` as its users type it: exit codes, what is said, what is left."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from niftifiles import affine_of, read_raw, write_nifti
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse
from SlicerDeidLib.sample import phantom

pytest.importorskip("nibabel")


@cache
def head() -> phantom.HeadCT:
    return phantom.make_head(phantom.Lattice(slices=44, rows=160, columns=160, pixel_spacing_mm=1.6))


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
