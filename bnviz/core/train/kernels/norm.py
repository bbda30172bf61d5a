"""Which kernel normalizes: the choice of ``Spec.norm``."""

from bnviz.core.array import Array
from bnviz.core.network.spec import Spec
from bnviz.core.train.kernels.batch import bind_batch_norm, bind_ghost, bind_renorm
from bnviz.core.train.kernels.bound import Bound, NormSite
from bnviz.core.train.kernels.rows import bind_row_norm


def bind_norm(spec: Spec, site: NormSite, running: tuple[Array, Array]) -> Bound:
    """Bind the normalization that the spec names; ``running`` is mean and variance, (U,) each."""
    match spec.norm:
        case "ln" | "gn":
            return bind_row_norm(site, spec.group_width)
        case "rms":
            return bind_row_norm(site, spec.group_width, subtracts=False)
        case "ghost":
            return bind_ghost(site)
        case "renorm":
            return bind_renorm(site, running, spec.r_max, spec.d_max)
        case _:
            subtracts, divides = spec.norm != "std-only", spec.norm != "mean-only"
            return bind_batch_norm(site, subtracts=subtracts, divides=divides)
