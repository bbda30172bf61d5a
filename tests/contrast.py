"""Contrast of colours, as the Web Content Accessibility Guidelines 2.2 define it."""

import numpy as np


def contrast(one, other):
    """Return the contrast ratio of two opaque colours, 1 to 21 ("contrast ratio")."""
    low, high = sorted(luminance(color) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def luminance(color):
    """Return the relative luminance of ``#RRGGBB`` ("relative luminance")."""
    srgb = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
