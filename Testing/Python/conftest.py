# SPDX-License-Identifier: Apache-2.0
"""What all tests share: real data, the canary watch, and the rule that CI skips nothing.

* ``real_data`` is the folder of real test data beside the checkout, or the test is skipped with its reason.
* A test fails when its log, its output, a warning or one of the library's errors shows a canary value that test data
  planted (``ctseries.CANARIES``). A test whose subject is a list of original names says so with the marker
  ``shows_originals``.
* No property test has a deadline: how long one example takes is the machine's matter, not the product's.
* With ``CI=true`` a skipped test is a failed test, unless it is a ``real_data`` test and the data is not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ctseries import CANARIES
from hypothesis import settings
from SlicerDeidLib.errors import DeidError

REPOSITORY = Path(__file__).resolve().parents[2]
REAL_DATA = REPOSITORY.parent / "shared" / "data"
NO_DATA = "the real test data is not there (a folder shared/data beside the checkout)"
IS_CI = os.environ.get("CI", "").lower() in {"true", "1"}

settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")

_SEEN = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real test data; skips the test where it is not there."""
    if not REAL_DATA.is_dir():
        pytest.skip(NO_DATA)
    return REAL_DATA


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top of the checkout."""
    return REPOSITORY


def shows_canary(text: str) -> bool:
    """Say whether ``text`` holds a value that test data planted as identifying."""
    upper = text.upper()
    return any(canary in upper for canary in CANARIES)


@pytest.fixture(autouse=True)
def _errors_show_no_canary(request: pytest.FixtureRequest) -> Iterator[None]:
    """Watch every error the library makes during a test, caught or not."""
    reasons: list[str] = []
    made = DeidError.__init__

    def watch(self: DeidError, reason: str) -> None:
        reasons.append(reason)
        made(self, reason)

    with pytest.MonkeyPatch.context() as patch:  # not the fixture: Hypothesis warns of what is made anew per test
        patch.setattr(DeidError, "__init__", watch)
        yield
    if any(map(shows_canary, reasons)):
        _seen(request.node).append("an error of the library")


@pytest.fixture
def capsys(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Any:
    """pytest's ``capsys``; what a test reads from it is watched too."""
    return _watched(request, capsys)


@pytest.fixture
def capfd(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Any:
    """pytest's ``capfd``; what a test reads from it is watched too."""
    return _watched(request, capfd)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "shows_originals: the test lists original names on purpose")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "real_data" in getattr(item, "fixturenames", ()):
            item.add_marker("real_data")
        elif item.get_closest_marker("real_data") and not REAL_DATA.is_dir():
            item.add_marker(pytest.mark.skip(reason=NO_DATA))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if IS_CI and report.skipped and not hasattr(report, "wasxfail"):
        is_allowed = item.get_closest_marker("real_data") is not None and not REAL_DATA.is_dir()
        if not is_allowed:
            _fail(report, f"skipped, which CI does not allow: {_reason(report.longrepr)}")
    if call.when == "teardown" and report.passed and item.get_closest_marker("shows_originals") is None:
        places = _seen(item) + [name for name, text in report.sections if shows_canary(text)]
        if places:
            _fail(report, f"a planted identifying value shows in: {', '.join(sorted(set(places)))}")
            report.sections.clear()  # or the failure would print it once more
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    if IS_CI and report.skipped:
        _fail(report, f"{collector.nodeid} skipped as a whole, which CI does not allow: {_reason(report.longrepr)}")
    return report


def _fail(report: Any, reason: str) -> None:
    report.outcome, report.longrepr = "failed", reason


def _reason(longrepr: Any) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


def _seen(item: pytest.Item) -> list[str]:
    return item.stash.setdefault(_SEEN, [])


def _watched(request: pytest.FixtureRequest, capture: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    read = capture.readouterr

    def watch() -> Any:
        result = read()
        if shows_canary(result.out + result.err):
            _seen(request.node).append("what the test read from its own output")
        return result

    capture.readouterr = watch  # type: ignore[method-assign]
    return capture
