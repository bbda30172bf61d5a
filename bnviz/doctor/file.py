"""A report as a file: JSON with a version, read back with suspicion.

Arrays are written as base64 of the three leading bytes of their float32 numbers (right to 2⁻¹⁶),
deflated: 60 layers of 2048 channels take less than 5 MB. NaN and infinity outside of arrays are
written as text, as JSON has none. Nothing in a file is ever run.
"""

import base64
import binascii
import json
import math
import types
import typing
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.doctor.finding import Finding
from bnviz.doctor.record import KINDS, MODES, QUANTILES, Layer, Record

FORMAT, VERSION = "bnviz.doctor", 1
LARGEST_FILE = 10 * 2**20
"""Bytes; a larger file is not read."""
_MOST_VALUES = 8 * 10**6
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Unreadable(ValueError):
    """A file is no report, or a damaged one; the sentence says where."""


def written(record: Record, findings: tuple[Finding, ...]) -> str:
    """Return the text of a file."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "record": _encoded(_without_parameters(record)),
        "findings": [_encoded(f) for f in findings],
    }
    return json.dumps(content, allow_nan=False, ensure_ascii=False, indent=0)


def read(data: bytes) -> tuple[Record, tuple[Finding, ...]]:
    """Return what a file holds.

    Raises
    ------
    Unreadable
        If the file is too large, no JSON, no report, of a newer version or damaged.
    """
    if len(data) > LARGEST_FILE:
        size = f"{len(data) / 2**20:.1f} MB"
        raise Unreadable(f"the file has {size}; a report has at most {LARGEST_FILE // 2**20} MB")
    content = _json(data)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise Unreadable(f'the file is no report: it does not say "format": "{FORMAT}"')
    version = content.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise Unreadable(f"version must be a whole number from 1 on, got {_told(version)}")
    if version > VERSION:
        raise Unreadable(
            f"the report has version {version}, and this program knows {VERSION} at most: it is "
            "from a newer one. Update bnviz to open it"
        )
    reader = _Reader()
    record = reader.decoded(content.get("record"), Record, "record")
    findings = reader.decoded(content.get("findings"), tuple[Finding, ...], "findings")
    _check_record(record, "record")
    return record, findings


def _json(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"the file is no text: byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"the file is damaged at {where}: {error.msg}") from error
    except RecursionError as error:
        raise Unreadable("the file nests its lists too deeply for a report") from error
    except ValueError as error:  # a number of thousands of digits
        raise Unreadable(f"the file is damaged: {error}") from error


def _without_parameters(record: Record) -> Record:
    """Return the record without scales and shifts, which are weights; their quantiles stay."""
    layers = tuple(replace(layer, gamma=None, beta=None) for layer in record.layers)
    twin = None if record.averaged is None else _without_parameters(record.averaged)
    return replace(record, layers=layers, averaged=twin)


def _encoded(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _encoded(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "base64": _packed(value)}
    if isinstance(value, Mapping):
        return {str(key): _encoded(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_encoded(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _packed(array: Array) -> str:
    """Return the three leading bytes of each float32, first bytes first, deflated, as base64."""
    with np.errstate(over="ignore"):
        bits = array.ravel().astype("<f4").view("<u4")
    infinite = (bits & 0x7F800000) == 0x7F800000
    rounded = np.where(infinite, bits | ((bits & 0xFF) != 0) * 0x400000, bits + 0x80) >> 8
    planes = np.stack([rounded >> 16, rounded >> 8, rounded]).astype(np.uint8)
    return base64.b64encode(zlib.compress(planes.tobytes(), 6)).decode("ascii")


def _unpacked(text: str, count: int) -> Array:
    """Return what ``_packed`` wrote; ValueError if it is something else."""
    inflate = zlib.decompressobj()
    raw = inflate.decompress(base64.b64decode(text, validate=True), 3 * count + 1)
    if len(raw) != 3 * count or not inflate.eof:
        raise ValueError(f"it does not hold {count} numbers")
    planes = np.frombuffer(raw, np.uint8).reshape(3, count).astype("<u4")
    bits = planes[0] << 24 | planes[1] << 16 | planes[2] << 8
    return bits.astype("<u4").view("<f4").astype(np.float64)


class _Reader:
    """Decode by the types that the dataclasses declare, and say where something does not fit."""

    def __init__(self) -> None:
        self._n_values = 0

    def decoded(self, value: Any, kind: Any, where: str) -> Any:
        origin, inside = typing.get_origin(kind), typing.get_args(kind)
        if origin in (types.UnionType, typing.Union):
            if value is None and type(None) in inside:
                return None
            return self.decoded(value, next(k for k in inside if k is not type(None)), where)
        if is_dataclass(kind):
            return self._object(value, kind, where)
        if origin is tuple:
            items = _expected(value, list, "a list", where)
            return tuple(self.decoded(v, inside[0], f"{where}[{i}]") for i, v in enumerate(items))
        if origin is np.ndarray:
            return self._array(value, where)
        if origin is not None and issubclass(origin, Mapping):
            items = _expected(value, dict, "a table", where)
            return {k: self.decoded(v, inside[1], f"{where}.{k[:50]}") for k, v in items.items()}
        return _plain(value, kind, where)

    def _object(self, value: Any, kind: Any, where: str) -> Any:
        table = _expected(value, dict, "a table", where)
        hints = typing.get_type_hints(kind)
        names = [f.name for f in fields(kind)]
        for name in names:
            if name not in table:
                raise Unreadable(f"{where} has no {name}")
        for name in table:
            if name not in names:
                raise Unreadable(f"{where} has something unknown, {_told(name)}")
        given = {n: self.decoded(table[n], hints[n], f"{where}.{n}") for n in names}
        try:
            return kind(**given)
        except ValueError as error:
            raise Unreadable(f"{where}: {error}") from error

    def _array(self, value: Any, where: str) -> Array:
        table = _expected(value, dict, "an array", where)
        shape = _expected(table.get("shape"), list, "a list", f"{where}.shape")
        text = _expected(table.get("base64"), str, "text", f"{where}.base64")
        if len(shape) not in (1, 2) or not all(type(n) is int and n > 0 for n in shape):
            raise Unreadable(f"{where}.shape must be one or two counts, got {_told(shape)}")
        count = math.prod(shape)
        self._n_values += count
        if self._n_values > _MOST_VALUES:
            raise Unreadable(f"{where} has more numbers than a report may have")
        try:
            return _unpacked(text, count).reshape(shape)
        except (ValueError, binascii.Error, zlib.error) as error:
            raise Unreadable(f"{where} is damaged: {error}") from error


def _plain(value: Any, kind: Any, where: str) -> Any:
    if kind is float:
        value = _WORDS.get(value, value) if isinstance(value, str) else value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unreadable(f"{where} must be a number, got {_told(value)}")
        return float(value) if abs(value) < 1e300 or isinstance(value, float) else math.inf
    if kind is int and (type(value) is not int or not -(2**63) <= value < 2**63):
        raise Unreadable(f"{where} must be a whole number, got {_told(value)}")
    words = {str: "text", bool: "true or false", int: "a whole number"}
    return _expected(value, kind, words[kind], where)


def _expected(value: Any, kind: type, word: str, where: str) -> Any:
    if not isinstance(value, kind):
        raise Unreadable(f"{where} must be {word}, got {_told(value)}")
    return value


def _told(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _check_record(record: Record, where: str) -> None:
    """Refuse a record whose parts do not fit together."""
    for index, outcome in enumerate(record.outcomes):
        if outcome.mode not in MODES or outcome.data not in ("train", "eval"):
            raise Unreadable(f"{where}.outcomes[{index}] has an unknown mode or data")
    for index, layer in enumerate(record.layers):
        _check_layer(layer, f"{where}.layers[{index}]")
    if record.averaged is not None:
        if record.averaged.averaged is not None:
            raise Unreadable(f"{where}.averaged has an averaged model of its own")
        _check_record(record.averaged, f"{where}.averaged")


def _check_layer(layer: Layer, where: str) -> None:
    if layer.kind not in KINDS:
        raise Unreadable(f"{where}.kind must be one of {tuple(KINDS)}, got {_told(layer.kind)}")
    for field in fields(layer):
        value = getattr(layer, field.name)
        if isinstance(value, np.ndarray):
            n_axes = 2 if field.name.startswith("call_") else 1
            if value.ndim != n_axes or value.shape[-1] != layer.channels:
                raise Unreadable(
                    f"{where}.{field.name} must have {layer.channels} channels, got the shape "
                    f"{value.shape}"
                )
        if field.name.endswith("_spread") and len(value) not in (0, len(QUANTILES)):
            raise Unreadable(f"{where}.{field.name} must have {len(QUANTILES)} numbers or none")
    if (layer.running_mean is None) != (layer.running_var is None):
        raise Unreadable(f"{where} must have a running mean and variance, or neither")
