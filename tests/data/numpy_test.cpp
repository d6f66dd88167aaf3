// .npy and .npz beside NumPy itself, run as a child process; reported as skipped where there is no NumPy.

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "data/formats/npy.hpp"
#include "data/formats/safetensors.hpp"
#include "tests/data/files.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;

namespace {

int python(const Folder& folder, const std::string& script) {
  write_file(folder / "script.py", "import os, numpy as np\nos.chdir(r'" + folder.path().string() + "')\n" + script);
  const std::string command = "/usr/bin/python3 " + (folder / "script.py").string();
  return std::system(command.c_str());
}

bool have_numpy(const Folder& folder) {
  write_file(folder / "probe.py", "import numpy");
  if (std::system(("/usr/bin/python3 " + (folder / "probe.py").string() + " 2>/dev/null").c_str()) == 0) return true;
  std::puts("SKIPPED: /usr/bin/python3 has no numpy");
  return false;
}

Array part(const std::vector<NamedTensor>& all, const std::string& name) {
  for (const auto& [n, tensor] : all)
    if (n == name) return tensor.array();
  FAIL("no array " << name);
  return {};
}

}  // namespace

TEST_CASE("NumPy reads what we write, and its own files of the same arrays have the same bytes") {
  const Folder folder;
  if (!have_numpy(folder)) return;
  std::vector<NamedTensor> arrays;
  const auto add = [&](const std::string& name, const Array& a) {
    data::write_npy(folder / (name + ".npy"), a);
    arrays.push_back({name, Tensor(a)});
  };
  add("f4", Array::copy_of(std::vector<float>{0, 1, 2, 3, 4, 5}, Shape{2, 3}));
  add("f8", Array::copy_of(std::vector<double>{0.1}, Shape{}));
  add("i8", Array::copy_of(std::vector<std::int64_t>{0, 1, 2, 3}));
  add("u1", Array::copy_of(std::vector<std::uint8_t>{0, 1, 2}, Shape{1, 3, 1}));
  add("b1", Array::of({0, 1, 1}, bool_));
  add("none", Array::zeros({3, 0, 5}));
  add("long", Array::zeros({12345, 1, 1, 1, 1, 1, 1, 1}));
  data::write_npz(folder / "all.npz", arrays);
  data::write_npz(folder / "packed.npz", arrays, {.compress = true});
  CHECK(python(folder, R"(
import io
expected = dict(f4=np.arange(6, dtype='f4').reshape(2, 3), f8=np.array(0.1), i8=np.arange(4),
                u1=np.arange(3, dtype='u1').reshape(1, 3, 1), b1=np.array([False, True, True]),
                none=np.zeros((3, 0, 5), 'f4'), long=np.zeros((12345,) + 7 * (1,), 'f4'))
for file in ('all.npz', 'packed.npz'):
    with np.load(file) as z:
        assert z.files == list(expected), z.files
        for name, value in expected.items():
            assert z[name].dtype == value.dtype and z[name].shape == value.shape and (z[name] == value).all(), name
for name, value in expected.items():
    own = io.BytesIO()
    np.save(own, value)
    assert own.getvalue() == open(name + '.npy', 'rb').read(), name
)") == 0);
}

TEST_CASE("NumPy's files are read: every dtype, byte order, version and order of axes") {
  const Folder folder;
  if (!have_numpy(folder)) return;
  REQUIRE(python(folder, R"(
base = np.arange(24).reshape(2, 3, 4)
arrays = {'c_' + d: base.astype(d) for d in ('<f2', '>f2', '<f4', '>f4', '<f8', '>f8', '|i1', '<i2', '>i2', '<i4', '>i4',
                                           '<i8', '>i8', '|u1', '<u2', '>u2', '<u4', '>u4', '<u8', '>u8')}
arrays |= {'f_' + k[2:]: np.asfortranarray(v) for k, v in arrays.items()}
arrays['scalar'] = np.float32(2.5)
arrays['bools'] = base % 2 == 0
arrays['transposed'] = base.T
np.savez('all.npz', **arrays)
np.savez_compressed('packed.npz', **arrays)
import zipfile
with zipfile.ZipFile('stream.npz', 'w') as z:
    for name, value in arrays.items():
        with z.open(name + '.npy', 'w', force_zip64=True) as f: np.lib.format.write_array(f, np.asanyarray(value))
class Pipe:  # cannot be rewound: sizes and checksums follow the data
    def __init__(self, f): self.f = f
    def write(self, b): return self.f.write(b)
    def flush(self): self.f.flush()
with open('pipe.npz', 'wb') as raw, zipfile.ZipFile(Pipe(raw), 'w', zipfile.ZIP_DEFLATED) as z:
    for name, value in arrays.items():
        with z.open(name + '.npy', 'w') as f: np.lib.format.write_array(f, np.asanyarray(value))
for v in ((1, 0), (2, 0), (3, 0)):
    with open(f'v{v[0]}.npy', 'wb') as f: np.lib.format.write_array(f, base.astype('f4'), version=v)
half = np.arange(65536, dtype='u2').view('f2')
np.save('half.npy', half)
np.save('half_as_float.npy', half.astype('f4'))
np.save('object.npy', np.array([{}, 1], dtype=object), allow_pickle=True)
np.save('structured.npy', np.zeros(3, [('x', 'f4'), ('y', 'i4')]))
np.save('text.npy', np.array(['a', 'bc']))
)") == 0);
  std::vector<std::int64_t> counted(24);
  for (std::size_t i = 0; i < 24; ++i) counted[i] = static_cast<std::int64_t>(i);
  const Array base = Array::copy_of(counted, Shape{2, 3, 4});
  for (const char* name : {"all.npz", "packed.npz", "stream.npz", "pipe.npz"}) {
    CAPTURE(name);
    const auto all = data::read_npz(folder / name);
    CHECK(all.size() == 43);
    for (const NamedTensor& t : all) {
      CAPTURE(t.name);
      if (t.name[1] == '_') CHECK(same_bytes(t.tensor.array(), base.to(t.tensor.dtype())));
    }
    CHECK(part(all, "f_>f2").dtype() == float32);
    CHECK(part(all, "f_>u4").dtype() == int64);
    CHECK(part(all, "c_|u1").dtype() == uint8);
    CHECK(part(all, "scalar").shape() == Shape{});
    CHECK(part(all, "scalar").item<float>() == 2.5f);
    CHECK(part(all, "transposed").shape() == Shape{4, 3, 2});
    CHECK(part(all, "transposed").values<std::int64_t>()[1] == 12);
    CHECK(part(all, "bools").dtype() == bool_);
  }
  for (const char* name : {"v1.npy", "v2.npy", "v3.npy"})
    CHECK(same_bytes(data::read_npy(folder / name), base.to(float32)));
  const Array half = data::read_npy(folder / "half.npy"), as_float = data::read_npy(folder / "half_as_float.npy");
  int different = 0;  // NaN compared as such: NumPy keeps their payload, so do we
  for (std::size_t i = 0; i < 65536; ++i) {
    const float a = half.values<float>()[i], b = as_float.values<float>()[i];
    different += !(a == b || (a != a && b != b));
  }
  CHECK(different == 0);
  CHECK(contains(error_of<IoError>([&] { data::read_npy(folder / "object.npy"); }), "Python objects"));
  CHECK(contains(error_of<IoError>([&] { data::read_npy(folder / "structured.npy"); }), "structures"));
  CHECK(contains(error_of<IoError>([&] { data::read_npy(folder / "text.npy"); }), "text"));
}

TEST_CASE("safetensors: a reader written from the format's description finds our arrays in our files, and we in its") {
  const Folder folder;
  if (!have_numpy(folder)) return;
  data::write_safetensors(folder / "ours.safetensors",
                          {{"w", Tensor(Array::copy_of(std::vector<float>{0, 1, 2, 3, 4, 5}, Shape{2, 3}))},
                           {"n", Tensor(Array::copy_of(std::vector<std::int64_t>{5}, Shape{}))}},
                          {{"a", "b"}});
  REQUIRE(python(folder, R"(
import json, struct
raw = open('ours.safetensors', 'rb').read()
n, = struct.unpack('<Q', raw[:8])
assert n % 8 == 0
header = json.loads(raw[8:8 + n])
assert header.pop('__metadata__') == {'a': 'b'}
types = {'F32': '<f4', 'I64': '<i8'}
found = {k: np.frombuffer(raw[8 + n:][slice(*v['data_offsets'])], types[v['dtype']]).reshape(v['shape'])
         for k, v in header.items()}
assert (found['w'] == np.arange(6).reshape(2, 3)).all() and found['n'] == 5 and found['n'].shape == ()
half = np.linspace(-2, 2, 7).astype('f2')
wide = np.linspace(-3, 3, 5).astype('f4')
brain = (wide.view('u4') >> 16).astype('u2')
header = {'half': {'dtype': 'F16', 'shape': [7], 'data_offsets': [10, 24]},
          'brain': {'dtype': 'BF16', 'shape': [5], 'data_offsets': [0, 10]}}
text = json.dumps(header).encode()
open('theirs.safetensors', 'wb').write(struct.pack('<Q', len(text)) + text + brain.tobytes() + half.tobytes())
np.savez('expected.npz', half=half.astype('f4'), brain=(brain.astype('u4') << 16).view('f4'))
)") == 0);
  const auto theirs = data::read_safetensors(folder / "theirs.safetensors").tensors;
  const auto expected = data::read_npz(folder / "expected.npz");
  for (const char* name : {"half", "brain"}) CHECK(same_bytes(part(theirs, name), part(expected, name)));
}

TEST_SUITE_END();
