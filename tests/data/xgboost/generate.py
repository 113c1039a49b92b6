#!/usr/bin/env python3
"""Writes a small model of XGBoost's as JSON for every objective asked for, and its margins for a few rows, to the
standard output. Run once for each version of XGBoost; see README.md."""

import sys

import numpy as np
import xgboost

rng = np.random.default_rng(5)
features = np.round(rng.normal(size=(120, 3)), 2).astype(np.float32)
features[rng.random(features.shape) < 0.15] = np.nan
known = np.nan_to_num(features)
grades = (known[:, 0] * 2 + known[:, 1] > 0).astype(int) + (known[:, 2] > 0.4)
rows = features[:8].copy()
rows[6] = np.nan
rows[7] = [1e30, -1e30, 0]

print(f"// xgboost {xgboost.__version__}")


def numbers(name, values):
    text = ", ".join("nan" if np.isnan(v) else repr(float(v)) for v in np.asarray(values).ravel())
    print(f"std::vector<double> const {name}{{{text}}};")  # doubles that are floats


numbers("rows", rows)
for name, objective, more in [("logistic", "binary:logistic", {"base_score": 0.3}),
                              ("softprob", "multi:softprob", {"num_class": 3, "max_depth": 1}),
                              ("dart", "count:poisson", {"booster": "dart", "rate_drop": 0.6, "base_score": 0.8}),
                              ("linear", "reg:squarederror", {"booster": "gblinear"})]:
    if len(sys.argv) > 1 and name not in sys.argv[1:]:
        continue
    data = xgboost.DMatrix(features, grades if "softprob" in objective else np.minimum(grades, 1))
    options = {"objective": objective, "max_depth": 2, "eta": 0.5, "seed": 1, **more}
    booster = xgboost.train(options, data, 1 if name == "linear" else 3)
    text = bytes(booster.save_raw("json")).decode()
    print(f"std::string const {name} = R\"json({text})json\";")
    margins = booster.predict(xgboost.DMatrix(rows), output_margin=True).ravel()
    numbers(f"{name}_says", margins)
