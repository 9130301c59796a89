# SPDX-License-Identifier: Apache-2.0
"""A preview asked for other settings gives what one opened with them gives, also of several series of one head."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import SlicerDeidLib as deid
from ctseries import make_ct_series
from headseries import make_reformat, make_series
from SlicerDeidLib.errors import DeidError
from SlicerDeidLib.pipeline import preview

KEY = b"k" * 32
WAYS = [("none", "auto"), ("skullstrip", "surface"), ("auto", "skullstrip"), ("surface", "none")]
REFUSED = "axial slices of the same study in its frame of reference"


class Heads(NamedTuple):
    """One patient's series below ``folder``, of which the one with the fewest images is looked at."""

    folder: Path
    number: int
    fresh: Callable[[str], deid.Preview | str]

    def opened(self, method: str) -> deid.PreviewSession:
        return opened(self.folder, self.number, method)


def policy(method: str) -> deid.Policy:
    return deid.with_choices(deid.read_policy("research"), text="off", deface=method)


def opened(folder: Path, number: int, method: str) -> deid.PreviewSession:
    rows = deid.read_map(folder / "map.csv")
    return deid.open_preview(folder / "in", "A", number, policy(method), rows, key=KEY)


def last(session: deid.PreviewSession, method: str) -> deid.Preview | str:
    """Return the last look, or why there is none."""
    try:
        *_, look = session.looks(policy(method))
    except DeidError as error:
        return error.reason
    return look


@pytest.fixture(
    scope="module", params=["a reformat alone", "a reformat beside slices", "four beside whole", "elsewhere", "partial"]
)
def heads(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Heads:
    folder = tmp_path_factory.mktemp("heads")
    patient = folder / "in" / "A"
    if "reformat" in request.param:
        make_reformat(patient / "reformat", "coronal", image_type=("DERIVED", "SECONDARY"))
    if request.param == "a reformat beside slices":
        make_series(patient, "thin")
    if request.param in ("four beside whole", "elsewhere"):
        make_series(patient, "four", frame="2.25.9" if request.param == "elsewhere" else "2.25.7")
        make_series(patient, "thick")
    if request.param == "partial":
        make_series(patient, "lower")
        make_series(patient, "upper")
    (folder / "map.csv").write_text("Accession_number,De-identification_ID\nA,S01\n", encoding="utf-8")
    series = deid.plan(deid.discover(folder / "in"), policy("none"), deid.read_map(folder / "map.csv"), key=KEY).series
    number = min(series, key=lambda one: len(one.series.instances)).series.number
    return Heads(folder, number, cache(lambda method: last(opened(folder, number, method), method)))


@pytest.mark.parametrize("way", WAYS, ids=" then ".join)
def test_after_other_settings_a_series_of_a_head_looks_as_in_a_fresh_preview(
    heads: Heads, way: tuple[str, str]
) -> None:
    session = heads.opened(way[0])
    for method in way:
        look, fresh = last(session, method), heads.fresh(method)
        if isinstance(look, str) or isinstance(fresh, str):
            assert look == fresh
        else:
            np.testing.assert_array_equal(look.after, fresh.after)
            assert (look.is_last, look.boxes, look.headers) == (fresh.is_last, fresh.boxes, fresh.headers)


def test_a_reformat_alone_is_refused_after_it_was_shown_as_it_is_and_shown_after_it_was_refused(tmp_path: Path) -> None:
    make_reformat(tmp_path / "in" / "A" / "reformat", "coronal", image_type=("DERIVED", "SECONDARY"))
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nA,S01\n", encoding="utf-8")
    for first in ("none", "auto"):
        session = opened(tmp_path, 1, first)
        for method in (first, "none", "surface", "none"):
            look = last(session, method)
            assert isinstance(look, str) == (method != "none")
            assert not isinstance(look, str) or REFUSED in look


def test_other_settings_of_the_same_pixels_read_no_file_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_ct_series(tmp_path / "in" / "A" / "one", slices=6)
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nA,S01\n", encoding="utf-8")
    session = opened(tmp_path, 1, "none")
    assert not isinstance(last(session, "none"), str)
    assembled = []
    real = preview.assemble_repetitions
    monkeypatch.setattr(preview, "assemble_repetitions", lambda files: assembled.append(1) or real(files))
    for method in ("auto", "none", "surface", "face"):
        last(session, method)
    assert not assembled


def test_a_series_that_was_chosen_to_stay_out_is_shown_with_any_settings(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "in" / "A" / "one", slices=2)
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nA,S01\n", encoding="utf-8")
    rows = deid.read_map(tmp_path / "map.csv")
    plan = deid.plan(deid.discover(tmp_path / "in"), policy("none"), rows, key=KEY, leave_out=("S01/1",))
    session = deid.PreviewSession(plan, plan.series[0])
    assert not isinstance(last(session, "none"), str)
    assert isinstance(last(session, "auto"), str)
    assert not isinstance(last(session, "none"), str)


def test_images_of_one_uid_in_two_files_are_refused_with_any_settings(tmp_path: Path) -> None:
    for name, series in (("one", 1), ("two", 2)):
        make_ct_series(
            tmp_path / "in" / "A" / name,
            slices=2,
            series=series,
            change=lambda ds, k: setattr(ds, "SOPInstanceUID", f"2.25.{k + 1}"),
        )
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nA,S01\n", encoding="utf-8")
    session = opened(tmp_path, 1, "none")
    for method in ("none", "auto", "none"):
        refusal = last(session, method)
        assert isinstance(refusal, str)
        assert "stands in several files" in refusal


@pytest.mark.parametrize("is_zip", [False, True], ids=["a folder", "a zip"])
@pytest.mark.parametrize("what", ["changed", "touched", "gone"])
def test_a_file_that_is_not_as_it_was_is_said_at_the_next_look(tmp_path: Path, what: str, is_zip: bool) -> None:
    made = make_ct_series(tmp_path / "in" / "A" / "one", slices=3)
    path = made[1] if not is_zip else _zipped(tmp_path / "in" / "A" / "one")
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nA,S01\n", encoding="utf-8")
    session = opened(tmp_path, 1, "none")
    assert not isinstance(last(session, "none"), str)
    assert not isinstance(last(session, "none"), str)
    status = path.stat()
    if what == "gone":
        path.unlink()
    elif what == "touched":
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))
    else:
        path.write_bytes(path.read_bytes() + bytes(2))
    for method in ("none", "surface"):
        refusal = last(session, method)
        assert isinstance(refusal, str)
        assert ("a file vanished" if what == "gone" else "a file changed after the plan was made") in refusal
        assert "plan again" in refusal


def _zipped(folder: Path) -> Path:
    """Put the files of a folder into a zip in its place."""
    path = Path(shutil.make_archive(str(folder), "zip", folder))
    shutil.rmtree(folder)
    return path
