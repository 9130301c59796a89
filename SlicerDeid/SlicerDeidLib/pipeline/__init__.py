# SPDX-License-Identifier: Apache-2.0
"""The pipeline: a plan carried out, series by series, and what is done with results afterwards."""
