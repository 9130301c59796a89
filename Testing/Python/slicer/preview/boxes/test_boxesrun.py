# SPDX-License-Identifier: Apache-2.0
"""A run fills what was drawn on just the images on which it was seen, however these lie and in whatever order."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from previewcases import choose, draw_box, select, values

MR = "1.2.840.10008.5.1.4.1.1.4"
PLACE = (20, 12, 8, 30)  # row, column, height, width, pixels
INSIDE = np.s_[20:28, 12:42]
DRAWN = (1, 2)  # slices of the preview
TIMES_STEP = 3  # images of a time point


def plane(rows, columns, step):
    """Return what lays slices into a plane: directions along a row and along a column, and the step, mm."""

    def change(image, k):
        image.ImageOrientationPatient = [*rows, *columns]
        image.ImagePositionPatient = [round(along * k, 6) for along in step]
        image.SliceLocation = None

    return change


def counted_down(image, k):
    image.InstanceNumber = 6 - k


def of_two_times(image, k):
    image.ImagePositionPatient = [*image.ImagePositionPatient[:2], 5.0 * (k % TIMES_STEP)]
    image.AcquisitionNumber = 1 + k // TIMES_STEP


COS, SIN = 0.8, 0.6
KINDS = {
    "counted down": {"change": counted_down},
    "descending": {"change": plane((1, 0, 0), (0, 1, 0), (0, 0, -5))},
    "mirrored": {"change": plane((-1, 0, 0), (0, 1, 0), (0, 0, 5))},
    "upside down": {"change": plane((-1, 0, 0), (0, -1, 0), (0, 0, 5))},
    "tilted": {"tilt_deg": 20.0},
    "of two times": {"change": of_two_times},
    "sagittal MR": {"sop_class_uid": MR, "change": plane((0, 1, 0), (0, 0, -1), (5, 0, 0))},
    "coronal MR": {"sop_class_uid": MR, "change": plane((1, 0, 0), (0, 0, -1), (0, -5, 0))},
    "oblique MR": {"sop_class_uid": MR, "change": plane((COS, SIN, 0), (0, 0, -1), (5 * SIN, -5 * COS, 0))},
}


@pytest.fixture
def series(panel, tmp_path, until, monkeypatch):
    """The files of a series of each kind by its place, planned in the panel."""
    from ctseries import make_ct_series
    from SlicerDeidLib.sample.study import write_map

    noise = np.random.default_rng(3)
    subjects = [(f"P{number}", f"HEAD-{number:03}") for number in range(1, len(KINDS) + 1)]
    made = {}
    for (name, identifier), options in zip(subjects, KINDS.values(), strict=True):
        made[f"{identifier}/1"] = make_ct_series(
            tmp_path / "in" / name,
            patient_id=f"CANARYPID{name}",
            slices=6,
            pixels=lambda _k: noise.integers(0, 80, (64, 64)).astype(float),
            **options,
        )
    write_map(tmp_path / "map.xlsx", subjects)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    panel.logic.program = None
    for line, name in (("input", "in"), ("map", "map.xlsx"), ("output", "out"), ("private", "private")):
        getattr(panel.ui, f"{line}Path").currentPath = str(tmp_path / name)
    choose(panel.ui.defaceCombo, "none")
    panel.ui.holdCheck.checked = False
    panel.ui.planButton.click()
    until(lambda: panel._worker is None)
    return made


def test_a_run_fills_just_the_images_that_were_shown_in_the_box(panel, series, until, tmp_path):
    shown = {}
    for place in series:
        select(panel, place)
        panel.ui.previewButton.click()
        until(lambda: not panel.preview.isBusy)
        shown[place] = [np.array(values(panel, "before")[number]) for number in DRAWN]
        draw_box(panel, PLACE, DRAWN)
        until(lambda: not panel.preview.isBusy)
    for button in (panel.ui.planButton, panel.ui.applyButton):
        button.click()
        until(lambda: panel._worker is None)
    for kind, (place, paths) in zip(KINDS, series.items(), strict=True):
        folder = tmp_path / "out" / place.split("/")[0]
        released = {lies(image): image for image in map(pydicom.dcmread, folder.rglob("*.dcm"))}
        images = {lies(image): image for image in map(pydicom.dcmread, paths)}
        assert released.keys() == images.keys(), kind
        seen = {where[:3] for where, image in images.items() if is_shown(image, shown[place])}
        assert len(seen) == len(DRAWN), kind
        for where, image in images.items():
            changed = image.pixel_array != released[where].pixel_array
            drawn = np.zeros_like(changed)
            drawn[INSIDE] = where[:3] in seen  # of several times at one place all
            assert not (changed & ~drawn).any(), kind
            assert changed[drawn].mean() > 0.9 if drawn.any() else True, kind


def lies(image):
    """Return where an image lies, mm, and of which time it is."""
    return (*map(float, image.ImagePositionPatient), int(image.AcquisitionNumber))


def is_shown(image, slices):
    """Say whether one of the slices shows an image."""
    stored = image.pixel_array.astype(float)
    scaled = stored * image.RescaleSlope + image.RescaleIntercept if image.Modality == "CT" else stored
    return any((scaled == one).all() for one in slices)
