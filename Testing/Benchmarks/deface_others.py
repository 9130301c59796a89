# SPDX-License-Identifier: Apache-2.0
"""Deface one volume as quickshear or with pydeface's face mask: what ``deface_speed.py`` runs in their environment.

``python deface_others.py quickshear|pydeface VOLUME.npz`` prints one JSON object. quickshear gets the brain that is
true of the made head, the best that it could get. pydeface itself needs FSL; here its template is laid on by an affine
registration of SimpleITK at 4 mm, and its mask goes the same way.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import nibabel
import numpy as np

_COARSE_MM = 4.0
_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def main() -> None:
    """Read, deface and measure."""
    name, made = sys.argv[1], np.load(sys.argv[2])
    stored, brain, affine = made["stored"], made["brain"], made["affine"]  # (i, j, k), to LPS
    way = {"quickshear": sheared, "pydeface": masked}[name]
    clock, cpu = time.perf_counter(), time.process_time()
    after = way(stored, brain, affine)
    found = {"cpu": time.process_time() - cpu, "clock": time.perf_counter() - clock}
    lost = after != stored
    print(json.dumps(found | {"brain": int(lost[brain].sum()), "face": float(lost[made["face"]].mean())}))


def sheared(stored: np.ndarray, brain: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Cut along quickshear's plane, with its default buffer."""
    from quickshear import quickshear

    images = [nibabel.Nifti1Image(array, _RAS_FROM_LPS @ affine) for array in (stored, brain.astype(np.uint8))]
    return np.asanyarray(quickshear(*images).dataobj)


def masked(stored: np.ndarray, _brain: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Lay pydeface's template on, and take out what its mask takes out."""
    import pydeface
    import SimpleITK as sitk

    data = Path(pydeface.__file__).parent / "data"
    template, mask = (
        sitk.ReadImage(str(data / name), sitk.sitkFloat32) for name in ("mean_reg2mean.nii.gz", "facemask.nii.gz")
    )
    head = sitk.GetImageFromArray(stored.transpose(2, 1, 0).astype(np.float32))
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    head.SetSpacing(spacing.tolist())
    head.SetOrigin(affine[:3, 3].tolist())
    head.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
    start = sitk.CenteredTransformInitializer(
        head, template, sitk.AffineTransform(3), sitk.CenteredTransformInitializerFilter.MOMENTS
    )
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.01, 200, 0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetNumberOfThreads(1)
    method.SetInitialTransform(start, True)
    coarse = [
        sitk.BinShrink(image, [max(1, round(_COARSE_MM / mm)) for mm in image.GetSpacing()])
        for image in (head, template)
    ]
    method.Execute(*coarse)
    kept = sitk.GetArrayFromImage(sitk.Resample(mask, head, start, sitk.sitkLinear, 1.0)).transpose(2, 1, 0) > 0.5
    return stored * kept


if __name__ == "__main__":
    main()
