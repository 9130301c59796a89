# SPDX-License-Identifier: Apache-2.0
"""Pixel scripts of the RSNA Clinical Trial Processor: ``{ signature } (left,top,width,height) ...``."""

from __future__ import annotations

import re

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.regions import All, AnyOf, Condition, Not, RegionRule
from SlicerDeidLib.policies.importers.questions import question, rectangle
from SlicerDeidLib.policies.tomlfile import words

_BLOCK = re.compile(r"\{(?P<signature>[^{}]*)\}(?P<regions>(?:\s*\([^()]*\))*)")
_REGION = re.compile(r"\(" + ",".join([r"\s*(\d{1,9})\s*"] * 4) + r"\)")
_COMMENT = re.compile(r"^\s*(?://|').*$", re.MULTILINE)
_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>[()*+!])|(?P<word>true|false)(?![.\w])
        |(?P<attribute>\w+|\[\s*[0-9A-Fa-f]{4}\s*,\s*[0-9A-Fa-f]{4}\s*\])\s*\.\s*(?P<method>\w+)\s*\(\s*"(?P<value>[^"]*)"\s*\))""",
    re.VERBOSE,
)
_DEEPEST = 50  # parentheses and ! within each other; what is deeper no person wrote
_METHODS = {
    "equals": "equals",
    "contains": "contains",
    "startsWith": "starts",
    "endsWith": "ends",
    "matches": "matches",
    "isLessThan": "less",
    "isGreaterThan": "greater",
}


def read_pixel_script(text: str, label: str) -> tuple[RegionRule, ...]:
    """Read a pixel script.

    Parameters
    ----------
    label : str
        The file's name, for messages and sources.

    Raises
    ------
    PolicyError
        When a signature or region cannot be read, or something stands between that is neither; with the line.
    """
    blanked = _COMMENT.sub("", text)
    rules = []
    for block in _BLOCK.finditer(blanked):
        line = blanked.count("\n", 0, block.start()) + 1
        place = f"{label}, line {line}"
        regions = tuple(rectangle(place, *map(int, match.groups())) for match in _REGION.finditer(block["regions"]))
        if len(regions) != block["regions"].count("("):
            raise PolicyError(f"{place}: write a region as (left,top,width,height).")
        if regions:
            rules.append(RegionRule(_Signature(block["signature"], place).read(), f"{label}:{line}", regions))
    left = _BLOCK.sub("", blanked)
    if re.search(r"[{}()]", left):
        raise PolicyError(
            f"{label}: a brace or parenthesis is not closed; write {{ signature }}, and behind it its regions."
        )
    return tuple(rules)


class _Signature:
    """Reads an expression: ``*`` binds before ``+``, ``!`` before both."""

    def __init__(self, text: str, place: str) -> None:
        self._place = place
        self._depth = 0
        self._tokens: list[re.Match[str]] = []
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise PolicyError(
                    f'{place}: this signature cannot be read; write Attribute.method("value") with *, +, ! between.'
                )
            self._tokens.append(match)
            at = match.end()

    def read(self) -> Condition:
        """Return the whole expression; an empty one holds for every image."""
        if not self._tokens:
            return All()
        condition = self._sum()
        if self._tokens:
            raise PolicyError(f"{self._place}: between two conditions write * (and) or + (or).")
        return condition

    def _sum(self) -> Condition:
        parts = [self._product()]
        while self._take("+"):
            parts.append(self._product())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _product(self) -> Condition:
        parts = [self._factor()]
        while self._take("*"):
            parts.append(self._factor())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _factor(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PolicyError(f"{self._place}: more than {_DEEPEST} parentheses and ! within each other; write fewer.")
        factor = self._signed()
        self._depth -= 1
        return factor

    def _signed(self) -> Condition:
        if self._take("!"):
            return Not(self._factor())
        if self._take("("):
            inner = self._sum()
            if not self._take(")"):
                raise PolicyError(f"{self._place}: a parenthesis is not closed; close it.")
            return inner
        if not self._tokens or self._tokens[0]["sign"]:
            raise PolicyError(f"{self._place}: a condition is missing; write one on both sides of * and +.")
        return self._test(self._tokens.pop(0))

    def _test(self, token: re.Match[str]) -> Condition:
        if token["word"]:
            return All() if token["word"] == "true" else AnyOf(())
        method = token["method"].removesuffix("IgnoreCase")
        if method not in _METHODS:
            raise PolicyError(f"{self._place}: '{token['method']}' is not known; known are {words(_METHODS)}.")
        is_case_ignored = token["method"] != method
        return question(
            self._place, token["attribute"], _METHODS[method], token["value"], is_case_ignored=is_case_ignored
        )

    def _take(self, sign: str) -> bool:
        """Take the next token when it is ``sign``."""
        if self._tokens and self._tokens[0]["sign"] == sign:
            self._tokens.pop(0)
            return True
        return False
