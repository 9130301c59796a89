# SPDX-License-Identifier: Apache-2.0
"""Do face detectors still see a face after defacing, and is it still this face?

::

    python Testing/Benchmarks/face_detectors.py [HEAD...] [--made] [--method METHOD] [--pictures DIR] [--venv DIR]

Every head is defaced as a run does it, drawn from eight near-frontal sides before and after by the program's own
ray-caster, and shown to four detectors from ordinary packages, in an environment of their own (``--venv``, made when it
is missing; Python 3.11 or 3.12, from PyPI alone). A view counts as FACE when three of the four fire. FACE is *judged*
where it is still this face: at least a tenth of the facial skin lies within 1 mm of where it was, or the relief
correlates by 0.5 or more. Both are measured again on the output, and on the output after a 3 x 3 x 3 median, which a
curious reader would try first. Pictures of real heads show people: ``--pictures`` asks for a folder outside of the
repository.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass, replace
from pathlib import Path

TESTING = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTING), str(TESTING.parent / "SlicerDeid")]

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402
from headcases import MADE, Head, real_heads  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from scipy import ndimage  # noqa: E402
from SlicerDeidLib.errors import PixelError  # noqa: E402
from SlicerDeidLib.model.policy import DefacePolicy  # noqa: E402
from SlicerDeidLib.model.volume import HeadMask, Volume  # noqa: E402
from SlicerDeidLib.pipeline.voxels import AUTOMATIC, AUTOMATIC_CT, Treated, filled  # noqa: E402
from SlicerDeidLib.pixels.air import AIR_HU  # noqa: E402
from SlicerDeidLib.pixels.body import Body, find_body  # noqa: E402
from SlicerDeidLib.pixels.distance import dilated  # noqa: E402
from SlicerDeidLib.pixels.grid import Grid, grid_around, sample  # noqa: E402
from SlicerDeidLib.pixels.head.anatomy import known_anatomy  # noqa: E402
from SlicerDeidLib.pixels.head.face import Frame, known_frame  # noqa: E402
from SlicerDeidLib.pixels.head.lookagain import AROUND_MM, FaceLeft, compare, head_alone  # noqa: E402
from SlicerDeidLib.pixels.head.mrbody import air_threshold, as_ct, find_mr_body  # noqa: E402
from SlicerDeidLib.pixels.registry import head_finder  # noqa: E402
from SlicerDeidLib.pixels.render import depth_map, shaded, view_from  # noqa: E402

PACKAGES = ("numpy<2", "opencv-contrib-python<4.12", "dlib-bin", "mediapipe==0.10.21")
PYTHONS = ("python3.11", "python3.12")  # mediapipe 0.10.21 has wheels for these
VIEWS = tuple((azimuth, elevation) for elevation in (0.0, 10.0) for azimuth in (-21.0, -7.0, 7.0, 21.0))  # degrees
STEP_MM = 1.0  # of the grid and of the rays
SIDE_PX, MARGIN_PX = 512, 40  # of a picture, and what is left black around the head
FIRES = 3  # of four detectors
COUNTS = 0.75  # of the views that must show a face before, or a head does not count
SAME_SKIN, SAME_RELIEF = 0.1, 0.5  # from either on it is still this face


@dataclass
class Row:
    """One head: FACE before, after and after the median; what is left; why it was refused."""

    method: str
    faces: dict[str, float]
    left: dict[str, FaceLeft]
    refused: str = ""

    def judged(self, stage: str) -> float:
        """Return FACE where it is still this face, else 0."""
        left = self.left[stage]
        is_this_face = left.skin_kept >= SAME_SKIN or left.relief >= SAME_RELIEF
        return self.faces[stage] if is_this_face else 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("heads", nargs="*", help="by name; default: all real ones, with --made the made ones too")
    parser.add_argument("--made", action="store_true")
    parser.add_argument("--method", help="default: what auto does, surface+face for CT, face for MR")
    parser.add_argument("--pictures", type=Path, help="keep the pictures there")
    parser.add_argument("--venv", type=Path, default=TESTING.parent / ".venv-detectors")
    options = parser.parse_args()
    if options.pictures and TESTING.parent in options.pictures.resolve().parents:
        parser.error("pictures of real heads stay out of the repository: name another folder")
    heads = real_heads() | (MADE if options.made else {})
    heads |= {name: MADE[name] for name in options.heads if name in MADE}
    chosen = {name: heads[name] for name in options.heads} or heads
    python = environment(options.venv)
    with tempfile.TemporaryDirectory(prefix="slicerdeid-") as temporary:
        rows = {}
        for number, (name, head) in enumerate(chosen.items()):
            folder = (options.pictures or Path(temporary)) / f"head-{number}"
            folder.mkdir(parents=True, exist_ok=True)
            rows[name] = measured(head, options.method, folder, python)
            print_row(name, rows[name])
    counted = [name for name, row in rows.items() if row.faces["before"] >= COUNTS]
    print(f"FACE of {COUNTS} and more before: {', '.join(counted) or 'none'}")


def environment(folder: Path) -> Path:
    """Return the Python that has the detectors; make it when it is missing."""
    python = folder / "bin" / "python"
    if python.exists():
        return python
    for name in PYTHONS:
        if subprocess.run([name, "--version"], capture_output=True, check=False).returncode == 0:
            subprocess.run([name, "-m", "venv", str(folder)], check=True)
            break
    else:
        venv.create(folder, with_pip=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def measured(head: Head, method: str | None, folder: Path, python: Path) -> Row:
    """Deface one head, draw it, ask the detectors, and measure what is left."""
    volume = head()
    policy = DefacePolicy(method or (AUTOMATIC_CT if volume.unit else AUTOMATIC), 8.0)
    known: dict[str, object] = {}
    try:
        mask: HeadMask | None = head_finder(policy.method)(volume, policy, known)
        refused = ""
    except PixelError as error:
        mask, refused = None, error.reason
    left: dict[str, FaceLeft] = {}
    body = known_anatomy(volume, known).body if "anatomy" in known else seen_body(volume)
    frame = known_frame(known_anatomy(volume, known), known) if mask is not None else None
    threshold = threshold_of(volume)
    draw(volume, body, frame, threshold, folder / "before")
    if mask is not None:
        assert frame is not None
        outputs = {"after": filled(Treated(volume, volume.stored, [], mask=mask), None).after}
        outputs["median"] = median(outputs["after"])
        for stage, stored in outputs.items():
            output = replace(volume, stored=stored)
            draw(output, body, frame, threshold, folder / stage)
            left[stage] = compare(body, head_alone(body), on_scale(output, body.sampled.grid, threshold), frame)
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name("detect_faces.py")), str(folder)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    fires = json.loads(done.stdout)
    (folder / "fires.json").write_text(json.dumps(fires, indent=1))
    stages = ["before", *left]
    faces = {s: float(np.mean([len(fires[key]) >= FIRES for key in fires if key.startswith(s)])) for s in stages}
    return Row(policy.method, faces, left, refused)


def seen_body(volume: Volume) -> Body:
    """Return the body of a head that was refused, to draw it."""
    return find_body(sample(volume, grid_around(volume))) if volume.unit else find_mr_body(volume).body


def on_scale(volume: Volume, grid: Grid, threshold: float | None) -> NDArray[np.float32]:
    """Return values on a grid, on the scale of a CT."""
    values = sample(volume, grid).values
    return values if threshold is None else as_ct(values, threshold)


def threshold_of(volume: Volume) -> float | None:
    """Return the signal between air and tissue of an MR; None for a CT."""
    if volume.unit:
        return None
    sampled = sample(volume, grid_around(volume))
    return air_threshold(sampled.values[sampled.is_scanned])


def median(stored: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the median of every voxel's 27 neighbours."""
    image = sitk.GetImageFromArray(stored)
    return sitk.GetArrayFromImage(sitk.Median(image, [1, 1, 1]))


