# SPDX-License-Identifier: Apache-2.0
"""What a skull-strip engine needs is said in words, and looked for where an installation keeps it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from SlicerDeidLib.errors import EngineMissing, PixelError
from SlicerDeidLib.model.stripping import OWN, STRIP_ENGINES
from SlicerDeidLib.pixels import registry
from SlicerDeidLib.pixels.head import stripengines
from SlicerDeidLib.pixels.head.stripengines import weights_of
from SlicerDeidLib.policies.dispositions import dispositions

VARIABLES = ("SLICERDEID_SYNTHSTRIP", "FREESURFER_HOME")


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """All packages are there, no weights are."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(stripengines.importlib.util, "find_spec", lambda name: object())


def weights_in(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"")
    return folder / name


def test_every_engine_but_the_own_has_needs_and_a_finder() -> None:
    assert set(STRIP_ENGINES) - {OWN} == set(registry.BRAIN_FINDERS) == set(stripengines._NEEDS)


def test_what_an_engine_knows_is_what_the_table_of_classes_says() -> None:
    stripped = {one.name: set(one.engines) for one in dispositions().values() if "skullstrip" in one.deface}
    assert set(stripped) == {f"{kind} Image Storage" for kind in ("CT", "MR", "Enhanced CT", "Enhanced MR")}
    in_ct = {name for name, engine in STRIP_ENGINES.items() if engine.in_ct}
    for name, engines in stripped.items():
        assert engines == (in_ct if "CT" in name else set(STRIP_ENGINES) - {OWN})


def test_a_missing_package_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineMissing, match=r"needs the package torch, .*pip install slicerdeid\[synthstrip\]"):
        weights_of("synthstrip")


def test_missing_weights_are_named_with_their_origin_and_no_folder_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLICERDEID_SYNTHSTRIP", str(tmp_path))
    with pytest.raises(EngineMissing, match=r"synthstrip\.nocsf\.1\.pt") as missing:
        weights_of("synthstrip", no_csf=True)
    assert "SLICERDEID_SYNTHSTRIP" in missing.value.reason
    assert "surfer.nmr.mgh.harvard.edu" in missing.value.reason
    assert str(tmp_path) not in missing.value.reason


def test_weights_lie_in_the_folder_that_is_named_or_in_freesurfer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = weights_in(tmp_path / "freesurfer" / "models", "synthstrip.1.pt")
    monkeypatch.setenv("FREESURFER_HOME", str(tmp_path / "freesurfer"))
    assert weights_of("synthstrip") == installed
    monkeypatch.setenv("SLICERDEID_SYNTHSTRIP", str(tmp_path / "mine"))
    with pytest.raises(EngineMissing):  # what is named counts, not something else
        weights_of("synthstrip")
    named = weights_in(tmp_path / "mine", "synthstrip.1.pt")
    assert weights_of("synthstrip") == named


def test_there_is_no_other_engine() -> None:
    with pytest.raises(PixelError, match="there is no skull-strip engine 'bet'"):
        weights_of("bet")
