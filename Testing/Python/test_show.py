# SPDX-License-Identifier: Apache-2.0
"""The main job on real heads with a planted identity: the whole show, with fewer slices where that suffices."""

from __future__ import annotations

import pytest
from show_main_job import run_show


@pytest.mark.real_data
def test_no_planted_value_comes_out_of_a_header_only_run(real_data, tmp_path):
    assert run_show(real_data, tmp_path, every=8, variants=["header only"]) == []


@pytest.mark.real_data
def test_no_planted_value_comes_out_of_a_defaced_head(real_data, tmp_path):
    assert run_show(real_data, tmp_path, only=["GE"], variants=["as it comes"]) == []
