"""Writes lists.tsv and values.tsv: what ranking libraries say of the same random lists, list by list.

  python3 -m venv venv
  venv/bin/pip install scikit-learn xgboost lightgbm catboost ranx rax torch torchmetrics tensorflow tf-keras
  venv/bin/pip install --no-deps tensorflow-ranking
  venv/bin/python generate.py

A library that is not installed is left out, with its name on standard error. Scores are multiples of 1/8, so that
every library reads the same number; every third list has many equal scores, every fifth no relevant item. The last
four are longer than the cutoff that XGBoost has where none is named.
"""

import importlib.metadata
import importlib.util
import os
import random
import sys
import types
import warnings

warnings.filterwarnings("ignore")
os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
draw = random.Random(20240607)
lists = []
for l in range(64):
    n = draw.randint(1, 14) if l < 60 else 40
    spread = 1 if l % 3 == 0 else 40
    scores = [draw.randint(-spread, spread) / 8 for _ in range(n)]
    labels = [0 if l % 5 == 4 else max(0, draw.randint(-2, 3)) for _ in range(n)]
    lists.append((scores, labels))
cutoffs = {"": None, "@1": 1, "@3": 3, "@10": 10}
rows = []
versions = {}


def row(library, metric, values, ties=True):
    """`ties` is False where the library leaves the order of equal scores to an unstable sort or to chance, or the number
    of items up to which its sort is stable."""
    settled = [ties is True or len(s) <= int(ties) or len(set(s)) == len(s) for s, _ in lists]
    rows.append([library, metric] + ["%.10g" % (float(v) if there else float("nan")) for v, there in zip(values, settled)])


def library(name, package):
    try:
        versions[name] = importlib.metadata.version(package)
        return True
    except importlib.metadata.PackageNotFoundError:
        print(name, "is not installed", file=sys.stderr)
        return False


def binary(labels):
    return [1 if y > 0 else 0 for y in labels]


def padded():
    longest = max(len(s) for s, _ in lists)
    scores = np.zeros((len(lists), longest))
    labels = np.zeros((len(lists), longest))
    there = np.zeros((len(lists), longest), dtype=bool)
    for l, (s, y) in enumerate(lists):
        scores[l, : len(s)] = s
        labels[l, : len(y)] = y
        there[l, : len(s)] = True
    return scores, labels, there


if library("sklearn", "scikit-learn"):
    from sklearn.metrics import dcg_score, ndcg_score, roc_auc_score

    for at, k in cutoffs.items():
        for metric, f, ignore in (
            ("ndcg", ndcg_score, False),
            ("dcg", dcg_score, False),
            ("ndcg_ignoring_ties", ndcg_score, True),
        ):
            values = [f([y], [s], k=k, ignore_ties=ignore) if len(s) > 1 else "nan" for s, y in lists]
            row("sklearn", metric + at, values, ties=not ignore)
    row("sklearn", "roc_auc", [roc_auc_score(binary(y), s) if 0 < sum(binary(y)) < len(y) else "nan" for s, y in lists])

if library("xgboost", "xgboost"):
    import xgboost

    def xgboost_value(metric, s, y):
        data = xgboost.DMatrix(np.zeros((len(s), 1)), label=y, base_margin=s)
        data.set_group([len(s)])
        booster = xgboost.Booster({"objective": "reg:squarederror", "eval_metric": metric, "base_score": 0}, [data])
        return booster.eval(data).rsplit(":", 1)[1]

    for at in cutoffs:
        for name, metric in (("ndcg", "ndcg" + at), ("ndcg_minus", "ndcg" + at + "-")):
            row("xgboost", name + at, [xgboost_value(metric, s, y) for s, y in lists])
        for name, metric in (("map", "map" + at), ("map_minus", "map" + at + "-")) + ((("pre", "pre" + at),) if at else ()):
            row("xgboost", name + at, [xgboost_value(metric, s, binary(y)) for s, y in lists])

if library("lightgbm", "lightgbm"):
    import lightgbm

    def lightgbm_value(metric, k, s, y):
        parameters = {
            "objective": "lambdarank",
            "metric": metric,
            "eval_at": [k],
            "verbosity": -1,
            "min_data_in_leaf": 1,
            "min_data_in_bin": 1,
            "feature_pre_filter": False,
        }
        # A second list, only so that there is enough to train on; the first one is evaluated.
        more = len(s) + 30
        train = lightgbm.Dataset(
            np.arange(more).reshape(-1, 1), label=y + [1, 0] * 15, group=[len(s), 30], init_score=s + [0] * 30, params=parameters
        )
        valid = lightgbm.Dataset(
            np.arange(len(s)).reshape(-1, 1), label=y, group=[len(s)], init_score=s, reference=train, params=parameters
        )
        booster = lightgbm.Booster(parameters, train)
        booster.add_valid(valid, "valid")
        return booster.eval_valid()[0][2]

    for at, k in cutoffs.items():
        row("lightgbm", "ndcg" + at, [lightgbm_value("ndcg", k or 10**6, s, y) for s, y in lists])
        row("lightgbm", "map" + at, [lightgbm_value("map", k or 10**6, s, binary(y)) for s, y in lists])

