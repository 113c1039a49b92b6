"""Trains CatBoost by objectives of a compiled library.

    python3 train.py libcatboost_objectives.so

Exits with 77 where Python has no CatBoost.
"""
import ctypes
import importlib.util
import sys

if any(importlib.util.find_spec(module) is None for module in ("catboost", "numpy")):
    print("SKIPPED: python3 has no catboost")
    raise SystemExit(77)

import catboost
import numpy

#{ objectives
library = ctypes.CDLL(sys.argv[1])
library.click.restype = library.relevance.restype = ctypes.c_bool


def numbers(column, type=None):  # an array, kept by its caller, and its address
    array = numpy.ascontiguousarray(column, type)
    return array, ctypes.c_void_p(array.ctypes.data)


class Click:
    def calc_ders_range(self, approxes, targets, weights):  # a block of items; no weights are None
        z, at_z = numbers(approxes, numpy.float64)
        y, at_y = numbers(targets, numpy.float32)
        w, at_w = (None, None) if weights is None else numbers(weights, numpy.float32)
        der, at_der = numbers(numpy.empty((2, len(z))))
        at_der2 = ctypes.c_void_p(at_der.value + 8 * len(z))
        if not library.click(at_z, at_y, at_w, ctypes.c_size_t(len(z)), at_der, at_der2):
            raise ValueError("a score, target or weight is NaN or infinite")
        return list(zip(der[0], der[1]))


class Relevance(catboost.MultiTargetCustomObjective):  # as many columns of targets as logits: the first has the grade
    def calc_ders_multi(self, approxes, targets, weight):  # one item
        z, at_z = numbers(approxes, numpy.float64)
        der1, at_der1 = numbers(numpy.empty(2))
        der2, at_der2 = numbers(numpy.empty((2, 2)))
        if not library.relevance(at_z, int(targets[0]), ctypes.c_double(weight), at_der1, at_der2):
            raise ValueError("a score or the weight is NaN or infinite")
        return der1, der2
#} objectives


def train(objective, metric, x, y, weights=None):
    model = catboost.CatBoost(dict(loss_function=objective, eval_metric=metric, iterations=10, learning_rate=0.3, depth=3,
                                   leaf_estimation_method="Newton", leaf_estimation_iterations=1, thread_count=1,
                                   boost_from_average=False, allow_writing_files=False, verbose=0))
    model.fit(catboost.Pool(x, y, weight=weights))
    return model.predict(x, prediction_type="RawFormulaVal")


random = numpy.random.default_rng(1)
x = random.normal(size=(600, 4))
signal = x[:, 0] + 0.5 * x[:, 1] + 0.5 * random.normal(size=600)
clicked = (signal > 0).astype(float)
for weights in (None, random.uniform(0.5, 2, size=600)):
    difference = abs(train(Click(), "Logloss", x, clicked, weights) - train("Logloss", "Logloss", x, clicked, weights))
    assert difference.max() < 1e-9, difference.max()
print("the trees of CatBoost's own Logloss, with and without weights")

grades = numpy.digitize(signal, [-0.5, 0.7])
z = train(Relevance(), "MultiRMSE", x, numpy.stack([grades, grades], axis=1).astype(float))
expected = (1 / (1 + numpy.exp(-z))).sum(axis=1)  # the sum of P(grade >= k)
correlation = numpy.corrcoef(expected, grades)[0, 1]
assert z.shape == (600, 2) and correlation > 0.8, correlation
assert abs(expected.mean() - grades.mean()) < 0.05, (expected.mean(), grades.mean())
for objective, call in ((Click().calc_ders_range, ([0.1, numpy.nan], [1, 0], None)),
                        (Relevance().calc_ders_multi, ([0.1, numpy.inf], [1, 1], 1.0))):
    try:
        objective(*call)
        raise SystemExit("a score that is no number went unnoticed")
    except ValueError as e:
        assert "NaN or infinite" in str(e), e
print("an ordinal head of two logits learns the grades")
