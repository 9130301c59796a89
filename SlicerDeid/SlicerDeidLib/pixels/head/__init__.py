# SPDX-License-Identifier: Apache-2.0
"""Heads: where skin, face, braincase and brain are, what of them stays, and a look again whether the face is gone."""