if library("catboost", "catboost"):
    from catboost.utils import eval_metric

    def catboost_value(metric, s, y):
        return eval_metric(y, s, metric, group_id=[0] * len(s))[0]

    for at, k in cutoffs.items():
        top = "" if k is None else "top=%d;" % k
        for name, metric in (
            ("ndcg", "NDCG:%stype=Base" % top),
            ("ndcg_exp", "NDCG:%stype=Exp" % top),
            ("dcg", "DCG:%stype=Base" % top),
        ):
            row("catboost", name + at, [catboost_value(metric, s, y) for s, y in lists])
        stops = lambda y: [x / 4 for x in y]
        row("catboost", "err" + at, [catboost_value(("ERR:" + top).strip(";:"), s, stops(y)) for s, y in lists])
        for name, metric in (("mrr", "MRR"), ("map", "MAP"), ("precision", "PrecisionAt"), ("recall", "RecallAt")):
            row("catboost", name + at, [catboost_value((metric + ":" + top).strip(";:"), s, binary(y)) for s, y in lists])

if library("rax", "rax"):
    import jax

    jax.config.update("jax_enable_x64", True)
    import rax

    s, y, there = padded()
    for at, k in cutoffs.items():
        for name in ("ndcg", "dcg", "ap", "mrr", "precision", "recall"):
            f = getattr(rax, name + "_metric")
            row("rax", name + at, f(s, y, where=there, topn=k, reduce_fn=None))

if library("tf_ranking", "tensorflow-ranking"):
    # The package imports tensorflow.estimator, which new versions of TensorFlow lack; its metrics do not need it.
    import tensorflow

    root = os.path.join(str(importlib.metadata.distribution("tensorflow-ranking").locate_file("")), "tensorflow_ranking")
    for name, path in (("tensorflow_ranking", root), ("tensorflow_ranking.python", os.path.join(root, "python"))):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [path]
    from tensorflow_ranking.python import metrics_impl as m

    s, y, there = padded()
    s = tensorflow.constant(s, tensorflow.float32)
    y = tensorflow.constant(np.where(there, y, -1), tensorflow.float32)
    for at, k in cutoffs.items():
        for name, metric in (
            ("ndcg", m.NDCGMetric("", k)),
            ("dcg", m.DCGMetric("", k)),
            ("map", m.MeanAveragePrecisionMetric("", k)),
            ("mrr", m.MRRMetric("", k)),
            ("precision", m.PrecisionMetric("", k)),
            ("recall", m.RecallMetric("", k)),
            ("hits", m.HitsMetric("", k)),
        ):
            row("tf_ranking", name + at, metric.compute(y, s, None)[0].numpy().ravel(), ties=False)
    row("tf_ranking", "arp", m.ARPMetric("").compute(y, s, None)[0].numpy().ravel(), ties=False)
    row("tf_ranking", "opa", m.OPAMetric("").compute(y, s, None)[0].numpy().ravel())

if library("ranx", "ranx"):
    from ranx import Qrels, Run, evaluate

    # A library of whole runs: judgments leave out label 0, a list without a relevant item has one nobody retrieved.
    for at in cutoffs:
        for name in (
            ("ndcg", "ndcg_burges", "map", "mrr", "precision", "recall", "hit_rate", "dcg", "dcg_burges")
            + (() if at else ("r-precision", "bpref", "rbp.80"))
        ):
            values = []
            for s, y in lists:
                qrels = {"q": {str(i): int(x) for i, x in enumerate(y) if x > 0 or name == "bpref"}}
                if not any(y):
                    values.append("nan")
                    continue
                run = {"q": {str(i): x for i, x in enumerate(s)}}
                values.append(evaluate(Qrels(qrels), Run(run), name + at))
            row("ranx", name.replace("-", "_").replace(".80", "") + at, values, ties=15)

if library("torchmetrics", "torchmetrics"):
    import torch
    from torchmetrics.functional import retrieval

    # It takes an item with a score of 0 or less for one that was not retrieved.
    t = torch.tensor
    positive = [([x + 6 for x in s], y) for s, y in lists]
    for at, k in cutoffs.items():
        row("torchmetrics", "ndcg" + at, [retrieval.retrieval_normalized_dcg(t(s), t(y), k) for s, y in positive])
        for name, f in (
            ("map", retrieval.retrieval_average_precision),
            ("mrr", retrieval.retrieval_reciprocal_rank),
            ("precision", retrieval.retrieval_precision),
            ("recall", retrieval.retrieval_recall),
            ("hit_rate", retrieval.retrieval_hit_rate),
        ):
            row("torchmetrics", name + at, [f(t(s), t(binary(y)), k) for s, y in positive], ties=False)
    row("torchmetrics", "r_precision", [retrieval.retrieval_r_precision(t(s), t(binary(y))) for s, y in positive], ties=False)

with open(os.path.join(here, "lists.tsv"), "w") as f:
    f.write("# list, score, label\n")
    for l, (s, y) in enumerate(lists):
        for score, label in zip(s, y):
            f.write("%d\t%r\t%d\n" % (l, score, label))
with open(os.path.join(here, "values.tsv"), "w") as f:
    f.write("# %s\n" % ", ".join("%s %s" % v for v in versions.items()))
    for r in rows:
        f.write("\t".join(r) + "\n")
