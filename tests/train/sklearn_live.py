"""What scikit-learn says, for sklearn_live_test.cpp to compare with: `sklearn_live.py SUBJECT`.

Every line is a name, a tab and its value: texts as they are, numbers with all their bits.
"""
import sys
import warnings

import numpy as np
import scipy.stats
import sklearn.metrics as metrics
import sklearn.model_selection as ms
import sklearn.preprocessing as pre
from sklearn.base import BaseEstimator

warnings.simplefilter("ignore")


def show(name, *values):
    texts = [float(v).hex() if isinstance(v, (float, np.floating)) else str(v) for v in values]
    print(name, " ".join(texts), sep="\t")


class Lcg:
    """The same numbers as in the test."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (1103515245 * self.state + 12345) % 2**31
        return self.state / 2**31

    def matrix(self, rows, columns):
        return np.array([[self.uniform() for _ in range(columns)] for _ in range(rows)])

    def whole(self, rows, n):
        return np.array([int(self.uniform() * n) for _ in range(rows)])


def splits():
    for n in (7, 10, 23, 100):
        y = np.array([(i + i // 4) % 3 for i in range(n)])
        for k in (2, 3, 5) if n > 10 else (2, 3):
            for seed in (None, 0, 1, 42, 4294967295):
                for name in ("KFold", "StratifiedKFold"):
                    options = {} if seed is None else {"shuffle": True, "random_state": seed}
                    for train, test in getattr(ms, name)(k, **options).split(y, y):
                        show(f"{name} {n} {k} {seed}", *train, "|", *test)
                for name in ("ShuffleSplit", "StratifiedShuffleSplit"):
                    if seed is not None:
                        for train, test in getattr(ms, name)(k, test_size=0.5, random_state=seed).split(y, y):
                            show(f"{name} {n} {k} {seed}", *train, "|", *test)


def transforms():
    x = Lcg(5).matrix(20, 4) * 10 - 3
    x[:, 2] = 1.25
    x[3, 1] = np.nan
    for name, scaler in (("MinMaxScaler", pre.MinMaxScaler((-1, 2))), ("StandardScaler", pre.StandardScaler())):
        y = scaler.fit(x[:12]).transform(x)
        show(name, *y.ravel())
        show(name + " inverse", *scaler.inverse_transform(y).ravel())
    c = np.array(Lcg(6).whole(30, 5)).reshape(10, 3)
    show("OneHotEncoder", *pre.OneHotEncoder().fit_transform(c).toarray().ravel().astype(int))
    words = [["pear", "apple", "Zebra", "fig"][i] for i in Lcg(7).whole(12, 4)]
    show("LabelEncoder", *pre.LabelEncoder().fit_transform(words))
    show("LabelBinarizer", *pre.LabelBinarizer().fit_transform(words).ravel())


def grid():
    big = {"units": [8, 16, 32], "Lr": [0.1, 1e-5], "act": ["relu", "tanh"], "bias": [True, False]}
    two = [{"b": [1, 2], "a": [0.5]}, {}, {"c": [None, [64, 32]]}]
    for name, g in (("big", big), ("two", two)):
        for p in ms.ParameterGrid(g):
            show(name, dict(sorted(p.items())))
    for seed in range(6):
        for n in (1, 5, 12, 23, 24):
            for p in ms.ParameterSampler(big, n, random_state=seed):
                show(f"lists {seed} {n}", dict(sorted(p.items())))
        many = {"i": list(range(50)), "j": list(range(50))}
        for n in (3, 2490):
            for p in list(ms.ParameterSampler(many, n, random_state=seed))[-5:]:
                show(f"many {seed} {n}", dict(sorted(p.items())))
        mixed = [{"lr": scipy.stats.loguniform(1e-4, 1e-1), "n": scipy.stats.randint(3, 1000), "act": ["a", "b", "c"]},
                 {"drop": scipy.stats.uniform(0.25, 0.5)}]
        for p in ms.ParameterSampler(mixed, 8, random_state=seed):
            for name, value in sorted(p.items()):
                show(f"mixed {seed}", name, value)


def score_of(a, b, first):
    """Ties on purpose, and failures."""
    k = (a * 7 + b * 13 + first * 5) % 11
    if (a + 2 * b + first) % 19 == 0:
        return float("nan")
    return k / 10


class Fake(BaseEstimator):
    def __init__(self, a=0, b=0):
        self.a, self.b = a, b

    def fit(self, x, y):
        return self

    def score_of(self, x):
        return score_of(self.a, self.b, int(x[0, 0]))


def search():
    x = np.arange(60.0).reshape(60, 1)
    y = np.array([i % 3 for i in range(60)], dtype=float)
    one = lambda e, x, y: e.score_of(x)
    other = lambda e, x, y: -2.5 * e.score_of(x) + 0.1 * x[0, 0]
    for cv in (3, 5, 10):
        for scoring in ("one", "both"):
            s = ms.GridSearchCV(Fake(), {"a": list(range(6)), "b": list(range(5))}, cv=cv, error_score=np.nan,
                                scoring=one if scoring == "one" else {"first": one, "second": other},
                                refit="second" if scoring == "both" else True, return_train_score=cv != 3)
            s.fit(x, y)
            name = f"{cv} {scoring}"
            show(name + " names", *s.cv_results_)
            for key, column in s.cv_results_.items():
                if key.endswith("_time"):
                    continue
                show(f"{name} {key}", *(column if key != "params" else [str(p).replace(" ", "") for p in column]))
            show(name + " best", s.best_index_, float(s.best_score_), str(s.best_params_).replace(" ", ""))


def scorers():
    random = Lcg(11)
    for case in range(4):
        n = 40
        for k in (2, 3, 5):
            scores = random.matrix(n, k)
            p = scores / scores.sum(axis=1, keepdims=True)
            if case == 3:  # all right, or nearly
                y = p.argmax(axis=1)
                y[0] = (y[0] + 1) % k
            else:
                y = random.whole(n, k)
            guess = p.argmax(axis=1)
            name = f"{case} {k}"
            show(name + " accuracy", metrics.accuracy_score(y, guess))
            show(name + " balanced_accuracy", metrics.balanced_accuracy_score(y, guess))
            show(name + " matthews_corrcoef", metrics.matthews_corrcoef(y, guess))
            for f in ("precision", "recall", "f1", "jaccard"):
                for average in ("binary", "micro", "macro", "weighted"):
                    if average != "binary" or k == 2:
                        suffix = "" if average == "binary" else "_" + average
                        show(f"{name} {f}{suffix}", getattr(metrics, f + "_score")(y, guess, average=average))
            show(name + " neg_log_loss", -metrics.log_loss(y, p, labels=range(k)))
            if k > 2:
                show(name + " top_k_accuracy", metrics.top_k_accuracy_score(y, p, k=2, labels=range(k)))
                for kind in ("ovr", "ovo"):
                    show(f"{name} roc_auc_{kind}", metrics.roc_auc_score(y, p, multi_class=kind))
                    show(f"{name} roc_auc_{kind}_weighted",
                         metrics.roc_auc_score(y, p, multi_class=kind, average="weighted"))
            else:
                coarse = np.floor(p[:, 1] * 8 + 0.5) / 8
                show(name + " roc_auc", metrics.roc_auc_score(y, coarse))
                show(name + " average_precision", metrics.average_precision_score(y, coarse))
                show(name + " neg_brier_score", -metrics.brier_score_loss(y, coarse))
    for case, outputs in enumerate((1, 1, 3)):
        y, p = random.matrix(25, outputs) * 4, random.matrix(25, outputs) * 4
        if case == 1:
            y[:] = 2.0
        name = f"{case} values"
        show(name + " neg_mean_squared_error", -metrics.mean_squared_error(y, p))
        show(name + " neg_root_mean_squared_error", -metrics.mean_squared_error(y, p, squared=False))
        show(name + " neg_mean_absolute_error", -metrics.mean_absolute_error(y, p))
        show(name + " neg_median_absolute_error", -metrics.median_absolute_error(y, p))
        show(name + " neg_mean_squared_log_error", -metrics.mean_squared_log_error(y, p))
        show(name + " neg_mean_absolute_percentage_error", -metrics.mean_absolute_percentage_error(y, p))
        show(name + " r2", metrics.r2_score(y, p))
        show(name + " explained_variance", metrics.explained_variance_score(y, p))
        if outputs == 1:
            show(name + " max_error", -metrics.max_error(y, p))
    known = set(metrics.get_scorer_names())
    show("names", *sorted(known))


class Seen(BaseEstimator):
    """Scores by what it was trained on."""

    def __init__(self, shift=0):
        self.shift = shift

    def fit(self, x, y):
        self.sum = float((x[:, 0] * np.arange(1, len(x) + 1)).sum())
        return self

    def score(self, x, y):
        return self.sum + self.shift + float(x[0, 0]) / 7


def curves():
    for n, cv in ((50, 5), (33, 3), (21, 2)):
        x, y = np.arange(float(n)).reshape(n, 1), np.arange(float(n)) / 3
        for name, sizes in (("default", np.linspace(0.1, 1.0, 5)), ("shares", np.array([0.999, 0.01, 0.5, 0.5])),
                            ("counts", np.array([7, 1, 3]))):
            for state in (None, 0, 7):
                options = {} if state is None else {"shuffle": True, "random_state": state}
                s, train, test = ms.learning_curve(Seen(), x, y, train_sizes=sizes, cv=cv, **options)
                show(f"{name} {n} {state} sizes", *s)
                show(f"{name} {n} {state} train", *train.ravel())
                show(f"{name} {n} {state} test", *test.ravel())
        train, test = ms.validation_curve(Seen(), x, y, param_name="shift", param_range=[0.5, 2, 3], cv=cv)
        show(f"validation {n} train", *train.ravel())
        show(f"validation {n} test", *test.ravel())


globals()[sys.argv[1]]()
