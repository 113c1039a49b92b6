"""LETOR text with 136 features: bench_io against the readers of LightGBM and XGBoost, on one thread, interleaved.

  python3 -m venv venv && venv/bin/pip install lightgbm xgboost scipy
  venv/bin/python bench/readers.py build/bench/bench/bench_io [rows] [rounds]

XGBoost's reader is DMatrix(uri), which makes a sparse matrix of the text as ours does. LightGBM has no call that only
reads: here it predicts from the file with a model of a single leaf, so that what it does beside parsing is next to
nothing, and its text has no qid, which it does not read. Every reader runs in a process of its own and reads the file
twice; times are processor time of the calls. The first reading also pays for memory that the system has to find and
clear, in a virtual machine as much as reading costs; the second shows the readers.
"""

import os
import statistics
import subprocess
import sys
import tempfile

readers = {
    "XGBoost": """
import sys, time, xgboost
xgboost.config_context(verbosity=0).__enter__()
for reading in range(2):
    data = None
    begin = time.process_time()
    data = xgboost.DMatrix(sys.argv[1] + "?format=libsvm", nthread=1)
    print((time.process_time() - begin) * 1e3, data.num_row())
""",
    "LightGBM": """
import sys, time, lightgbm, numpy
x = numpy.random.default_rng(1).random((200, 137))
model = lightgbm.train({"verbosity": -1, "num_threads": 1, "num_leaves": 2, "min_data_in_leaf": 150}, lightgbm.Dataset(x, label=x[:, 0]), 1)
for reading in range(2):
    begin = time.process_time()
    values = model.predict(sys.argv[1], num_threads=1)
    print((time.process_time() - begin) * 1e3, len(values))
""",
}

program = sys.argv[1]
rows = sys.argv[2] if len(sys.argv) > 2 else "60000"
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
environment = dict(os.environ, OMP_NUM_THREADS="1")
with tempfile.TemporaryDirectory() as folder:
    file = os.path.join(folder, "features.letor")
    subprocess.run([program, "--features", file, rows], check=True)
    size = os.path.getsize(file)
    plain = os.path.join(folder, "features.svm")
    with open(file) as source, open(plain, "w") as target:
        for line in source:
            label, _, values = line.split(" ", 2)
            target.write(label + " " + values)
    sizes = {"rankwise": size, "XGBoost": size, "LightGBM": os.path.getsize(plain)}
    commands = {"rankwise": [program, "--read", file]}
    for name, code in readers.items():
        commands[name] = [sys.executable, "-c", code, plain if name == "LightGBM" else file]
    times = {name: ([], []) for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            out = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
            for reading, line in enumerate(out.splitlines()[-2:]):
                times[name][reading].append(float(line.split()[0]))
    print("LETOR text, 136 features, %.0f MB, medians of %d interleaved rounds" % (size / 1e6, rounds))
    for reading, what in enumerate(("first", "second")):
        rate = {name: sizes[name] / statistics.median(t[reading]) / 1e3 for name, t in times.items()}
        for name in times:
            print("  %-6s reading %-10s %7.0f MB/s  %6.2fx" % (what, name, rate[name], rate["rankwise"] / rate[name]))
