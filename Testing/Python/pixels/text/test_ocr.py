# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import multiprocessing
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from PIL import Image, ImageDraw, ImageFont
from SlicerDeidLib.errors import EngineMissing, PixelError
from SlicerDeidLib.pixels.pictures import enlarged, grey, inverted
from SlicerDeidLib.pixels.text import ocr
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.pixels.text.words import is_drawn, is_text


def written(text: str, size: int = 20) -> np.ndarray:
    picture = Image.new("L", (400, 120), 30)
    ImageDraw.Draw(picture).text((30, 40), text, fill=220, font=ImageFont.load_default(size=size))
    return np.asarray(picture)


def test_rapidocr_reads_a_line_and_says_where_it_stands() -> None:
    (word,) = ocr.engine("rapidocr")(written("DOE JOHN 4711"))
    assert word.text.replace(" ", "") == "DOEJOHN4711"
    assert word.score > 0.8
    left, top = word.corners.min(axis=0)
    right, bottom = word.corners.max(axis=0)
    assert 20 < left < 35
    assert 35 < top < 50
    assert 55 < bottom < 70
    assert right < 250


@pytest.mark.parametrize("turns", [1, 3])
def test_a_line_that_runs_up_or_down_is_read(turns: int) -> None:
    (word,) = ocr.engine("rapidocr")(np.rot90(written("DOE JOHN 4711"), turns))
    assert word.text.replace(" ", "") == "DOEJOHN4711"
    assert is_text(word)


UNKNOWN = "\u0418\u0412\u0410\u041d\u041e\u0412"  # neither engine nor font has these letters: boxes are drawn


def test_a_line_in_a_script_that_the_engine_does_not_know_is_seen_and_told_from_what_is_none() -> None:
    words = ocr.engine("rapidocr")(written(UNKNOWN))
    assert words
    assert all(is_drawn(word, written(UNKNOWN)) or is_text(word) for word in words)
    speckle = np.random.default_rng(1).normal(90, 25, (120, 400)).clip(0, 255).astype(np.uint8)
    place = words[0]
    assert not is_drawn(Word(place.corners, "", 0.9), speckle // 2 + 60)


def test_a_picture_without_text_has_no_words() -> None:
    assert ocr.engine()(np.full((200, 200), 70, np.uint8)) == ()
    assert ocr.engine()(np.full((200, 200, 3), 70, np.uint8)) == ()


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    ocr._rapidocr.cache_clear()
    assert ocr.engine("rapidocr")(written("DOE JOHN"))


def test_an_engine_that_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_is_installed", lambda *modules: False)
    assert ocr.available() == ()
    with pytest.raises(EngineMissing, match=r"pip install slicerdeid\[text\]"):
        ocr.engine()
    with pytest.raises(EngineMissing, match="install"):
        ocr.engine("tesseract")


def test_an_engine_that_nobody_knows_is_refused() -> None:
    with pytest.raises(PixelError, match="there is no OCR engine 'eyes'; there is rapidocr, tesseract"):
        ocr.engine("eyes")


def test_to_ask_what_is_there_imports_no_engine(repository: Path) -> None:
    code = "import sys; from SlicerDeidLib.pixels.text import ocr; ocr.available(); print('rapidocr' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository / "SlicerDeid", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_small_pictures_are_enlarged_and_large_ones_left() -> None:
    small, scale = enlarged(np.zeros((100, 200), np.uint8))
    assert (small.shape, scale) == ((200, 400), 2)
    colour, _ = enlarged(np.zeros((100, 200, 3), np.uint8))
    assert colour.shape == (200, 400, 3)
    large = np.zeros((900, 200), np.uint8)
    assert enlarged(large) == (large, 1) or enlarged(large)[0] is large


def test_a_window_becomes_black_to_white() -> None:
    values = np.array([[-2000.0, -1000.0, 0.0, 1000.0, 3000.0]], dtype=np.float32)
    assert grey(values, (-1000.0, 1000.0)).tolist() == [[0, 0, 128, 255, 255]]
    assert inverted(grey(values, (-1000.0, 1000.0))).tolist() == [[255, 255, 127, 0, 0]]


def test_one_of_several_processes_reads_on_one_thread_and_a_process_alone_on_two() -> None:
    assert ocr.threads() == 2
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(ocr.threads) == 1


def test_no_model_of_an_engine_spins_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Watched(onnxruntime.InferenceSession):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            made.append(self)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Watched)
    assert len(ocr._rapidocr.__wrapped__()(written("DOE JOHN 4711"))) == 1
    spinning = [one.get_session_options().get_session_config_entry("session.intra_op.allow_spinning") for one in made]
    assert spinning == ["0", "0"]  # one that sees lines, one that reads them, and none that RapidOCR made itself


def test_models_that_are_not_in_the_package_are_said_and_not_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    from rapidocr.inference_engine.onnxruntime import OrtInferSession

    monkeypatch.setattr(OrtInferSession, "get_model_url", lambda _model: {"model_dir": "https://somewhere/none.onnx"})
    monkeypatch.setattr(socket, "socket", lambda *_given, **_named: pytest.fail("something was downloaded"))
    with pytest.raises(EngineMissing, match="does not bring its models, and none are downloaded; install it anew"):
        ocr._rapidocr.__wrapped__()


def test_a_model_that_is_damaged_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from rapidocr.inference_engine.onnxruntime import OrtInferSession

    damaged = tmp_path / "model.onnx"
    damaged.write_bytes(b"no model")
    monkeypatch.setattr(OrtInferSession, "get_model_url", lambda _model: {"model_dir": f"https://somewhere{damaged}"})
    monkeypatch.setattr(ocr, "Path", lambda _folder: tmp_path)
    with pytest.raises(EngineMissing, match="cannot be opened; install it anew with"):
        ocr._rapidocr.__wrapped__()
