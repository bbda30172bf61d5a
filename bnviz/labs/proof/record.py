"""The comparison as it was once made, for readers of a server without PyTorch.

Make it anew with ``python -m bnviz.labs.proof.record``, from the project's root.
"""

import json
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from bnviz.labs.proof.comparison import Row, run
from bnviz.labs.proof.problem import draw
from bnviz.labs.proof.settings import LAYERS, Settings
from bnviz.labs.record import origin

PATH = Path(__file__).with_name("record.json")
DTYPES, MODES = ("float32", "float64"), ("train", "eval")


@dataclass(frozen=True, eq=False)
class Record:
    """What was recorded.

    Attributes
    ----------
    date : str
        Year, month, day.
    versions : dict of str to str
        Of ``python``, ``numpy`` and ``torch``.
    rows : dict of (layer, dtype, mode) to tuple of Row
        With ``Settings`` that are the defaults in everything else.
    """

    date: str
    versions: dict[str, str]
    rows: dict[tuple[str, str, str], tuple[Row, ...]]


@cache
def record() -> Record:
    """Return the recorded comparison."""
    stored = json.loads(PATH.read_text("utf-8"))
    rows = {
        (entry["layer"], entry["dtype"], entry["mode"]): tuple(
            Row(ours=None, theirs=None, **row) for row in entry["rows"]
        )
        for entry in stored["comparisons"]
    }
    return Record(stored["date"], stored["versions"], rows)


def compare(layer: str, dtype: str, mode: str) -> dict[str, Any]:
    """Return one entry of the record, as values that JSON can hold. It needs PyTorch."""
    from bnviz import reference

    settings = Settings(layer=layer, dtype=dtype, mode=mode)
    problem = draw(settings)
    answer = reference.answer(problem.function, problem.arguments, problem.dy)
    rows = [
        {name: getattr(row, name) for name in ("name", "n", "difference")}
        | {"tolerance": float(f"{row.tolerance:.3g}")}
        for row in run(settings, answer)
    ]
    return {"layer": layer, "dtype": dtype, "mode": mode, "rows": rows}


def main() -> None:
    """Compare every layer in each precision and mode, and write the record. It needs PyTorch."""
    from bnviz import reference

    stored = {
        **origin(torch=str(reference.torch_version()).split("+")[0]),
        "comparisons": [compare(*keys) for keys in product(LAYERS, DTYPES, MODES)],
    }
    PATH.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
