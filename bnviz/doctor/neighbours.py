"""What stands before and behind each norm layer, from the calls that one forward pass makes.

PyTorch shows each call of its functions to a ``TorchFunctionMode``. Which call made a tensor, and
which calls read it, is kept beside the tensor as long as it lives.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bnviz.doctor.batches import tensors_in
from bnviz.doctor.record import Neighbours
from bnviz.doctor.walk import Norm

# These change no value, only its shape, type or place.
_PASSING = {"reshape", "view", "flatten", "unflatten", "permute", "transpose", "contiguous", "to"}
_PASSING |= {"float", "half", "double", "squeeze", "unsqueeze", "movedim", "detach", "clone", "get"}
_RELUS = {"relu", "relu6", "threshold", "rrelu"}
_DROPOUTS = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout"}
_LINEAR = {"linear": 2, "conv1d": 2, "conv2d": 2, "conv3d": 2}
_LINEAR |= {"conv_transpose1d": 2, "conv_transpose2d": 2, "conv_transpose3d": 2, "addmm": 0}


@dataclass(eq=False)
class _Call:
    """One call of a function, or of a norm layer, in the forward pass."""

    name: str
    made_by: "list[_Call]"
    arguments: tuple[Any, ...] = ()
    read_by: "list[_Call]" = field(default_factory=list)
    relu_inside: bool = False

    def __post_init__(self) -> None:
        for call in self.made_by:
            call.read_by.append(self)


class Scene:
    """What a forward pass did around the norm layers.

    Attributes
    ----------
    functional_calls : int
        Calls of batch_norm outside of all norm layers.
    """

    def __init__(self, norms: Sequence[Norm]) -> None:
        from torch.utils.weak import WeakTensorKeyDictionary

        self._norms = norms
        self._maker: Any = WeakTensorKeyDictionary()
        self._first: dict[int, _Call] = {}
        self._inside: list[_Call] = []
        self.functional_calls = 0

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record one forward pass."""
        with ExitStack() as stack:
            for index, norm in enumerate(self._norms):
                enter, leave = self._hooks(index)
                handle = norm.module.register_forward_pre_hook(enter, with_kwargs=True)
                stack.callback(handle.remove)
                stack.callback(norm.module.register_forward_hook(leave).remove)
            stack.enter_context(_mode_class()(self))
            yield

    def called(self, name: str, inputs: tuple[Any, ...], output: Any) -> None:
        """Take note of a call of a function."""
        if self._inside:
            self._inside[-1].relu_inside |= _is_relu(name, inputs)
            return
        made = list(tensors_in(output))
        if not made:
            return
        self.functional_calls += name == "batch_norm"
        call = _Call(name, self._makers(inputs), tuple(map(_without_tensors, inputs)))
        for tensor in made:
            self._maker[tensor] = call

    def neighbours(self, index: int) -> Neighbours:
        """Return what stands around the first call of a layer."""
        call = self._first.get(index)
        if call is None or not call.made_by:
            return Neighbours() if call is None else _behind(call, {})
        shared, before = False, call.made_by[0]
        while True:
            shared |= len(before.read_by) > 1
            if before.name not in _PASSING or not before.made_by:
                break
            before = before.made_by[0]
        found: dict[str, Any] = {
            "before": "" if before.name in _PASSING else before.name,
            "input_shared": shared,
            "dropout_before": _dropout(call),
        }
        if before.name in _LINEAR:
            place = _LINEAR[before.name]
            found["bias_before"] = len(before.arguments) > place and before.arguments[place] is True
            found["transposed_before"] = "transpose" in before.name
            found["groups_before"] = _groups(before)
        return _behind(call, found)

    def _makers(self, inputs: Any) -> list[_Call]:
        makers = (self._maker.get(t) for t in tensors_in(inputs))
        return list({id(m): m for m in makers if m is not None}.values())

    def _hooks(self, index: int) -> tuple[Any, Any]:
        def enter(_module: Any, arguments: Any, keywords: Any) -> None:
            made_by = [] if self._inside else self._makers((*arguments, *keywords.values()))
            call = _Call("norm", made_by)
            self._first.setdefault(index, call)
            self._inside.append(call)

        def leave(_module: Any, _arguments: Any, output: Any) -> None:
            call = self._inside.pop()
            if not self._inside:
                for tensor in tensors_in(output):
                    self._maker[tensor] = call

        return enter, leave


