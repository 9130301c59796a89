# SPDX-License-Identifier: Apache-2.0
"""The project's secret: made once, refused when it could be known to others."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from SlicerDeidLib.errors import KeyFileError
from SlicerDeidLib.identity import secret

GOOD = bytes(range(40))
posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The user's folders, empty."""
    monkeypatch.setattr(secret.platformdirs, "user_config_path", lambda *_, **__: tmp_path / "config")
    monkeypatch.setattr(secret.platformdirs, "user_data_path", lambda *_, **__: tmp_path / "data")
    return tmp_path


def key_file(folder, content=GOOD, mode=0o600):
    path = folder / "CANARY.key"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def refusal(path):
    with pytest.raises(KeyFileError) as caught:
        secret.read_key(path)
    assert "CANARY" not in caught.value.reason
    return caught.value.reason


def test_the_first_call_makes_the_secret_and_the_next_reads_it(home):
    key = secret.read_key(None)
    assert len(key) == secret.KEY_BYTES
    assert secret.read_key(None) == key
    assert [path.name for path in (home / "config").iterdir()] == ["secret.key"]


@posix
def test_only_the_user_may_read_the_secret_and_list_its_folder(home):
    secret.read_key(None)
    assert stat.S_IMODE(secret.default_key_path().stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "config").stat().st_mode) == 0o700


def test_two_secrets_are_not_alike(home):
    first = secret.read_key(None)
    secret.default_key_path().unlink()
    assert secret.read_key(None) != first


def test_first_runs_at_once_agree_on_one_secret(home):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret.read_key(None), range(64)))
    assert len(keys) == 1
    assert [path.name for path in (home / "config").iterdir()] == ["secret.key"]


def test_a_secret_that_another_run_made_meanwhile_is_kept(home, monkeypatch):
    write = secret._write

    def slower(draft, key):
        write(draft, key)
        key_file(draft.parent).rename(secret.default_key_path())

    monkeypatch.setattr(secret, "_write", slower)
    assert secret.read_key(None) == GOOD


def test_a_named_key_is_read_as_it_is(tmp_path):
    assert secret.read_key(key_file(tmp_path, GOOD + b"\r\n ")) == GOOD + b"\r\n "


def test_a_named_key_that_is_missing_is_not_made(tmp_path):
    assert "does not exist" in refusal(tmp_path / "CANARY.key")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds 0 bytes"),
        (GOOD[:31], "holds 31 bytes"),
        (b"\0" * 64, "random"),
        (b"ab" * 40, "random"),
        (GOOD * 200, "longer than"),
    ],
)
def test_weak_keys_are_refused(tmp_path, content, words):
    assert words in refusal(key_file(tmp_path, content))


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o644])
def test_a_key_that_others_may_use_is_refused_with_the_command_to_type(tmp_path, mode):
    assert "chmod 600" in refusal(key_file(tmp_path, mode=mode))


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "CANARY").mkdir()
    assert "is a folder" in refusal(tmp_path / "CANARY")


def test_an_unreadable_key_is_refused(tmp_path, monkeypatch):
    path = key_file(tmp_path)

    def deny(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)  # root may read everything, and the tests may run as root
    assert "cannot be read (Permission denied)" in refusal(path)


@posix
def test_a_device_is_refused():
    assert "regular file" in refusal(Path("/dev/zero"))


def test_a_key_below_a_file_is_refused(tmp_path):
    assert "key file" in refusal(key_file(tmp_path) / "CANARY")


def test_a_configuration_folder_that_cannot_be_made_is_said(home):
    (home / "config").write_text("a file")
    with pytest.raises(KeyFileError, match="--key"):
        secret.read_key(None)


def test_a_damaged_default_secret_is_not_replaced(home):
    secret.read_key(None)
    secret.default_key_path().write_bytes(b"")
    with pytest.raises(KeyFileError, match="too short"):
        secret.read_key(None)


def test_the_private_folder_belongs_to_the_output(home, tmp_path):
    first = secret.default_private(tmp_path / "DOE" / "out")
    assert first == secret.default_private(tmp_path / "DOE" / "x" / ".." / "out")
    assert first != secret.default_private(tmp_path / "DOE" / "out2")
    assert first.parent == home / "data"
    assert "DOE" not in first.name
    assert not first.exists()


@posix
def test_the_private_folder_of_a_link_is_that_of_its_target(home, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out")
    assert secret.default_private(tmp_path / "link") == secret.default_private(tmp_path / "out")
