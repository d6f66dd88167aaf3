#!/usr/bin/env python3
"""Keras files made and read with h5py, for keras_h5py_test.cpp; needs python3-h5py.

make FOLDER   the same two Dense layers in every way that Keras' versions and h5py store names and numbers
read FOLDER   reads w.h5 and w.weights.h5 by the rules of Keras' own readers (legacy_h5_format.py, saving_lib.py) and
              compares what the network makes of `x` with `y`, both in xy.h5, computing with the channels last"""

import json
import os
import sys

import h5py
import numpy as np

K1 = (np.arange(12) / 10).astype("f4").reshape(3, 4)
B1 = (np.arange(4) / 4).astype("f4")
K2 = (np.arange(8) / 8).astype("f4").reshape(4, 2)
B2 = np.array([-1, 2], "f4")


def names_as(storage, names):
    if storage == "bytes":
        return [n.encode() for n in names]
    if storage == "str":
        return names
    if storage == "numpy":
        return np.array([n.encode() for n in names])
    if storage == "ascii":
        return np.array(names, dtype=h5py.string_dtype("ascii"))
    if storage == "utf8":
        return np.array(names, dtype=h5py.string_dtype("utf-8"))
    if storage == "fixed utf8":
        return np.array([n.encode() for n in names], dtype=h5py.string_dtype("utf-8", 40))
    raise ValueError(storage)


def set_names(group, key, names, storage, parts):
    for i, part in enumerate(np.array_split(names, parts)):
        group.attrs[f"{key}{i}" if parts > 1 else key] = names_as(storage, part.tolist()) if len(part) else []


def legacy(path, storage, naming="{layer}/{weight}:0", whole=False, parts=1, **dataset):
    with h5py.File(path, "w") as f:
        root = f.create_group("model_weights") if whole else f
        layers = {"dense": [("kernel", K1), ("bias", B1)], "dropout": [], "dense_1": [("kernel", K2), ("bias", B2)]}
        set_names(root, "layer_names", list(layers), storage, parts)
        root.attrs["backend"] = b"tensorflow"
        root.attrs["keras_version"] = b"2.4.0" if storage == "bytes" else np.bytes_("2.3.1")
        for layer in sorted(layers):
            group = root.create_group(layer)
            weights = [naming.format(layer=layer, weight=w) for w, _ in layers[layer]]
            set_names(group, "weight_names", weights, storage, parts if weights else 1)
            for name, (_, value) in zip(weights, layers[layer]):
                group.create_dataset(name, data=value.astype(dataset.get("dtype", "f4")),
                                     **{k: v for k, v in dataset.items() if k != "dtype"})
        if whole:
            config = json.dumps({"class_name": "Sequential", "config": [
                {"class_name": "Dense", "config": {"name": "dense", "batch_input_shape": [None, 3], "units": 4,
                                                   "activation": "relu"}},
                {"class_name": "Dropout", "config": {"name": "dropout", "rate": 0.5}},
                {"class_name": "Dense", "config": {"name": "dense_1", "units": 2, "activation": "linear"}}]})
            f.attrs["model_config"] = {"bytes": config.encode(), "numpy": np.bytes_(config)}.get(storage, config)
            root.create_group("top_level_model_weights").attrs["weight_names"] = []
            f.create_group("optimizer_weights").attrs["weight_names"] = [b"Adam/iter:0"]
            f["optimizer_weights/Adam/iter:0"] = np.int64(7)


def new(path, container="layers", gap=1, dtype="f4"):
    with h5py.File(path, "w") as f:
        f.create_group("vars")
        for i, weights in enumerate([(K1, B1), (K2, B2)]):
            group = f.create_group(f"{container}/dense" + (f"_{i * gap}" if i else "") + "/vars")
            group.attrs["name"] = "any"
            for j, value in enumerate(weights):
                group[str(j)] = value.astype(dtype)
        f[f"{container}/dropout/seed_generator/vars/0"] = np.array([1337, 0], "u4")
        f.create_group(f"{container}/dropout/vars")
        f["optimizer/vars/0"] = np.int64(3)


