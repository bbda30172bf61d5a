"""PyTorch on one thread, for tests that are about it; imported before it, so that they skip."""

import importlib.util
import os

import pytest

if importlib.util.find_spec("torch") is None and not os.environ.get("BNVIZ_REQUIRE_ALL"):
    pytest.skip("PyTorch is not installed", allow_module_level=True)

import torch

torch.set_num_threads(1)
