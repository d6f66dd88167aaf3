#!/usr/bin/env python3
"""make_foreign.py FOLDER: HDF5 files made with h5py, one trick in each, and FOLDER/index with lines of a file's name, a
tab, and what a reader's error must contain (nothing where the file is sound). Needs python3-h5py."""
import os
import sys

import h5py
import numpy as np

folder = sys.argv[1]
index = []


def make(name, reason, fill, **options):
    with h5py.File(os.path.join(folder, name + ".h5"), "w", **options) as f:
        f["good"] = np.arange(4.0)
        fill(f)
    index.append(f"{name}\t{reason}\n")


def keras_legacy(f):
    weights = f.create_group("model_weights")
    weights.attrs["layer_names"] = [b"dense", b"dropout"]
    f.attrs["keras_version"] = "3.3.3"
    dense = weights.create_group("dense")
    dense.attrs["weight_names"] = [b"sequential/dense/kernel", b"sequential/dense/bias"]
    dense["sequential/dense/kernel"] = np.ones((3, 2), "f4")
    dense["sequential/dense/bias"] = np.zeros(2, "f4")
    weights.create_group("dropout").attrs["weight_names"] = []


def keras_bfloat16(f):
    f["layers/dense/vars/0"] = np.array([0x3F80, 0xC000], "u2").view("V2")
    f["layers/dense/vars/0"].attrs["dtype"] = "bfloat16"
    f["layers/dense/vars"].attrs["name"] = "dense"
    f["layers/dense/vars/1"] = np.array([1.5, -2], "f2")


def virtual(f):
    layout = h5py.VirtualLayout(shape=(2, 3), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "f32", shape=(2, 3))
    f.create_virtual_dataset("bad", layout)


def group_twice(f):
    f["a/b"] = np.zeros(1)
    f["c"] = f["a"]


def circle(f):
    f.create_group("a")["up"] = f["/"]


def store(value, **options):
    return lambda f: f.create_dataset("bad", data=value, **options)


def declare(shape, **options):
    return lambda f: f.create_dataset("bad", shape=shape, dtype="f4", **options)


for libver in ("earliest", "latest"):
    for name, reason, fill in (
        ("keras_legacy", "", keras_legacy),
        ("keras_bfloat16", "", keras_bfloat16),
        ("soft", "is a soft link", lambda f: f.__setitem__("bad", h5py.SoftLink("/good"))),
        ("external", "is an external link", lambda f: f.__setitem__("bad", h5py.ExternalLink("o.h5", "/x"))),
        ("outside", "in other files", declare((8,), external=[("/etc/passwd", 0, 32)])),
        ("virtual", "is a virtual dataset", virtual),
        ("group_twice", "has another path too", group_twice),
        ("circle", "has another path too", circle),
        ("terabytes", "declares more than is stored", declare((5, 10**12))),
        ("terabytes_packed", "declares more than is stored", declare((5, 10**12), chunks=(1, 1000), compression="gzip")),
        ("terabytes_filled", "declares more than is stored", declare((5, 10**12), chunks=(1, 1000), fillvalue=1)),
        ("product", "over 2^64 bytes", declare((2**32, 2**32, 2), chunks=(1, 1, 1))),
        ("chunk", "has chunks of", declare((4,), chunks=(2**28,), maxshape=(None,))),
        ("rank", "has too many axes", store(np.zeros((1,) * 9))),
        ("complex", "is of a compound type", store(np.zeros(3, "c16"))),
        ("record", "is of a compound type", store(np.zeros(3, [("a", "f4"), ("b", "V3")]))),
        ("opaque", "is of an opaque type", store(np.zeros(3, "V2"))),
        ("long_double", "floating-point type", store(np.zeros(3, np.longdouble))),
        ("enum", "is of an enumeration", store(np.zeros(2, h5py.enum_dtype({"RED": 0, "BLUE": 1}, "i1")))),
        ("lists", "is of a variable-length type", lambda f: f.create_dataset("bad", (3,), h5py.vlen_dtype("i4"))),
        ("reference", "is of a reference type", lambda f: f.create_dataset("bad", (3,), h5py.ref_dtype)),
        ("null", "holds no value", store(h5py.Empty("f4"))),
        ("lzf", "filter number 32000", store(np.zeros(100), compression="lzf")),
        ("type", "is neither a group nor a dataset", lambda f: f.__setitem__("bad", np.dtype("f4"))),
        ("name", "has a member with a bad name", lambda f: f.create_group("a\x1b[2J")),
        ("attribute", "has an attribute with a bad name", lambda f: f.attrs.create("a\nb", 1)),
    ):
        make(f"{libver}_{name}", reason, fill, libver=libver)

with open(os.path.join(folder, "index"), "w", encoding="utf-8") as out:
    out.writelines(index)
