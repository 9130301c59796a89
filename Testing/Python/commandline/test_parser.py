# SPDX-License-Identifier: Apache-2.0
"""The parser repeats what other rooms offer, so that help is quick: here it must say the same."""

from __future__ import annotations

from typing import get_args

from SlicerDeidLib.commandline import kinds, options, parser
from SlicerDeidLib.identity.rows import Match
from SlicerDeidLib.pixels import registry
from SlicerDeidLib.pixels.head.plausible import SHALLOWEST_MM
from SlicerDeidLib.policies import dispositions, load
from SlicerDeidLib.standard.tables import OPTIONS


def test_the_options_are_those_that_are_built() -> None:
    assert set(kinds.OPTIONS) == set(OPTIONS)
    assert options.PRIVATE_CHOICES == load.PRIVATE_CHOICES
    assert options.OBJECTS == load.OBJECTS


def test_a_map_may_be_matched_as_read_map_does_it() -> None:
    assert get_args(Match) == options.MATCHES


def test_the_methods_are_those_that_some_kind_of_image_has() -> None:
    assert set(options.DEFACE_METHODS) == set(dispositions.deface_methods())
    assert set(options.TEXT_MODES) == set(dispositions.text_modes())


def test_every_method_but_none_and_auto_has_a_finder() -> None:
    assert set(options.DEFACE_METHODS) - {"auto", "none"} == set(registry.HEAD_FINDERS)
    assert set(options.TEXT_MODES) - {"off", "thorough", "report", "drop"} == set(
        registry.TEXT_FINDERS
    )  # these find as mask does
    assert dispositions.TEXT_KEEPS == options.TEXT_KEEPS


def test_the_shallowest_depth_is_that_of_the_finder() -> None:
    assert parser.parse(["plan", "in", "--depth", str(SHALLOWEST_MM)]).depth == SHALLOWEST_MM
