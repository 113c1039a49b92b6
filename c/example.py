"""A gradient and a metric from Python, with nothing but ctypes: python3 example.py librankwise_c.so"""
import array
import ctypes
import sys


#{ load
class Column(ctypes.Structure):  # rankwise_column and rankwise_output
    _fields_ = [("data", ctypes.c_void_p), ("count", ctypes.c_size_t), ("stride", ctypes.c_ssize_t),
                ("type", ctypes.c_int32)]
    TYPES = {"f": 0, "d": 1, "b": 2, "h": 3, "i": 4, "q": 5, "B": 6, "H": 7, "I": 8, "Q": 9}

    @classmethod
    def of(cls, numbers):  # an array.array; of numpy: a.ctypes.data, a.size, 1, TYPES[a.dtype.char]
        address, count = numbers.buffer_info()
        return cls(address, count, 1, cls.TYPES[numbers.typecode])


class Problem(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("scores", Column), ("labels", Column),
                ("offsets", ctypes.c_void_p), ("lists", ctypes.c_size_t), ("item_weights", Column),
                ("list_weights", Column), ("mask", Column), ("per_list", ctypes.c_void_p)]


class Rankwise:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.lib.rankwise_last_error.restype = ctypes.c_char_p
        assert self.lib.rankwise_c_version() == 1

    def check(self, code):
        if code != 0:
            raise ValueError(self.lib.rankwise_last_error().decode())

    def make(self, kind, name):
        handle = ctypes.c_void_p()
        self.check(getattr(self.lib, f"rankwise_{kind}_make")(name.encode(), ctypes.byref(handle)))
        return handle

    def problem(self, scores, labels, offsets):
        p = Problem(size=ctypes.sizeof(Problem), scores=Column.of(scores), labels=Column.of(labels),
                    offsets=offsets.buffer_info()[0], lists=len(offsets) - 1)
        p.kept = scores, labels, offsets  # the structure has addresses alone
        return p

    def gradient(self, loss, problem):
        value = ctypes.c_double()
        gradient = array.array("d", bytes(8 * problem.scores.count))
        self.check(self.lib.rankwise_loss_gradient(loss, ctypes.byref(problem), ctypes.byref(Column.of(gradient)), None,
                                                   ctypes.byref(value)))
        return value.value, gradient

    def metric(self, metric, problem):
        value = ctypes.c_double()
        self.check(self.lib.rankwise_metric_value(metric, ctypes.byref(problem), ctypes.byref(value)))
        return value.value
#} load


def main():
    rw = Rankwise(sys.argv[1])
    #{ use
    problem = rw.problem(array.array("d", [0.2, 0.9, 0.1, 0.7, 0.3]), array.array("i", [2, 0, 1, 0, 1]),
                         array.array("q", [0, 3, 5]))
    loss = rw.make("loss", "lambda<ndcg<10>>")
    value, gradient = rw.gradient(loss, problem)
    ndcg = rw.metric(rw.make("metric", "ndcg<10>"), problem)
    #} use
    print(f"loss {value:.4f}, NDCG@10 {ndcg:.4f}, gradient", *(f"{g:.3f}" for g in gradient))
    assert abs(sum(gradient)) < 1e-12 and gradient[0] < 0 < gradient[1] and 0 < ndcg < 1

    # Against the definitions, written down in Python.
    import math
    def dcg(grades):
        return sum((2 ** g - 1) / math.log2(r + 2) for r, g in enumerate(grades))
    expected = (dcg([0, 2, 1]) / dcg([2, 1, 0]) + dcg([0, 1]) / dcg([1, 0])) / 2
    assert abs(ndcg - expected) < 1e-14, (ndcg, expected)
    value, gradient = rw.gradient(rw.make("loss", "softmax"), problem)
    scores, labels = [0.2, 0.9, 0.1, 0.7, 0.3], [2, 0, 1, 0, 1]
    def softmax_loss(s):
        total = 0
        for a, b in ((0, 3), (3, 5)):
            log_sum = math.log(sum(math.exp(x) for x in s[a:b]))
            total += sum(y * (log_sum - x) for x, y in zip(s[a:b], labels[a:b]))
        return total
    assert abs(value - softmax_loss(scores)) < 1e-12
    for i in range(5):
        moved = [s + (1e-6 if k == i else 0) for k, s in enumerate(scores)]
        back = [s - (1e-6 if k == i else 0) for k, s in enumerate(scores)]
        assert abs(gradient[i] - (softmax_loss(moved) - softmax_loss(back)) / 2e-6) < 1e-8
    try:
        rw.make("loss", "lambda<ndcg<7>>")
        raise SystemExit("an unknown name went unnoticed")
    except ValueError as e:
        print(e)


if __name__ == "__main__":
    main()
