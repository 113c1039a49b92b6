"""Evaluates inside Spark or Ray on this machine, and compares with one process.

    python3 engines.py spark|ray libarrow_worker.so

Exits with 77 where Python has no such engine. Installs nothing.
"""
import importlib.util
import os
import shutil
import sys


def skip(why):
    print("SKIPPED:", why)
    raise SystemExit(77)


engine, path = sys.argv[1], os.path.abspath(sys.argv[2])
for module in ("pyarrow", "pandas", {"spark": "pyspark", "ray": "ray"}[engine]):
    if importlib.util.find_spec(module) is None:
        skip("python3 has no " + module)
if engine == "spark" and not (os.environ.get("JAVA_HOME") or shutil.which("java")):
    skip("Spark needs Java")

import pyarrow as pa
import pyarrow.compute

import worker

data = worker.table(500)
some = data.filter(pa.compute.greater(data["weight"], 1.2))


def in_one_process(table):
    here = worker.Worker(path)
    return here.report(here.evaluate(table.combine_chunks().to_batches()[0]))


def compare(what, found, table=data):
    expected = in_one_process(table)
    if found != expected:
        raise SystemExit(f"{engine}, {what}: {found!r}, in one process {expected!r}")
    print(f"{engine}, {what}: the digits of one process")


def refuses(what, run):
    try:
        run()
    except Exception as e:
        assert what in str(e), e
        print(f"{engine}, its error has: {what}")
        return
    raise SystemExit(f"{engine}: nothing was said of: {what}")


def spark():
    os.environ["PYSPARK_PYTHON"] = sys.executable  # that of the workers
    import pyspark
    from pyspark import cloudpickle
    from pyspark.sql import SparkSession

    session = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
               .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate())
    session.sparkContext.setLogLevel("OFF")
    print("Spark", pyspark.__version__, "pyarrow", pa.__version__)
    columns = "products array<struct<score: float, grade: short>>, weight double"
    frame = session.createDataFrame(data.to_pylist(), columns)
    cloudpickle.register_pickle_by_value(worker)  # as if its functions stood in this script
    for partitions in (1, 3, 8):
        compare(f"{partitions} partitions", worker.evaluate_in_spark(frame.repartition(partitions), path))
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 17)
    compare("17 rows a batch", worker.evaluate_in_spark(frame.repartition(3), path))
    filtered = frame.repartitionByRange(9, "weight").where("weight > 1.2")
    compare("partitions without rows", worker.evaluate_in_spark(filtered, path), some)
    refuses("column weight: there is no such column", lambda: worker.evaluate_in_spark(frame.drop("weight"), path))
    cloudpickle.unregister_pickle_by_value(worker)
    session.sparkContext.addPyFile(worker.__file__)
    compare("worker.py added as a file", worker.evaluate_in_spark(frame, path))
    session.stop()


def ray():
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray
    from ray import cloudpickle

    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=100 << 20, logging_level="ERROR",
             runtime_env={"py_modules": [worker.__file__]})
    print("Ray", ray.__version__, "pyarrow", pa.__version__)
    whole = ray.data.from_arrow(data)
    cloudpickle.register_pickle_by_value(worker)
    for blocks in (1, 3, 8):
        compare(f"{blocks} blocks", worker.evaluate_in_ray(whole.repartition(blocks), path))
    pieces = [data.slice(at, 100) for at in range(0, 500, 100)]
    slices = ray.data.from_arrow(pieces)
    compare("blocks that are slices", worker.evaluate_in_ray(slices, path))
    compare("a block of several chunks", worker.evaluate_in_ray(ray.data.from_arrow(pa.concat_tables(pieces)), path))
    filtered = slices.filter(expr=ray.data.expressions.col("weight") > 1.2)
    compare("filtered", worker.evaluate_in_ray(filtered, path), some)
    empty = ray.data.from_arrow([data.slice(0, 0), some, data.slice(0, 0)])
    compare("blocks without rows", worker.evaluate_in_ray(empty, path), some)
    refuses("column weight: there is no such column",
            lambda: worker.evaluate_in_ray(ray.data.from_arrow(data.drop(["weight"])), path))
    cloudpickle.unregister_pickle_by_value(worker)
    compare("worker.py as a module of the job", worker.evaluate_in_ray(whole, path))
    ray.shutdown()


{"spark": spark, "ray": ray}[engine]()
