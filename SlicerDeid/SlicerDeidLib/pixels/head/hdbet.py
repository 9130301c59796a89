# SPDX-License-Identifier: Apache-2.0
"""HD-BET's network (version 2), run by nnU-Net from weights that the user installed, in memory and on the processor.

After Isensee et al., Automated brain extraction of multisequence MRI using artificial neural networks, Human Brain
Mapping 40 (2019) 4952. What happens before and after the network is nnU-Net's and the weights' own business; the image
comes in the orientation of the MNI template, as HD-BET asks, and without its mirrored repetitions, as it advises for
processors.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from contextlib import redirect_stdout
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels.grid import THREADS, Sampled
from SlicerDeidLib.pixels.head.stripengines import Brain

FOLD = "all"  # the one model of HD-BET 2
DIGITS = 8  # hex digits of a digest that tell weights apart


def find_brain(sampled: Sampled, weights: Path) -> Brain:
    """Find the brain of a head on a 1 mm grid.

    Raises
    ------
    PixelError
        When the weights are no HD-BET model.
    """
    predictor, digest = _loaded(weights)
    image = np.ascontiguousarray(sampled.values[None, :, ::-1])  # y to the front, as the template has it
    properties = {"spacing": [sampled.grid.spacing_mm] * 3}
    with redirect_stdout(io.StringIO()):  # a run's own standard output is read by programs
        answer = predictor.predict_single_npy_array(image, properties, None, None, False)
    inside = np.ascontiguousarray(np.asarray(answer)[:, ::-1] > 0)
    return Brain(inside, f"HD-BET (sha256 {digest}, nnunetv2 {version('nnunetv2')})")


@lru_cache(maxsize=1)
def _loaded(weights: Path) -> tuple[Any, str]:
    """Read weights, and the digest that tells them apart; nnU-Net unpickles them, so they must be trusted."""
    import torch

    with redirect_stdout(io.StringIO()):  # nnU-Net speaks of folders that only training needs
        from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

        torch.set_num_threads(THREADS)
        predictor = nnUNetPredictor(
            tile_step_size=0.5,
            use_gaussian=True,
            use_mirroring=False,
            perform_everything_on_device=False,
            device=torch.device("cpu"),
            verbose=False,
            verbose_preprocessing=False,
            allow_tqdm=False,
        )
        try:
            predictor.initialize_from_trained_model_folder(str(weights.parent.parent), FOLD, weights.name)
        except (RuntimeError, OSError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as error:
            raise PixelError(
                f"the folder of {weights.name} holds no HD-BET model; get it anew from HD-BET "
                "(github.com/MIC-DKFZ/HD-BET)"
            ) from error
    return predictor, hashlib.sha256(weights.read_bytes()).hexdigest()[:DIGITS]
