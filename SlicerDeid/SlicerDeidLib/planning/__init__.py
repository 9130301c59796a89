# SPDX-License-Identifier: Apache-2.0
"""Planning: index, map and policy to a plan that is complete before anything is written."""
