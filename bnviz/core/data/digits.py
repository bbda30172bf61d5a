"""Handwritten digits, 8x8 pixels: the real data of the project, read from the package.

Shapes: N examples, H image height, W image width. The licence and the attribution are in
``LICENCE.md`` beside this file.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

N_TRAIN = 1437
"""The first 1437 stored images are the training part, the last 360 are held out."""

FILE = Path(__file__).with_name("digits.npz")


def images() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read the images and their labels, as they are stored.

    Returns
    -------
    images_NHW : ndarray of uint8, shape (1797, 8, 8)
        Ink per pixel, 0 (none) to 16 (full).
    labels_N : ndarray of uint8, shape (1797,)
        The digit, 0 to 9.

    Notes
    -----
    The images are stored in shuffled order: one fixed, seeded shuffle, made once by
    ``docs/make_digits.py``. The source has the images of one writer next to each other. After the
    shuffle each of the 13 writers is in both parts, so the held-out accuracy is that for *known*
    writers. It is higher than for new ones.

    Source: Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, doi:10.24432/C50P49; its test file, all 1797 images.

    Examples
    --------
    >>> images_NHW, labels_N = images()
    >>> images_NHW.shape, int(images_NHW.max()), len(labels_N) - N_TRAIN
    ((1797, 8, 8), 16, 360)
    """
    with np.load(FILE) as stored:
        return stored["images"], stored["labels"]
