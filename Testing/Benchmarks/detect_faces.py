# SPDX-License-Identifier: Apache-2.0
"""Ask four face detectors about pictures: what ``face_detectors.py`` runs in the detectors' own environment.

``python detect_faces.py FOLDER`` reads every ``*.png`` in it and prints one JSON object: name -> detectors that found a
face, of ``haar`` (OpenCV's cascade for frontal faces), ``hog`` (dlib's frontal detector), ``detection`` and ``mesh``
(mediapipe). Each with the settings of its own examples; their models lie in their wheels, nothing is fetched.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import dlib
import mediapipe
import numpy as np

NEIGHBOURS = 5  # of OpenCV's example
SMALLEST = 0.2  # of the picture's side: a head fills most of it
CONFIDENCE = 0.5  # mediapipe's default
SKIN = (1.0, 0.8, 0.7)  # red, green, blue
UPSAMPLED = 1  # times, of dlib's example


def coloured(grey: np.ndarray) -> list[np.ndarray]:
    """Return a picture as it is drawn, and with deeper shadows in the colour of skin, RGB: a face in either counts."""
    deep = (grey / 255.0) ** 2 * 255.0
    return [
        np.ascontiguousarray((picture[..., None] * tint).astype(np.uint8))
        for picture, tint in ((grey, np.ones(3)), (deep, np.array(SKIN)))
    ]


def main() -> None:
    """Look at all pictures."""
    haar = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"))
    hog = dlib.get_frontal_face_detector()
    detection = mediapipe.solutions.face_detection.FaceDetection(min_detection_confidence=CONFIDENCE)
    mesh = mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True, min_detection_confidence=CONFIDENCE)
    found = {}
    for path in sorted(Path(sys.argv[1]).glob("*.png")):
        fires = set()
        for colour in coloured(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)):
            grey = cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)
            smallest = (round(SMALLEST * min(grey.shape)),) * 2
            does = {
                "haar": len(haar.detectMultiScale(grey, 1.1, NEIGHBOURS, minSize=smallest)) > 0,
                "hog": len(hog(grey, UPSAMPLED)) > 0,
                "detection": bool(detection.process(colour).detections),
                "mesh": bool(mesh.process(colour).multi_face_landmarks),
            }
            fires |= {name for name, does in does.items() if does}
        found[path.stem] = sorted(fires)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