def make(folder):
    os.chdir(folder)
    for storage in ("bytes", "str", "numpy", "ascii", "utf8", "fixed utf8"):
        name = storage.replace(" ", "_")
        legacy(f"weights_{name}.h5", storage)
        legacy(f"whole_{name}.h5", storage, whole=True)
        legacy(f"split_{name}.h5", storage, parts=3)
    legacy("keras3.h5", "bytes", "sequential/{layer}/{weight}")
    legacy("keras2_2.h5", "numpy", "{layer}_1/{weight}:0")
    legacy("flat.h5", "bytes", "{weight}")
    legacy("nested.h5", "bytes", "model/a/b/{layer}/{weight}:0")
    legacy("packed.h5", "bytes", chunks=True, compression="gzip", shuffle=True)
    legacy("big.h5", "bytes", dtype=">f4")
    legacy("double.h5", "bytes", dtype="f8")
    new("new.weights.h5")
    new("double.weights.h5", dtype="f8")
    new("tf2_13.weights.h5", "_layer_checkpoint_dependencies", 2)


# ---- as Keras reads ------------------------------------------------------------------------------


def attributes(group, name):
    if name in group.attrs:
        data = group.attrs[name]
    else:
        data, chunk = [], 0
        while f"{name}{chunk}" in group.attrs:
            data.extend(group.attrs[f"{name}{chunk}"])
            chunk += 1
    return [n.decode("utf8") if hasattr(n, "decode") else n for n in data]


def read_legacy(path, layers):
    """The weights of the layers, which are counts of weights, in order: load_weights_from_hdf5_group."""
    with h5py.File(path, "r") as f:
        if "layer_names" not in f.attrs and "layer_names0" not in f.attrs and "model_weights" in f:
            f = f["model_weights"]
        assert not str(f.attrs["keras_version"]).startswith("1"), "a version that Keras would convert"
        assert f.attrs["backend"] == "tensorflow"
        names = [n for n in attributes(f, "layer_names") if attributes(f[n], "weight_names")]
        assert len(names) == len(layers), names
        out = []
        for name, count in zip(names, layers):
            weights = [np.asarray(f[name][w]) for w in attributes(f[name], "weight_names")]
            assert len(weights) == count, (name, count)
            out.append(weights)
        assert attributes(f["top_level_model_weights"], "weight_names") == []
        return out


def read_new(path, classes):
    """The same of paths and counts: H5IOStore.get, then load_own_variables of each layer."""
    with h5py.File(path, "r") as f:
        assert "vars" in f and len(f["vars"].keys()) == 0
        out = []
        for layer, count in classes:
            group = f[layer]["vars"]
            assert len(group.keys()) == count, layer
            out.append([np.asarray(group[str(i)]) for i in range(count)])
        return out


def conv(x, kernel, bias):
    h, w = x.shape[1] - kernel.shape[0] + 1, x.shape[2] - kernel.shape[1] + 1
    y = np.zeros((x.shape[0], h, w, kernel.shape[3]))
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            y += x[:, i:i + h, j:j + w, :] @ kernel[i, j]
    return y + bias


def network(x, weights):
    (k1, b1), (gamma, beta, mean, var), (k2, b2), inner = weights
    y = np.maximum((conv(x, k1, b1) - mean) / np.sqrt(var + 1e-3) * gamma + beta, 0)
    h, w = y.shape[1] // 2, y.shape[2] // 2
    y = y[:, :2 * h, :2 * w].reshape(-1, h, 2, w, 2, y.shape[3]).max((2, 4))
    y = y.reshape(len(y), -1) @ k2 + b2
    k3, b3, gamma, beta, mean, var = inner
    y = y @ k3 + b3
    return (y - mean) / np.sqrt(var + 1e-3) * gamma + beta


def read(folder):
    os.chdir(folder)
    with h5py.File("xy.h5", "r") as f:
        x, y = f["x"][()].transpose(0, 2, 3, 1), f["y"][()]
    old = read_legacy("w.h5", [2, 4, 2, 6])
    conv2d, norm, dense, d, n = read_new("w.weights.h5", [
        ("layers/conv2d", 2), ("layers/batch_normalization", 4), ("layers/dense", 2),
        ("layers/sequential/layers/dense", 2), ("layers/sequential/layers/batch_normalization", 4)])
    with h5py.File("w.weights.h5", "r") as f:
        assert f["layers/dropout/seed_generator/vars/0"].shape == (2,)
    for weights in (old, [conv2d, norm, dense, d + n]):
        assert np.abs(network(x, weights) - y).max() < 1e-5, np.abs(network(x, weights) - y).max()


if __name__ == "__main__":
    {"make": make, "read": read}[sys.argv[1]](sys.argv[2])
