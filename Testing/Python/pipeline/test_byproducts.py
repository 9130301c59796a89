# SPDX-License-Identifier: Apache-2.0
"""Pictures for the private report: drawn from what is released, of the original only when asked for, and purged."""

from __future__ import annotations

import errno
import io
import shutil
import stat
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SlicerDeidLib as deid
from enhancedseries import write_enhanced
from PIL import Image
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse
from SlicerDeidLib.errors import KeyFileError, OutputError, PixelError, PlanError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pipeline import pictures
from SlicerDeidLib.pipeline.pictures import drawn, side_of
from SlicerDeidLib.pixels.head.headpictures import OUTLINE, TILE_PX, TILES, montage, place_of_montage
from SlicerDeidLib.sample.mr import make_mr_head, paint
from SlicerDeidLib.sample.phantom import Lattice, make_head
from SlicerDeidLib.sample.study import write_map, write_study
from SlicerDeidLib.sample.tissues import T1
from SlicerDeidLib.verification.audit import audit
from SlicerDeidLib.verification.report import refresh_run_report, write_run_report

SMALL = Lattice(slices=48, rows=96, columns=96, pixel_spacing_mm=2.6)
KEY = b"k" * 32


class Project:
    """One made head, and the way through the house."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self.map = folder / "map.xlsx"

    def make(self) -> None:
        write_study(self.source / "A1" / "HEAD", lattice=SMALL, has_text=False)
        write_map(self.map, [("A1", "HEAD-001")])

    def run(self, drawn: str, deface: str = "auto", **options: object) -> deid.RunRecord:
        policy = deid.with_choices(deid.read_policy("research"), deface=deface, text="off")
        subjects = deid.read_map(self.map)
        plan = deid.plan(deid.discover(self.source), policy, subjects, key=KEY, private=self.private)
        return deid.run(
            plan,
            self.out,
            is_synced=False,
            pictures=drawn,
            report=lambda record: write_run_report(record, plan, self.private),
            **options,  # type: ignore[arg-type]
        )

    def pictures(self) -> list[str]:
        folder = self.private / "pictures"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with both pictures; not to be changed."""
    folder = tmp_path_factory.mktemp("pictures")
    project = Project(folder)
    project.make()
    assert project.run("both").released == 1
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Project:
    """A copy of that run; its journal names the other folder, so it cannot go on."""
    shutil.copytree(made, tmp_path / "copy")
    return Project(tmp_path / "copy")


def test_a_series_is_drawn_as_released_and_as_it_was(made: Path) -> None:
    names = Project(made).pictures()
    assert names == ["HEAD-001_001_after.png", "HEAD-001_001_before.png"]
    after, before = (np.asarray(Image.open(made / "private" / "pictures" / name)) for name in names)
    assert (after == OUTLINE).all(axis=-1).any()
    assert not (before == OUTLINE).all(axis=-1).any()
    middle = after.shape[0] // 3
    assert (after[:middle] != before[: after.shape[0]][:middle]).any()
    page = (made / "private" / "report.html").read_text()
    assert page.index("pictures/HEAD-001_001_before.png") < page.index("pictures/HEAD-001_001_after.png")


