# SPDX-License-Identifier: Apache-2.0
"""Every state of the panel has its picture in Testing/Output, and none of them can be blank."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

STATES = {
    "empty": "panel-1-empty",
    "invalid": "panel-3-wrong-path",
    "planned": "panel-4-planned",
    "running": "panel-5-running",
    "cancelled": "panel-7-cancelled",
    "failed": "panel-9-crashed",
    "done": "panel-8-finished",
    "reviewing": "panel-16-review",
    "preview, panel": "panel-12-previewed",
    "preview, views": "preview-1-outline",
}
TAKEN = re.compile(r'picture\([^"\n]*, f?"([\w{}-]+)"\)')


@pytest.mark.parametrize("state", STATES)
def test_a_test_takes_the_picture_of_each_state_once(state):
    """The picture is written, and looked at for being blank, where the state is reached: tests need no order."""
    sources = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py")]
    taken = [name for source in sources for name in TAKEN.findall(source)]
    assert taken.count(STATES[state]) == 1
    assert len(set(taken)) == len(taken)


def test_a_blank_picture_is_an_error(bench, tmp_path):
    from Bench import views

    blank = np.full((100, 100, 3), 240, np.uint8)
    with pytest.raises(ValueError, match=r"a\.png is blank"):
        views.save_png(blank, tmp_path / "a.png")
    blank[0] = 0  # a line is nothing to look at either
    with pytest.raises(ValueError, match="blank"):
        views.save_png(blank, tmp_path / "a.png")
    blank[20:40, 20:60] = (10, 60, 200)
    views.save_png(blank, tmp_path / "a.png")
