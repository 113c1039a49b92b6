"""Evaluates batches of pyarrow's in pieces, as workers would, and merges what they send.

    python3 worker.py libarrow_worker.so
"""
import ctypes
import functools
import sys

import pyarrow as pa


#{ load
class Worker:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.lib.worker_message.restype = ctypes.c_char_p
        self.lib.worker_free.argtypes = [ctypes.c_void_p]

    def call(self, function, *arguments):
        out = (ctypes.c_size_t * 2)()  # the library's buffer: an address and a size
        if function(*arguments, out) != 0:
            raise ValueError(self.lib.worker_message().decode())
        taken = ctypes.string_at(out[0], out[1])
        self.lib.worker_free(out[0])
        return taken

    def evaluate(self, batch):  # a pyarrow.RecordBatch to bytes
        schema, array = (ctypes.create_string_buffer(256) for _ in range(2))  # room for the two structures
        batch._export_to_c(ctypes.addressof(array), ctypes.addressof(schema))
        return self.call(self.lib.worker_evaluate, schema, array)

    def buffer(self, state):  # where the bytes are; they must outlive the call
        return (ctypes.c_size_t * 2)(ctypes.cast(state, ctypes.c_void_p).value, len(state))

    def merge(self, a, b):
        return self.call(self.lib.worker_merge, self.buffer(a), self.buffer(b))

    def report(self, state):
        return self.call(self.lib.worker_report, self.buffer(state)).decode()
#} load


#{ spark
def evaluate_in_spark(frame, path):
    """frame: products array<struct<score: float, grade: ...>>, weight double; a row is a query."""
    def states(batches):
        worker = Worker(path)
        for batch in batches:
            yield pa.RecordBatch.from_pydict({"state": [worker.evaluate(batch)]})

    worker = Worker(path)
    rows = frame.mapInArrow(states, "state binary").collect()
    return worker.report(functools.reduce(worker.merge, (bytes(row.state) for row in rows)))
#} spark


#{ ray
def evaluate_in_ray(dataset, path):
    """dataset: a ray.data.Dataset of the same columns."""
    def states(table):
        worker = Worker(path)
        return pa.table({"state": pa.array([worker.evaluate(batch) for batch in table.to_batches()], pa.binary())})

    worker = Worker(path)
    rows = dataset.map_batches(states, batch_format="pyarrow").iter_rows()
    return worker.report(functools.reduce(worker.merge, (row["state"] for row in rows)))
#} ray


def table(queries):
    products, weights = [], []
    for q in range(queries):
        products.append([{"score": (i * 7919 + q) % 101 / 101, "grade": None if (i + q) % 11 == 0 else (i * q) % 4}
                         for i in range(q % 23)])
        weights.append(1 + q % 3 / 7)
    item = pa.struct([("score", pa.float32()), ("grade", pa.int16())])
    return pa.table({"products": pa.array(products, pa.large_list(item) if queries % 2 else pa.list_(item)),
                     "weight": pa.array(weights, pa.float64())})


def main():
    worker = Worker(sys.argv[1])
    data = table(500)
    whole = worker.evaluate(data.combine_chunks().to_batches()[0])
    for size in (7, 100, 499):  # slices of the table: offsets that do not begin at 0
        states = [worker.evaluate(b) for b in data.to_batches(max_chunksize=size)]
        merged = states.pop()
        while states:
            merged = worker.merge(merged, states.pop())
        assert worker.report(merged) == worker.report(whole), "pieces differ from the whole"
    print(worker.report(whole), end="")
    try:
        worker.evaluate(data.drop(["weight"]).to_batches()[0])
        raise SystemExit("a missing column went unnoticed")
    except ValueError as e:
        print(e)
    assert worker.report(worker.evaluate(table(501).to_batches()[0]))  # large_list
    assert pa.total_allocated_bytes() > 0
    del data
    for _ in range(3):
        worker.evaluate(table(50).to_batches()[0])
    assert pa.total_allocated_bytes() == 0, "a batch was not released"


if __name__ == "__main__":
    main()
