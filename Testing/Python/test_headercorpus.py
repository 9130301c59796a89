# SPDX-License-Identifier: Apache-2.0
"""The header engine against a corpus of made patients, another one each time, and the corpus against itself."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
import SlicerDeidLib as deid
from headercorpus import CATEGORIES, Corpus, write_corpus
from headerjudge import judge
from SlicerDeidLib.model.policy import DefacePolicy, TextPolicy

SEED = int(os.environ.get("SLICERDEID_SEED") or random.SystemRandom().randrange(10**6))
LEAST_CHECKS = 30
USEFUL_KEPT = 0.98  # share of useful words that must stay


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "in", SEED)


def test_nothing_that_identifies_stays_and_nothing_useful_goes(corpus: Corpus, tmp_path: Path) -> None:
    from dataclasses import replace

    policy = replace(deid.read_policy("research"), deface=DefacePolicy("none"), text=TextPolicy("off"))
    plan = deid.plan(deid.discover(corpus.folder), policy, private=tmp_path / "private", key=bytes(range(32)))
    deid.run(plan, tmp_path / "out", executor=deid.serial)
    score = judge(corpus, tmp_path / "out")
    wrong = [fault for fault in score.faults() if not fault.startswith("text retained")]
    assert not wrong, f"SLICERDEID_SEED={SEED} shows it again:\n{score.table()}\n" + "\n".join(wrong)
    assert score.share("text retained") >= USEFUL_KEPT, f"SLICERDEID_SEED={SEED} shows it again:\n{score.table()}"


def test_every_category_is_asked_often_enough(corpus: Corpus) -> None:
    score = judge(corpus, corpus.folder)
    assert set(score.asked) == set(CATEGORIES)
    assert min(score.asked.values()) >= LEAST_CHECKS


def test_an_unchanged_copy_and_an_empty_output_are_no_good(corpus: Corpus, tmp_path: Path) -> None:
    assert judge(corpus, corpus.folder).share() < 0.4
    assert judge(corpus, tmp_path).share() < 0.1
