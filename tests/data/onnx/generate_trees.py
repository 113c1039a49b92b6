#!/usr/bin/env python3
"""Writes trees.inc: trees of scikit-learn, LightGBM and CatBoost as ONNX files of their own converters, and what
onnxruntime makes of a few rows. See README.md."""

import os
import sys
import tempfile
import warnings

import catboost
import lightgbm
import numpy as np
import onnx
import onnxmltools
import onnxruntime
import skl2onnx
import sklearn
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor

warnings.simplefilter("ignore")
rng = np.random.default_rng(8)
features = np.round(rng.normal(size=(200, 3)), 2).astype(np.float32)
target = features[:, 0] * 2 + np.sin(3 * features[:, 1])
both = np.stack([target, features[:, 2] ** 2], axis=1)
rows = features[:10].copy()
with_missing = features.copy()
with_missing[rng.random(features.shape) < 0.2] = np.nan
missing_rows = with_missing[:10]


def numbers(name, values):
    text = ", ".join("nan" if np.isnan(v) else repr(float(v)) for v in np.asarray(values).ravel())
    return f"std::vector<double> const {name}{{{text}}};\n"


out = {}
shape = [("x", skl2onnx.common.data_types.FloatTensorType([None, 3]))]
out["boosted"] = skl2onnx.to_onnx(GradientBoostingRegressor(n_estimators=4, max_depth=2, random_state=1).fit(
    features, target), initial_types=shape, target_opset=15), rows
out["random_forest"] = skl2onnx.to_onnx(RandomForestRegressor(n_estimators=3, max_depth=2, random_state=1).fit(
    features, both), initial_types=shape, target_opset=15), rows
model = lightgbm.train({"objective": "regression", "num_leaves": 4, "verbose": -1, "min_data_in_leaf": 5, "seed": 1,
                        "use_missing": True}, lightgbm.Dataset(with_missing, target), 4)
out["light"] = onnxmltools.convert_lightgbm(model, initial_types=[("x", FloatTensorType([None, 3]))],
                                            target_opset=15), missing_rows
model = catboost.CatBoostRegressor(iterations=2, depth=2, verbose=0, random_seed=1).fit(features, target)
with tempfile.TemporaryDirectory() as folder:  # CatBoost writes to files alone
    model.save_model(os.path.join(folder, "model.onnx"), format="onnx")
    out["cat"] = onnx.load(os.path.join(folder, "model.onnx")), rows

with open(sys.argv[1] if len(sys.argv) > 1 else "trees.inc", "w") as file:
    file.write(f"// Written by generate_trees.py with scikit-learn {sklearn.__version__}, skl2onnx {skl2onnx.__version__}, "
               f"lightgbm {lightgbm.__version__},\n// onnxmltools {onnxmltools.__version__}, catboost "
               f"{catboost.__version__}, onnxruntime {onnxruntime.__version__}.\n")
    file.write(numbers("rows", rows) + numbers("missing_rows", missing_rows))
    for name, (made, x) in out.items():
        session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
        said = session.run(None, {session.get_inputs()[0].name: x})[0]
        text = made.SerializeToString().hex()
        file.write(f"\nstd::string const {name} = from_hex(\n")
        file.write("\n".join(f'    "{text[k:k + 112]}"' for k in range(0, len(text), 112)) + ");\n")
        file.write(numbers(f"{name}_says", said))
