"""Search the catalogue: the faults whose words are most like those that somebody typed.

A text is cut into words, and into pairs of words that follow each other. Each one that a fault has
too counts for this fault. It counts more if few faults have it: "the" says nothing, "drop_last"
says nearly all. A pasted error message is found by its pairs of words.
"""

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from bnviz.doctor.faults import Fault, faults
from bnviz.doctor.symptoms import SYMPTOMS

LONGEST = 400
"""Letters of a search that count: of a longer text the last ones, as errors end a traceback."""
SHARE = 0.3
"""A fault is shown if it has this share of what the best one has."""
MOST = 6
MOST_COUNTED = 3.0
"""The most that a word or a pair counts for one fault, however many of its texts have it."""
ASIDE = 0.3
"""What a word counts in the cause, the check or the repair; in a symptom or a message it is 1."""


def words(text: str) -> list[str]:
    """Return the words of a text in small letters; a plural counts as its singular.

    Examples
    --------
    >>> words("Expected 1 value, got torch.Size([1, 128]) drop_last=False: GPUs")
    ['expected', '1', 'value', 'got', 'torch', 'size', '1', '128', 'drop', 'last', 'false', 'gpu']
    """
    return [_singular(word) for word in re.findall(r"[^\W_]+", text.casefold())]


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return word
    return word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]


def features(text: str) -> list[str]:
    """Return the words of a text, and the pairs of words that follow each other."""
    found = words(text)
    return found + [f"{one} {two}" for one, two in pairwise(found)]


def shortened(text: str) -> str:
    """Return what is kept of a text: one line, its end if it is long."""
    return " ".join(text.split())[-LONGEST:].strip()


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    """Return what each word or pair says for each fault: feature -> code -> weight."""
    found: dict[str, dict[str, float]] = {}
    for code, fault in faults().items():
        texts = [(text, 1.0) for text in (*fault.symptoms, *fault.messages, *fault.words, code)]
        for one in SYMPTOMS:
            if code in one.causes:
                texts.append((one.words, 1 / (1 + one.causes.index(code))))
        for text, weight in [*texts, (fault.searched, ASIDE)]:
            for feature in set(features(text)):
                by_code = found.setdefault(feature, {})
                by_code[code] = min(by_code.get(code, 0.0) + weight, MOST_COUNTED)
    return found


def search(text: str) -> list[tuple[Fault, float]]:
    """Return the faults that a text fits, the best first, each with its score.

    Examples
    --------
    >>> [fault.code for fault, _ in search("drop_last")]
    ['batch-too-small']
    >>> search("zebra")
    []
    """
    scores: dict[str, float] = {}
    for feature in set(features(shortened(text))):
        by_code = _weights().get(feature, {})
        if len(by_code) < len(faults()) / 2:  # else it says nothing
            for code, weight in by_code.items():
                scores[code] = scores.get(code, 0.0) + weight / len(by_code)
    best = max(scores.values(), default=0.0)
    order = sorted(scores, key=lambda code: -scores[code])
    shown = [code for code in order if scores[code] >= SHARE * best][:MOST]
    return [(faults()[code], scores[code]) for code in shown]
