# SPDX-License-Identifier: Apache-2.0
"""Files of containers: zips as folders; and files that are written whole or not at all."""
