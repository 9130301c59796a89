# SPDX-License-Identifier: Apache-2.0
# Stands in for Slicer's own: lets the extension be configured, checks the arguments as Slicer's macros do, and writes them
# to deid-arguments.txt in the build folder, one "NAME KEY VALUE" per line.
set(Slicer_USE_FILE ${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake)
set(Slicer_EXTENSION_GENERATE_CONFIG ${CMAKE_CURRENT_LIST_DIR}/GenerateConfig.cmake)
set(Slicer_EXTENSION_CPACK ${CMAKE_CURRENT_LIST_DIR}/CPack.cmake)
