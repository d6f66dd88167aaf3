#!/usr/bin/env bash
# docs/read_checkpoint.py reads a training checkpoint, and h5py finds in it what xgrad had: $1 scripts, $2 build folder.
set -euo pipefail
if ! /usr/bin/python3 -c 'import h5py' 2> /dev/null; then
  echo "skipped: needs python3-h5py"
  exit 77
fi
docs="$1/../docs"
rm -f run.h5
"$2/tests/program_checkpoint_for_python" > expected
/usr/bin/python3 "$docs/read_checkpoint.py" run.h5 > printed
cat printed
grep -q "^Sequential of \['Dense', 'BatchNorm', 'Dropout', 'Dense'\]$" printed
grep -q "^{'0.bias': (4,), '0.weight': (4, 3), .*'1.num_batches_tracked': ()" printed
grep -q "^Adam {.*'lr': 0.01" printed
grep -q "^epoch 2 step 13 {.*'batch_size': '4'" printed
grep -q "^{'loss': \[.*'learning_rate': \[" printed
/usr/bin/python3 - <<'P'
import h5py
import numpy

known = set()
with h5py.File("run.h5") as file:
    for line in open("expected"):
        path, *numbers = line.split()
        group, name = path.rsplit("/", 1)
        found = file[group].attrs[name] if name in file[group].attrs else file[path][()]
        found = numpy.asarray(found, dtype=float).ravel()
        assert numpy.array_equal(found, numpy.array([float(n) for n in numbers])), (path, found, numbers)
        known.add(path)
    every = []
    file.visititems(lambda path, item: every.append(path) if isinstance(item, h5py.Dataset) else None)
    both = [path for path in every if path in known]
    print(len(known), "values compared,", len(every), "datasets, not compared:", sorted(set(every) - known))
    assert len(both) >= 50
    assert file["state/measures/loss/sum"][()] > 0
    assert file["state/callbacks/0"].attrs.keys() == set()
    assert file["state/training"].dtype == bool and file["state/trainable"].shape == (6,)
    assert file["state/options"].attrs["schedule"] == "per epoch"
P
