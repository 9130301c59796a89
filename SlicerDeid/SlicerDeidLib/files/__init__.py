# SPDX-License-Identifier: Apache-2.0
"""Files of containers: zips as folders."""
