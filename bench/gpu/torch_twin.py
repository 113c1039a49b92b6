#!/usr/bin/env python3
"""The workloads of rankwise_gpu in PyTorch, eager and compiled: same sizes, same medians, same names.

    torch_twin.py [--out FILE] [--scale X] [--device NAME] [--only TEXT]
    torch_twin.py --self-check      tiny sizes on the host: the formulas are right, everything runs

Lists of one length are padded tensors without padding, which is the best case for them. Every formula is the shortest
that PyTorch's users write, without autograd where a closed form is shorter.
Exit status: 0, 1 where a formula is wrong, 77 where there is no PyTorch or no device.
"""
import argparse
import math
import statistics
import sys
import time

try:
    import torch
except ImportError:
    print("SKIPPED: no PyTorch here")
    sys.exit(77)

SETS = 3


# ---- formulas


def polarise(x):
    return torch.sigmoid(10.0 * (x - 0.5))


def score(z):
    """Seven logits to one score, as bench/gpu/model.hpp has them; z is [items, 7] in any number type."""
    p = torch.sigmoid(z.float())
    grade = p[:, 0] + torch.minimum(p[:, 0], p[:, 1])
    return 0.6 * grade + 2.0 * p[:, 2] * p[:, 3] + 0.3 * p[:, 4] + 0.1 * p[:, 5] + 0.2 * p[:, 6]


def softmax_gradient(s, y):
    log_p = torch.log_softmax(s, dim=1)
    loss = -(y * log_p).sum()
    gradient = y.sum(dim=1, keepdim=True) * torch.exp(log_p) - y
    return loss, gradient


def ranks(s):
    order = torch.argsort(s, dim=1, descending=True, stable=True)
    place = torch.arange(s.shape[1], device=s.device).expand_as(order)
    return torch.empty_like(order).scatter_(1, order, place)


def discounts(rank, cutoff):
    return torch.where(rank < cutoff, 1 / torch.log2(rank.float() + 2), 0.0)


def ideal_dcg(y, cutoff):
    best = torch.sort(y, dim=1, descending=True).values
    place = torch.arange(y.shape[1], device=y.device)
    return ((torch.exp2(best) - 1) * discounts(place, cutoff)).sum(dim=1)


def lambda_gradient(s, y, gains, inverse_ideal):
    """LambdaRank for NDCG@30 over all pairs of a list; gains and the ideal are made once per data set."""
    d = discounts(ranks(s), 30)
    weight = (gains[:, :, None] - gains[:, None, :]).abs() * (d[:, :, None] - d[:, None, :]).abs()
    weight = weight * inverse_ideal[:, None, None] * (y[:, :, None] > y[:, None, :])
    wrong = torch.sigmoid(s[:, None, :] - s[:, :, None])
    slope = weight * wrong
    curve = slope * (1 - wrong)
    return slope.sum(dim=1) - slope.sum(dim=2), curve.sum(dim=1) + curve.sum(dim=2)


def by_sort(s):
    """The best ten, equal ones in their order."""
    return torch.sort(s, dim=1, descending=True, stable=True).indices[:, :10]


def by_topk(s):
    """The best ten, equal ones in any order."""
    return torch.topk(s, 10, dim=1).indices


def ndcg_of(best):
    def ndcg(s, y, inverse_ideal):
        """NDCG@10, the ideal made once per data set."""
        place = torch.arange(10, device=s.device)
        gain = torch.exp2(torch.gather(y, 1, best(s))) - 1
        return ((gain / torch.log2(place + 2.0)).sum(dim=1) * inverse_ideal).mean()

    return ndcg


# ---- data


def labels(shape, device, generator):
    return (torch.rand(shape, device=device, generator=generator) * 8).floor().sub(3).clamp(min=0)


