"""Where in practice the norms of the family are used, and why; with how each source was read."""

from bnviz.labs.lesson import Claim

NOTES = {
    "sizes": (
        Claim(
            "**Object detection.** One or two large pictures fit on a device: the left end of this "
            "chart. Detectors freeze the statistics of BN, share them between devices "
            "(synchronized BN), or use group norm.",
            "reported",
            "Wu & He 2018 (abstract only); frozen and shared statistics from memory",
        ),
        Claim(
            "**Medical images.** Volumes are large, so a batch holds few of them. nnU-Net, much "
            "used for segmentation, has instance norm, which looks at one volume at a time.",
            "reported",
            "Isensee et al. 2021 (from memory)",
        ),
    ),
    "picture": (
        Claim(
            "**Style transfer.** Instance norm takes the contrast and the brightness of a picture "
            "out, which are part of its style. AdaIN writes in those of another picture, so that "
            "one network serves many styles.",
            "reported",
            "Ulyanov et al. 2016; Huang & Belongie 2017 (both from memory)",
        ),
    ),
}
"""View -> notes."""
