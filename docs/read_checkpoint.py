"""Reads a training checkpoint of xgrad with h5py: python3 read_checkpoint.py run.h5"""
import json
import sys

import h5py


def tree(group):
    """A group as a dict: attributes, datasets as arrays, groups as dicts."""
    out = {name: value.tolist() if hasattr(value, "tolist") else value for name, value in group.attrs.items()}
    return out | {name: tree(item) if isinstance(item, h5py.Group) else item[()] for name, item in group.items()}


with h5py.File(sys.argv[1]) as file:
    assert file.attrs["format"] == "xgrad" and file.attrs["format_version"] == 1
    description = json.loads(file.attrs["description"])
    run = tree(file)

print(description["type"], "of", [member["type"] for member in description["members"]])
print({name: value.shape for name, value in run["model"].items()})
print(run["optimizer"]["type"], {name: float(value) for name, value in run["optimizer"]["group.0"].items()})
print("epoch", run["state"]["epoch"], "step", run["state"]["step"], run["state"]["options"])
print({name: run["history"][name].tolist() for name in run["history_epochs"]["names"]})
