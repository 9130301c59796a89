# SPDX-License-Identifier: Apache-2.0
"""Burned-in text: where letters are, the boxes that hide them, and what is read afterwards."""
