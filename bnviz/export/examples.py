"""The code of a data set: digits as packed text, points as the lines that draw them."""

import base64
import textwrap
import zlib

import numpy as np

from bnviz.core.data import digits

N_TRAIN, N_TEST = 1024, 256
"""Points of a 2-D set."""

DRAWN = {
    "spirals": """
    labels = rng.permutation(np.arange(n) % 3)
    radius = rng.uniform(0.1, 1.0, n)
    angle = 2 * np.pi * (0.75 * radius + labels / 3)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return x + 0.08 * rng.standard_normal(x.shape), labels
""",
    "circles": """
    labels = rng.permutation(np.arange(n) % 2)
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = np.where(labels == 0, 1.0, 0.5)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return x + 0.13 * rng.standard_normal(x.shape), labels
""",
    "moons": """
    labels = rng.permutation(np.arange(n) % 2)
    angle = rng.uniform(0, np.pi, n) + np.pi * labels
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1) + labels[:, None] * [1.0, 0.5]
    return x + 0.2 * rng.standard_normal(x.shape), labels
""",
    "xor": """
    labels = rng.permutation(np.arange(n) % 2)
    x = rng.uniform(0, 1, (n, 2))
    x[:, 1] *= 1 - 2 * labels  # class 1 where the signs differ
    x *= rng.choice([-1.0, 1.0], (n, 1))
    return x + 0.04 * rng.standard_normal(x.shape), labels
""",
}
"""How the points of each set are drawn: the body of a function of ``n`` and ``rng``."""

POINTS = """\
N_TRAIN, N_TEST = {n_train}, {n_test}


def draw(n, rng):
    \"\"\"Draw {name}: points in the plane, and their classes.\"\"\"{body}

points, labels = draw(N_TRAIN + N_TEST, np.random.default_rng(0))
deviation = points[:N_TRAIN].std(axis=0)  # each coordinate has its own
"""

DIGITS = """\
# 1797 handwritten digits of 8 x 8 pixels, ink from 0 to 16: E. Alpaydin and C. Kaynak, Optical
# Recognition of Handwritten Digits, UCI Machine Learning Repository, CC BY 4.0.
N_TRAIN = {n_train}
PACKED = \"\"\"
{packed}
\"\"\"
stored = np.frombuffer(zlib.decompress(base64.b85decode(PACKED.replace("\\n", ""))), np.uint8)
labels, points = stored[:1797].astype(int), stored[1797:].reshape(1797, 64) / 16
deviation = np.sqrt(points[:N_TRAIN].var(axis=0).mean())  # one for all pixels
"""

STANDARDIZED = """
# Only the training part says how the inputs are centred and scaled.
x = (points - points[:N_TRAIN].mean(axis=0)) / deviation
x, y = torch.tensor(x.astype(np.float32), dtype=DTYPE), torch.tensor(labels)
x_train, y_train, x_test, y_test = x[:N_TRAIN], y[:N_TRAIN], x[N_TRAIN:], y[N_TRAIN:]
"""


def code(dataset: str) -> str:
    """Return the lines that make ``x_train``, ``y_train``, ``x_test`` and ``y_test``.

    Parameters
    ----------
    dataset : str
        One of ``bnviz.core.data.NAMES``; KeyError for another one.
    """
    if dataset == "digits":
        made = DIGITS.format(n_train=digits.N_TRAIN, packed=_packed())
    else:
        made = POINTS.format(n_train=N_TRAIN, n_test=N_TEST, name=dataset, body=DRAWN[dataset])
    return made + STANDARDIZED


def _packed() -> str:
    """Return labels and images as lines of text."""
    images, labels = digits.images()
    raw = np.concatenate([labels.ravel(), images.ravel()]).astype(np.uint8).tobytes()
    text = base64.b85encode(zlib.compress(raw, 9)).decode()
    return "\n".join(textwrap.wrap(text, 96, break_on_hyphens=False))