def workloads(scale, device):
    """Name, formula or several of which the fastest counts, and how to make the arguments of one set."""
    g = torch.Generator(device=device).manual_seed(1)

    def count(n):
        return max(4, int(n * scale))

    def uniform(shape, low, high):
        return torch.rand(shape, device=device, generator=g) * (high - low) + low

    yield "polarisation, float", polarise, lambda: (uniform(count(100_000_000), 0, 1),)
    types = {"float": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    for name, number in types.items():
        shape = (count(20_000_000), 7)
        yield f"scoring 7 to 1, {name}, row-major", score, lambda n=number, s=shape: (uniform(s, -3, 3).to(n),)
        yield (
            f"scoring 7 to 1, {name}, column-major",
            score,
            lambda n=number, s=shape: (uniform((s[1], s[0]), -3, 3).to(n).t(),),
        )
    for length in (40, 120):
        shape = (count(10_000_000 // length), length)
        yield (
            f"softmax, lists of {length}",
            softmax_gradient,
            lambda s=shape: (uniform(s, -4, 4), labels(s, device, g)),
        )
    shape = (count(100_000), 120)

    def inverse(y, cutoff):
        best = ideal_dcg(y, cutoff)
        return torch.where(best > 0, 1 / best, 0.0)

    def lambda_set():
        s, y = uniform(shape, -4, 4), labels(shape, device, g)
        return s, y, torch.exp2(y) - 1, inverse(y, 30)

    def in_parts(compute):
        """Pairs of all lists at once do not fit into memory: parts that do, as anybody would have to."""

        def run(*columns):
            step = 4_000
            parts = [compute(*(c[k : k + step] for c in columns)) for k in range(0, columns[0].shape[0], step)]
            return [torch.cat(p) for p in zip(*parts)]

        return run

    yield "lambda NDCG@30, lists of 120", (lambda_gradient, in_parts), lambda_set

    def ndcg_set():
        s, y = uniform(shape, -4, 4), labels(shape, device, g)
        return s, y, inverse(y, 10)

    yield "NDCG@10, lists of 120", [ndcg_of(by_sort), ndcg_of(by_topk)], ndcg_set
    yield "top-10, lists of 120", [by_sort, by_topk], lambda: (uniform(shape, -4, 4),)


# ---- measuring


class Clock:
    def __init__(self, device):
        self.cuda = device.type == "cuda"

    def milliseconds(self, f):
        if not self.cuda:
            start = time.perf_counter()
            f()
            return (time.perf_counter() - start) * 1e3
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        f()
        end.record()
        end.synchronize()
        return start.elapsed_time(end)


def median_of(clock, f, sets, rounds):
    for k in range(5):
        f(*sets[k % len(sets)])
    times, spent = [], 0.0
    for k in range(rounds):
        times.append(clock.milliseconds(lambda: f(*sets[k % len(sets)])))
        spent += times[-1]
        if k >= min(29, rounds - 1) and spent > 1000:
            break
    return statistics.median(times)


# ---- the formulas against plain Python


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def self_check():
    """Each formula against loops over numbers, on lists of nine items with equal scores among them."""
    g = torch.Generator().manual_seed(3)
    s = (torch.rand((20, 9), generator=g) * 8 - 4).double()
    s[:, 4] = s[:, 7]
    y = labels((20, 9), "cpu", g).double()
    wrong = []

    def same(name, found, expected):
        if not torch.allclose(found.double(), torch.as_tensor(expected).double(), atol=1e-6, rtol=1e-6):
            wrong.append(name)

    same("polarise", polarise(s), [[sigmoid(10 * (x - 0.5)) for x in row] for row in s.tolist()])
    z = [row[:7] for row in s.tolist()]
    expected = []
    for row in z:
        p = [sigmoid(x) for x in row]
        grade = p[0] + min(p[0], p[1])
        expected.append(0.6 * grade + 2 * p[2] * p[3] + 0.3 * p[4] + 0.1 * p[5] + 0.2 * p[6])
    same("score", score(torch.tensor(z)), expected)

    losses, gradients, slopes, curves, quality, best = 0.0, [], [], [], [], []
    for scores, grades in zip(s.tolist(), y.tolist()):
        n = range(len(scores))
        total = sum(math.exp(x) for x in scores)
        mass = sum(grades)
        losses -= sum(t * math.log(math.exp(x) / total) for x, t in zip(scores, grades))
        gradients.append([mass * math.exp(x) / total - t for x, t in zip(scores, grades)])
        order = sorted(n, key=lambda i: -scores[i])
        discount = {i: 1 / math.log2(r + 2) for r, i in enumerate(order)}
        gain = [2**t - 1 for t in grades]
        ideal = sum(v / math.log2(r + 2) for r, v in enumerate(sorted(gain, reverse=True)))
        slope, curve = [0.0] * len(scores), [0.0] * len(scores)
        for i in n:
            for j in n:
                if grades[i] > grades[j]:
                    w = abs((gain[i] - gain[j]) * (discount[i] - discount[j])) / ideal
                    p = sigmoid(scores[j] - scores[i])
                    slope[i] -= w * p
                    slope[j] += w * p
                    curve[i] += w * p * (1 - p)
                    curve[j] += w * p * (1 - p)
        slopes.append(slope)
        curves.append(curve)
        quality.append(sum(gain[i] * discount[i] for i in n) / ideal if ideal > 0 else 0.0)
        best.append(order)
    loss, gradient = softmax_gradient(s, y)
    same("softmax, value", loss, losses)
    same("softmax, gradient", gradient, gradients)
    ideal = ideal_dcg(y, 30)
    inverse = torch.where(ideal > 0, 1 / ideal, 0.0)
    slope, curve = lambda_gradient(s, y, torch.exp2(y) - 1, inverse)
    same("lambda, gradient", slope, slopes)
    same("lambda, hessian", curve, curves)
    # Nine items are fewer than ten: a tenth that is worse than all others and of no use.
    worst = torch.cat([s, torch.full((20, 1), -9.0).double()], dim=1)
    useless = torch.cat([y, torch.zeros((20, 1)).double()], dim=1)
    same("NDCG", ndcg_of(by_sort)(worst, useless, inverse), sum(quality) / len(quality))
    same("top", by_sort(worst)[:, :9], best)
    for columns in (worst, useless):  # equal ones in any order: the best ten scores are the same
        same("topk", columns.gather(1, by_topk(columns)), columns.gather(1, by_sort(columns)))
    for name in wrong:
        print(f"WRONG: {name}")
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", help="file for rankwise_gpu --torch")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--only", default="")
    parser.add_argument("--self-check", action="store_true")
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    args = parser.parse_args()
    if args.self_check:
        args.scale, args.device = 1e-4, "cpu"
        if not self_check():
            return 1
    if args.device == "cuda" and not torch.cuda.is_available():
        print("SKIPPED: PyTorch sees no device here")
        return 77

    device = torch.device(args.device)
    clock = Clock(device)
    what = torch.cuda.get_device_name() if device.type == "cuda" else "the host"
    lines = [f"torch {torch.__version__} on {what}"]
    print(lines[0])
    print(f"{'workload':44} {'eager ms':>12} {'compiled ms':>12}")
    rounds = 3 if args.self_check else 300
    for name, formula, make in workloads(args.scale, device):
        if args.only not in name:
            continue
        sets = [make() for _ in range(SETS)]
        formula, around = formula if isinstance(formula, tuple) else (formula, lambda f: f)
        formulas = formula if isinstance(formula, list) else [formula]
        eager = min(median_of(clock, around(f), sets, rounds) for f in formulas)
        compiled = eager
        if not args.eager:
            torch._dynamo.reset()
            compiled = min(median_of(clock, around(torch.compile(f)), sets, rounds) for f in formulas)
        print(f"{name:44} {eager:12.4f} {compiled:12.4f}", flush=True)
        lines.append(f"{name}\t{eager:.6f}\t{compiled:.6f}")
        del sets
        if clock.cuda:
            torch.cuda.empty_cache()
    if args.eager and args.out:
        print("--out needs torch.compile's times, too")
        return 2
    if args.out:
        with open(args.out, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