def test_nothing_of_it_lies_in_the_output_and_the_audit_finds_nothing_wrong(made: Path) -> None:
    project = Project(made)
    assert {path.suffix for path in project.out.rglob("*") if path.is_file()} == {".dcm"}
    report = audit(project.out, original=project.source, private=project.private, key=KEY)
    assert [finding for finding in report.findings if finding.severity == "error"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_pictures_are_for_their_owner_only(made: Path) -> None:
    folder = made / "private" / "pictures"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_purge_deletes_pictures_and_reports_and_leaves_what_the_project_goes_on_with(project: Project) -> None:
    done = deid.purge(project.out, project.private)
    assert done == {"pictures": 2, "reports": 2}
    assert {path.name for path in project.private.iterdir()} - {"run.lock"} == {"journal.jsonl", "ledger.json"}
    assert any(project.out.rglob("*.dcm"))
    assert deid.purge(project.out, project.private) == {"pictures": 0, "reports": 0}


def test_nothing_is_purged_of_the_private_folder_of_another_output(project: Project, tmp_path: Path) -> None:
    before = sorted(project.private.rglob("*"))
    for path in project.out.rglob("*.dcm"):  # of the same names, and as long
        other = tmp_path / "other out" / path.relative_to(project.out)
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_bytes(path.read_bytes()[::-1])
    for name in ("other out", "nowhere"):
        with pytest.raises(OutputError, match="belongs to another output folder"):
            deid.purge(tmp_path / name, project.private)
    assert sorted(project.private.rglob("*")) == before


def test_a_report_whose_pictures_are_purged_shows_none(project: Project) -> None:
    deid.purge(project.out, project.private, ["pictures"])
    refresh_run_report(project.private)
    page = (project.private / "report.html").read_text()
    assert "<img" not in page
    assert "HEAD-001" in page


def test_the_command_says_what_went_and_what_is_still_there(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["purge", str(project.out), "--private", str(project.private), "--what", "pictures"]
    assert execute(parse(words)) == 0
    said = capsys.readouterr().out
    assert "pictures: 2 files deleted." in said
    assert "journal.jsonl, ledger.json, report.html, report.json" in said
    assert "<img" not in (project.private / "report.html").read_text()
    assert execute(parse(words)) == 0
    assert "pictures: there is nothing to delete." in capsys.readouterr().out


def test_journal_ledger_and_key_go_only_when_they_are_named(project: Project, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="--key"):
        deid.purge(project.out, project.private, ["key"])
    other = tmp_path / "note.txt"
    other.write_text("no key")
    with pytest.raises(KeyFileError):
        deid.purge(project.out, project.private, ["key"], other)
    assert other.exists()
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_bytes(bytes(range(32)))
    done = deid.purge(project.out, project.private, ["ledger", "key"], key)
    assert done == {"ledger": 1, "key": 1}
    assert not key.exists()
    assert not (project.private / "ledger.json").exists()
    with pytest.raises(PlanError, match="everything"):
        deid.purge(project.out, project.private, ["everything"])
    with pytest.raises(OutputError, match="no private folder"):
        deid.purge(project.out, tmp_path / "nowhere")


def test_a_rejected_series_leaves_no_picture_and_its_journal_is_not_purged_while_it_waits(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.make()
    assert project.run("after", is_held=True).held == 1
    assert project.pictures() == ["HEAD-001_001_after.png"]
    with pytest.raises(OutputError, match="wait"):
        deid.purge(project.out, project.private, ["journal"])
    assert deid.decide(project.out, project.private, reject=["HEAD-001"]).rejected == 1
    assert project.pictures() == []


def test_a_series_that_cannot_be_drawn_is_released_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise PixelError("it cannot be drawn")

    monkeypatch.setattr(pictures, "drawn", fail)
    project = Project(tmp_path)
    project.make()
    record = project.run("both")
    assert record.released == 1
    assert "no picture was drawn of it: it cannot be drawn" in record.series[0].findings
    assert project.pictures() == []
    assert "<img" not in (project.private / "report.html").read_text()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk of the private folder is full; make room there"),
        (errno.EACCES, "the private folder cannot be written (PermissionError); check its permissions"),
    ],
)
def test_a_picture_that_the_private_folder_does_not_take_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, "", "/CANARYNAME")

    monkeypatch.setattr(pictures, "write_picture", full)
    project = Project(tmp_path)
    project.make()
    record = project.run("both")
    assert record.released == 1
    assert f"no picture was drawn of it: {said}, and make the series again to have one" in record.series[0].findings


