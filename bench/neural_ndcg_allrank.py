"""allRank's own neuralNDCG on torch, one thread: nanoseconds per item, value and gradient, lists of 120 and of 40.

    pip install torch scikit-learn && pip install --no-deps allrank
    python neural_ndcg_allrank.py

The workload of the row `NeuralNDCG, 50 rounds` of rankwise_bench: half of the items have a grade from 1 to 4.
"""
import os
import statistics
import sys
import time
import unittest.mock

os.environ["OMP_NUM_THREADS"] = "1"
import torch

# allRank's losses import its readers of data, and these import packages that no loss uses.
for unused in ("torchvision", "torchvision.transforms", "gcsfs", "tensorboardX", "flatten_dict", "pkg_resources"):
    sys.modules.setdefault(unused, unittest.mock.MagicMock())
from allrank.models.losses.neuralNDCG import neuralNDCG

torch.set_num_threads(1)
torch.manual_seed(7)
for length in (40, 120):
    lists = 64  # the batch of its examples
    scores = torch.randn(lists, length, requires_grad=True)
    labels = torch.where(torch.rand(lists, length) < 0.5, torch.randint(1, 5, (lists, length)), 0).float()
    times = []
    for _ in range(7):
        scores.grad = None
        start = time.thread_time_ns()
        loss = neuralNDCG(scores, labels, temperature=1.0)
        loss.backward()
        times.append((time.thread_time_ns() - start) / (lists * length))
    print(f"lists of {length}: {statistics.median(times):.0f} ns per item, value {loss.item():.6f}")
