# SPDX-License-Identifier: Apache-2.0
"""What is found below a folder, and what is named as a stray."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pydicom
import pytest
from ctseries import make_ct_series, make_patient
from SlicerDeidLib.discovery.walk import discover
from SlicerDeidLib.errors import OutputError


def test_one_folder_is_one_patient_with_its_series_in_path_order(tmp_path: Path) -> None:
    make_patient(tmp_path, "B", number=2, series=2)
    make_patient(tmp_path, "A", number=1)
    index = discover(tmp_path)
    assert [(p.number, p.folder, len(p.series)) for p in index.patients] == [(1, "A", 1), (2, "B", 2)]
    assert [s.number for s in index.patients[1].series] == [1, 2]


def test_slices_are_ordered_by_position_when_every_instance_number_is_one(tmp_path: Path) -> None:
    make_ct_series(
        tmp_path / "A", slices=6, file_name=lambda k: f"IM{(k * 5) % 6}", set_values={"InstanceNumber": 1}, tilt_deg=20
    )
    (series,) = discover(tmp_path).patients[0].series
    heights = [instance.position[2] for instance in series.instances if instance.position]
    assert heights == sorted(heights)
    assert len(heights) == 6


def test_an_identical_copy_is_read_once(tmp_path: Path) -> None:
    paths = make_ct_series(tmp_path / "A", slices=3)
    shutil.copy(paths[0], tmp_path / "A" / "copy")
    index = discover(tmp_path)
    assert len(index.patients[0].series[0].instances) == 3
    assert [stray.kind for stray in index.strays] == ["duplicate"]


def test_a_differing_twin_stays_for_planning_to_refuse(tmp_path: Path) -> None:
    paths = make_ct_series(tmp_path / "A", slices=3)
    dataset = pydicom.dcmread(paths[0])
    dataset.SliceThickness = 99
    dataset.save_as(tmp_path / "A" / "other")
    assert len(discover(tmp_path).patients[0].series[0].instances) == 4


def test_one_series_uid_of_two_people_is_two_series(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "A", slices=3, set_values={"SeriesInstanceUID": "1.2.3"})
    make_ct_series(tmp_path / "A" / "x", slices=1, patient_id="CANARYPID2", set_values={"SeriesInstanceUID": "1.2.3"})
    assert sorted(len(s.instances) for s in discover(tmp_path).patients[0].series) == [1, 3]


def test_strays_are_named_by_kind_and_never_followed_or_opened(tmp_path: Path) -> None:
    paths = make_ct_series(tmp_path / "A", slices=2)
    folder = tmp_path / "A"
    (folder / "notes.txt").write_text("CANARY")
    (folder / "empty").touch()
    (folder / "files.zip").write_bytes(b"PK\x03\x04rest")
    (folder / "short").write_bytes(paths[0].read_bytes()[:700])
    os.symlink(paths[0], folder / "link")
    os.symlink(tmp_path, folder / "loop")
    os.mkfifo(folder / "pipe")
    index = discover(tmp_path)
    kinds = sorted(stray.kind for stray in index.strays)
    assert kinds == ["damaged", "empty", "not an image", "symbolic link", "symbolic link", "unreadable", "zip"]
    assert len(index.patients[0].series[0].instances) == 2


def test_loose_files_at_the_top_are_grouped_by_person(tmp_path: Path) -> None:
    make_ct_series(tmp_path, slices=2, patient_id="CANARYPID1", file_name="a{}".format)
    make_ct_series(tmp_path, slices=3, patient_id="CANARYPID2", file_name="b{}".format)
    assert [(p.folder, len(p.series[0].instances)) for p in discover(tmp_path).patients] == [("", 2), ("", 3)]


def test_a_missing_input_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="input folder does not exist"):
        discover(tmp_path / "nothing")