def draw(volume: Volume, body: Body, frame: Frame | None, threshold: float | None, target: Path) -> None:
    """Write eight pictures of a head without what lies around it; ``target`` is how their names begin."""
    coarse = body.sampled.grid
    fine = Grid(coarse.origin, tuple(2 * size for size in coarse.shape), STEP_MM)
    values = on_scale(volume, fine, threshold)
    around = dilated(body.inside, AROUND_MM)
    for axis in range(3):
        around = np.repeat(around, 2, axis=axis)
    values[~around] = AIR_HU
    for number, (azimuth, elevation) in enumerate(VIEWS):
        view = view_from(azimuth, elevation, None if frame is None else frame.axes)
        picture = framed(shaded(depth_map(values, fine, view, STEP_MM)))
        sitk.WriteImage(sitk.GetImageFromArray(picture), f"{target}-{number}.png")


def framed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a square picture of which the head fills the middle."""
    rows, columns = (np.flatnonzero((picture > 0).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    head = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    head = ndimage.zoom(head, (SIDE_PX - 2 * MARGIN_PX) / max(head.shape), order=1)
    out = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    top, left = ((SIDE_PX - size) // 2 for size in head.shape)
    out[top : top + head.shape[0], left : left + head.shape[1]] = np.rint(head)
    return out


def print_row(name: str, row: Row) -> None:
    """Print what was measured on a head."""
    line = f"{name:36} {row.method:13} FACE before {row.faces['before']:.2f}"
    if row.refused:
        print(f"{line}  refused: {row.refused[:110]}", flush=True)
        return
    for stage, left in row.left.items():
        line += f"  {stage} {row.faces[stage]:.2f}, judged {row.judged(stage):.2f}, skin {left.skin_kept:.3f}, "
        line += f"relief {left.relief:5.2f}"
    print(line, flush=True)


if __name__ == "__main__":
    main()
