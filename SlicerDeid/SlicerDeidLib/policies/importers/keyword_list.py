# SPDX-License-Identifier: Apache-2.0
"""Lists of keywords in a text file, one a line: what is kept, or what is redacted."""

from __future__ import annotations

import re

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import ActionCode
from SlicerDeidLib.policies.importers.rulefile import RuleFile, SiteRules

KEEP_LANGUAGE, REDACT_LANGUAGE = "keep-list", "redact-list"

_KEEP = re.compile(r"\bkeep|\bwhitelist|\ballow|\bretain", re.IGNORECASE)
_REDACT = re.compile(r"\bredact|\bremove|\bzap|\bblacklist|\bfilter|\bdelete", re.IGNORECASE)


def read_keyword_list(text: str, label: str) -> SiteRules:
    """Read a list of keywords or tags; what kind it is, its comments say, or else its name.

    Raises
    ------
    PolicyError
        If a word is no attribute, or nothing says which kind of list it is; the sentence names file and line.
    """
    is_keep = _is_keep_list(text, label)
    file = RuleFile(label)
    kept = set()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].strip().rstrip(",;")
        if not line:
            continue
        selector = file.attribute(line, number)
        if is_keep:
            file.put(number, selector, ActionCode.K, line)
            kept.add(selector)
        else:
            file.put(number, selector, ActionCode.X_OR_Z_OR_D, line)
    if is_keep:
        file.remove_others()
    return file.finish(KEEP_LANGUAGE if is_keep else REDACT_LANGUAGE, kept=kept & file.rules.keys())


def _is_keep_list(text: str, label: str) -> bool:
    """Return whether a list says what is kept; the first place that speaks decides."""
    comments = [line.split("#", 1)[1] for line in text.splitlines() if "#" in line]
    for said in (*comments, label.replace("_", " ")):
        is_keep, is_redact = _KEEP.search(said) is not None, _REDACT.search(said) is not None
        if is_keep != is_redact:
            return is_keep
    raise PolicyError(
        f"{label}, line 1: say in a comment or in the file's name whether this is a list to keep or to redact."
    )
