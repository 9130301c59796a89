# SPDX-License-Identifier: Apache-2.0
"""Pixels: arrays in, masks out; knows no file format. This is the ground that ``head`` and ``text`` stand on."""
