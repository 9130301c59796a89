# SPDX-License-Identifier: Apache-2.0
"""Formats: the doors through which images come in and go out."""
