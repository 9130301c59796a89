# SPDX-License-Identifier: Apache-2.0
"""How long a series will take, roughly: a person plans a night or a lunch break by it."""

from __future__ import annotations

from SlicerDeidLib.model.plan import SeriesPlan

# Heads and stacks: seconds of the processor in Testing/Benchmarks/preview_speed.py; the others are estimates.
HEAD_S = 6.0  # s: finding one head on the 2 mm grid, however many slices it has
HEAD_S_PER_MEGAPIXEL = 0.06  # s: bringing the mask to the slices
STACK_S = 7.0  # s: reading the projections of one stack of slices
STACK_SLICES = 64  # slices of a stack, as pixels/text/slicetext.py
FRAME_S = 0.8  # s: reading one frame by itself
FILE_S = 0.004  # s: one header read, changed and written
MEGABYTE_S = 0.01  # s: reading and writing pixels, without a slow network


def seconds(planned: SeriesPlan) -> float:
    """Return how long one process will take for a series, in seconds; 0 where nothing is released."""
    instances = planned.instances
    total = FILE_S * len(instances) + MEGABYTE_S * sum(i.size_bytes for i in instances) / 1e6
    if not instances:
        return 0.0
    megapixels = sum(i.rows * i.columns * i.number_of_frames for i in instances) / 1e6
    if planned.deface != "none":
        total += HEAD_S + HEAD_S_PER_MEGAPIXEL * megapixels
    if planned.text in ("off", "morph"):
        return total
    is_stack = instances[0].modality == "CT" and planned.text != "thorough"
    frames = sum(i.number_of_frames for i in instances)
    return total + (STACK_S * -(-frames // STACK_SLICES) if is_stack else FRAME_S * frames)