@cache
def _mode_class() -> Any:
    from torch.overrides import TorchFunctionMode

    class Recorder(TorchFunctionMode):
        def __init__(self, scene: Scene) -> None:
            super().__init__()
            self._scene = scene

        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            output = func(*args, **(kwargs or {}))
            name = getattr(func, "__name__", "").strip("_")
            self._scene.called(name, _ordered(name, args, kwargs or {}), output)
            return output

    return Recorder


_NAMED = {
    "linear": ("input", "weight", "bias"),
    "conv": ("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
    "conv_transpose": (
        *("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation"),
    ),
    "dropout": ("input", "p", "training", "inplace"),
    "pad": ("input", "pad", "mode", "value"),
}


def _ordered(name: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
    """Return the arguments of a call in their order, those given by name included."""
    kind = "dropout" if name in _DROPOUTS else name.rstrip("123d") if "conv" in name else name
    names = _NAMED.get(kind)
    if names is None:
        return (*args, *keywords.values())
    rest = [keywords.get(n) for n in names[len(args) :]]
    return (*args, *rest)


def _without_tensors(argument: Any) -> Any:
    """Return True in the place of a tensor, so that none is kept."""
    if isinstance(argument, int | float | str | bool | None):
        return argument
    if isinstance(argument, tuple | list) and all(isinstance(a, int) for a in argument):
        return tuple(argument)
    return True


def _groups(call: _Call) -> int:
    return call.arguments[6] if len(call.arguments) > 6 and call.arguments[6] else 1


def _dropout(norm: _Call) -> float:
    """Return the largest dropout rate on the ways back to the norm layers before."""
    rate, queue, done = 0.0, list(norm.made_by), set()
    while queue:
        call = queue.pop()
        if id(call) in done or call.name == "norm":
            continue
        done.add(id(call))
        if call.name in _DROPOUTS:
            given = call.arguments[1] if len(call.arguments) > 1 else None
            rate = max(rate, 0.5 if given is None else float(given))
        queue += call.made_by
    return rate


def _behind(norm: _Call, found: dict[str, Any]) -> Neighbours:
    """Add what reads the output, through calls that change no value."""
    readers, queue = [], list(norm.read_by)
    while queue:
        call = queue.pop(0)
        if call.name in _PASSING:
            queue += call.read_by
        else:
            readers.append(call)
    return Neighbours(
        behind=tuple(call.name for call in readers),
        relu_behind=norm.relu_inside or any(_is_relu(c.name, c.arguments) for c in readers),
        padded_conv_behind=any(map(_pads, readers)),
        **found,
    )


def _is_relu(name: str, arguments: tuple[Any, ...]) -> bool:
    """Return whether a call gives 0 below 0; nn.ReLU6 calls hardtanh with 0 as its lower end."""
    clipped = name == "hardtanh" and len(arguments) > 1 and arguments[1] == 0
    return name in _RELUS or clipped


def _pads(call: _Call) -> bool:
    """Return whether a call is a convolution that pads with zeros, or padding before one."""
    if call.name == "pad":
        mode = call.arguments[2] or "constant"
        return mode == "constant" and any("conv" in c.name for c in call.read_by)
    if not call.name.startswith("conv") or "transpose" in call.name or len(call.arguments) < 5:
        return False
    padding = call.arguments[4]
    return any(padding) if isinstance(padding, tuple) else padding not in (0, None, "valid")
