"""The catalogue of faults: what goes wrong with normalization layers, how to see and to mend it.

The texts are in ``catalogue/*.toml``, one table per fault.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType

FILES = ("statistics", "batches", "modes", "layers")
"""The files of the catalogue, in the order of the faults."""
NEEDED = ("eval_loader", "optimizer", "averaged", "world_size")
"""What a check-up may need beside a model and training data."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes
    ----------
    code : str
        Its name in reports and links.
    sentence : str
        What it is.
    symptoms : tuple of str
        What one sees, as those say it who have it.
    messages : tuple of str
        Texts of errors and warnings, of PyTorch and Keras, that it may bring.
    words : tuple of str
        More words that somebody may search for.
    cause : str
        How it comes about.
    check, repair : str
        Lines of PyTorch, to copy.
    price : str
        What the repair costs.
    keras : str
        What is different in Keras.
    sources : tuple of str
        A paper with name, year and number, or ``owner/repository#number`` of a public report.
    see : str
        Where the app shows it: lab, view, and settings as ``name=value``.
    needs : tuple of str
        What a check-up must be given to see it, of `NEEDED`.
    limits : str
        What a check-up cannot tell.
    """

    code: str
    sentence: str
    symptoms: tuple[str, ...]
    messages: tuple[str, ...] = ()
    words: tuple[str, ...]
    cause: str
    check: str
    repair: str
    price: str
    keras: str
    sources: tuple[str, ...]
    see: str
    needs: tuple[str, ...] = ()
    limits: str = ""

    @property
    def searched(self) -> str:
        """Return all words of the fault in small letters, for a search."""
        texts = [self.code, self.sentence, self.cause, self.check, self.repair, self.price]
        lists = [self.symptoms, self.messages, self.words, self.sources]
        return " ".join([*texts, self.keras, *(t for many in lists for t in many)]).casefold()

    @property
    def test(self) -> str:
        """Return the test that makes the fault happen in PyTorch."""
        return f"tests/doctor/test_happens.py::test_{self.code.replace('-', '_')}"


def link(source: str) -> str:
    """Return the address of a source, or nothing for one without.

    Examples
    --------
    >>> link("pytorch/pytorch#4741")
    'https://github.com/pytorch/pytorch/issues/4741'
    >>> link("Li 2019, arXiv:1801.05134")
    'https://arxiv.org/abs/1801.05134'
    """
    before, colon, number = source.rpartition("arXiv:")
    if colon:
        return f"https://arxiv.org/abs/{number}"
    before, colon, number = source.rpartition("doi:")
    if colon:
        return f"https://doi.org/{number}"
    before, mark, number = source.partition("#")
    if mark and "/" in before and " " not in before and number.isdigit():
        return f"https://github.com/{before}/issues/{number}"
    return ""


@cache
def faults() -> Mapping[str, Fault]:
    """Return all faults by their code, in the order of the catalogue.

    Raises
    ------
    ValueError
        If two tables have one code, or a table has a field that `Fault` has not.

    Examples
    --------
    >>> faults()["useless-bias"].see
    'backward bias'
    """
    found: dict[str, Fault] = {}
    for file in FILES:
        path = Path(__file__).parent / "catalogue" / f"{file}.toml"
        for code, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if code in found:
                raise ValueError(f"{file}.toml: {code} is there already")
            found[code] = _fault(code, entry)
    return MappingProxyType(found)


def _fault(code: str, entry: Mapping[str, str | list[str]]) -> Fault:
    """Return the fault of one table."""
    known = {field.name for field in fields(Fault)} - {"code"}
    if not set(entry) <= known:
        raise ValueError(
            f"{code}: wanted fields of {sorted(known)}, got {sorted(set(entry) - known)}"
        )
    values = {k: v.strip() if isinstance(v, str) else tuple(v) for k, v in entry.items()}
    return Fault(code=code, **values)  # type: ignore[arg-type]