def test_nothing_is_drawn_of_pixels_that_nobody_looks_at(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.make()
    assert project.run("both", deface="none").released == 1
    assert project.pictures() == []


def test_an_enhanced_image_is_drawn(tmp_path: Path) -> None:
    project = Project(tmp_path)
    write_enhanced(project.source / "A1", [make_head(SMALL).volume])
    write_map(project.map, [("A1", "HEAD-001")])
    assert project.run("after").released == 1
    assert project.pictures() == ["HEAD-001_001_after.png"]


def test_mr_and_a_single_slice_are_drawn_too() -> None:
    head = make_mr_head(paint(T1, 4.0))
    wide = Image.open(io.BytesIO(drawn(head.volume, is_defaced=False)))
    one = Volume(np.zeros((1, 8, 8), np.int16), np.ones(1), np.zeros(1), np.zeros((1, 3)), np.eye(3)[0], np.eye(3)[1])
    assert Image.open(io.BytesIO(drawn(one, is_defaced=True))).height < wide.height
    shown = np.asarray(wide)[: wide.height // 3]
    assert (shown > 100).mean() > 0.1  # three heads on black, no block of noise
    assert (shown == 0).mean() > 0.3


def test_the_line_runs_around_what_stays() -> None:
    plane = np.full((64, 64), -1000, np.int16)
    plane[20:40, 24:48] = 40
    plane[30, 30] = -1000  # a voxel of the head that happens to have the value of the air
    volume = Volume(
        np.stack([plane] * 5), np.ones(5), np.zeros(5), np.arange(5)[:, None] * np.eye(3)[2], np.eye(3)[0], np.eye(3)[1]
    )
    red = (montage(volume, place_of_montage(volume), is_defaced=True) == OUTLINE).all(axis=-1)[:TILE_PX, :TILE_PX]
    rows, columns = np.nonzero(red)
    pixel = TILE_PX / (24 + 8)  # the head with 4 pixels of air on either side fills the tile
    assert np.ptp(rows) == pytest.approx((20 + 4) * pixel, abs=pixel)
    assert np.ptp(columns) == pytest.approx((24 + 4) * pixel, abs=pixel)
    assert red.sum() < 2 * 2 * (20 + 24 + 8) * pixel**2


def test_before_and_after_are_shown_in_the_same_places() -> None:
    before = make_head(SMALL).volume
    stored = before.stored.copy()
    stored[:, : stored.shape[1] // 2] = -1000  # the front half is gone
    after = replace(before, stored=stored)
    pictures = [
        np.asarray(Image.open(io.BytesIO(drawn(*each, is_defaced=False)))) for each in ((before,), (after, before))
    ]
    assert pictures[0].shape == pictures[1].shape
    slices = [picture[-2 * TILE_PX :].astype(int) for picture in pictures]
    back = np.tile(np.arange(TILE_PX) > 0.6 * TILE_PX, 2)
    assert (slices[0] == slices[1])[back].mean() > 0.99


def test_a_montage_says_which_slices_it_shows_and_which_side_is_at_their_left() -> None:
    picture = np.asarray(Image.open(io.BytesIO(drawn(make_head(SMALL).volume, is_defaced=False))))
    left = (picture.shape[1] - TILES // 2 * TILE_PX) // 2
    yellow = (picture[..., 0] > picture[..., 2] + 40.0)[-2 * TILE_PX :, left : left + TILES // 2 * TILE_PX]
    tiles = yellow.reshape(2, TILE_PX, TILES // 2, TILE_PX).swapaxes(1, 2).reshape(TILES, TILE_PX, TILE_PX)
    assert all(tile[: TILE_PX // 8].any() and tile[TILE_PX // 4 :].any() for tile in tiles)
    assert not (tiles[0][: TILE_PX // 8] == tiles[1][: TILE_PX // 8]).all()


@pytest.mark.parametrize(
    ("step", "side"),
    [((0.5, 0, 0), "R"), ((-0.5, 0, 0), "L"), ((0, 1, 0.2), "A"), ((0, -1, 0), "P"), ((0, 0.1, 1), "F")],
)
def test_the_left_of_an_image_is_where_its_rows_come_from(step: tuple[float, float, float], side: str) -> None:
    assert side_of(np.array(step)) == side


def test_a_series_that_is_made_anew_without_pictures_keeps_no_old_one(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.make()
    project.run("after")
    assert project.pictures()
    project.run("none", is_overwrite=True)
    assert project.pictures() == []
