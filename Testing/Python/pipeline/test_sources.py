# SPDX-License-Identifier: Apache-2.0
"""The original files are read as they were planned, without holding up whoever waits in the same process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import SlicerDeidLib as deid
from ctseries import make_ct_series
from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.pipeline.sources import read_all_unchanged


@pytest.fixture
def often_collected() -> Iterator[list[str]]:
    """Garbage is looked for whenever anything is made; the times that it was are noted."""
    noted: list[str] = []

    def note(phase: str, _info: dict[str, int]) -> None:
        noted.append(phase)

    usual = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    gc.callbacks.append(note)
    yield noted
    gc.callbacks.remove(note)
    gc.set_threshold(*usual)


def planned(folder: Path) -> tuple[deid.Instance, ...]:
    make_ct_series(folder / "A1")
    (patient,) = deid.discover(folder).patients
    return patient.series[0].instances


def test_garbage_is_not_looked_for_while_many_files_are_read(tmp_path: Path, often_collected: list[str]) -> None:
    instances = planned(tmp_path)
    assert often_collected
    often_collected.clear()
    files = read_all_unchanged(tmp_path, instances)
    during = len(often_collected)
    assert len(files) == len(instances)
    assert during <= 2  # one before it rests, one after
    assert gc.isenabled()


def test_garbage_is_looked_for_again_after_a_file_that_changed(tmp_path: Path) -> None:
    instances = planned(tmp_path)
    (tmp_path / instances[-1].path).write_bytes(b"shorter")
    with pytest.raises(SeriesRefused):
        read_all_unchanged(tmp_path, instances)
    assert gc.isenabled()
