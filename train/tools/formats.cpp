// The formats that xgrad-checkpoint knows. A new one is a row in `formats`.

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

#include "data/formats/npy.hpp"
#include "data/formats/safetensors.hpp"
#include "data/formats/sealed.hpp"
#include "data/formats/zip.hpp"
#include "tensor/error.hpp"
#include "train/checkpoint.hpp"
#include "train/keras.hpp"
#include "train/tools/contents.hpp"

namespace xgrad::train::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModel = "/model/";
constexpr std::size_t kMostEntries = 1'000'000;
constexpr int kDeepest = 32;

// ---- checkpoints -----------------------------------------------------------------------------------------------------

class Checkpoint : public Contents {
 public:
  explicit Checkpoint(const fs::path& file) : in_(data::open_sealed(file, kCheckpointFormat, "an xgrad checkpoint")) {
    walk("/", 0);
  }
  Array read(const std::string& path) const override { return in_.read(path); }
  std::vector<std::string> read_text(const std::string& path) const override { return in_.read_text(path); }
  std::unique_ptr<nn::Module> rebuild() const override { return load_model(in_.file()); }

 private:
  void walk(const std::string& group, int depth) {
    note_attributes(group);
    if (depth == kDeepest || entries_.size() > kMostEntries)
      fail<IoError>("xgrad-checkpoint", in_.file().string() + ": its groups do not end");
    for (const std::string& name : in_.names(group)) {
      const std::string path = (group == "/" ? "" : group) + "/" + name;
      if (in_.is_group(path)) walk(path, depth + 1);
      else if (in_.exists(path)) add(path);
    }
  }
  void add(const std::string& path) {
    Entry entry{path, {}, {}};
    try {
      entry.text = in_.is_text(path);
      if (!entry.text) {
        const data::DatasetInfo info = in_.info(path);
        entry.dtype = info.dtype;
        entry.shape = info.shape;
      }
    } catch (const IoError&) {
      // of a type that xgrad does not read: listed as such
    }
    entries_.push_back(std::move(entry));
    note_attributes(path);
  }
  void note_attributes(const std::string& path) {
    if (auto found = in_.attributes(path); !found.empty()) attributes_[path] = std::move(found);
  }

  data::Hdf5Reader in_;
};

/// Weights under their dotted names, as `save` wants them.
struct Weights : nn::Module {
  std::vector<NamedTensor> all;
  explicit Weights(std::vector<NamedTensor> weights) : all(std::move(weights)) {}
  void members(Members& m) override {
    for (auto& [name, tensor] : all) {
      if (is_floating(tensor.dtype())) m(name, tensor);
      else m.buffer(name, tensor);
    }
  }
  std::string repr() const override { return "weights converted by xgrad-checkpoint"; }
};

/// With the description of the model, where there is one. Modules of a user's own cannot be rebuilt, but loaded into.
void write_checkpoint(const fs::path& file, const Contents& from, const WriteOptions&) {
  std::unique_ptr<nn::Module> model;
  try {
    model = from.rebuild();
  } catch (const IoError&) {
    if (!from.arranged()) throw;
    model = std::make_unique<Weights>(from.model());
  }
  save(file, *model);
}

// ---- the others ------------------------------------------------------------------------------------------------------

/// Arrays that are all in memory.
class Arrays : public Contents {
 public:
  explicit Arrays(std::vector<NamedTensor> arrays) : arrays_(std::move(arrays)) {
    std::sort(arrays_.begin(), arrays_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    for (const auto& [name, tensor] : arrays_)
      entries_.push_back({std::string(kModel) + name, tensor.dtype(), tensor.shape()});
  }
  Array read(const std::string& path) const override {
    const auto found = std::find_if(arrays_.begin(), arrays_.end(),
                                    [&](const auto& a) { return path.substr(kModel.size()) == a.name; });
    if (found == arrays_.end()) fail<IoError>("xgrad-checkpoint", path + ": not there");
    return found->tensor.array();
  }
  std::vector<std::string> read_text(const std::string&) const override { return {}; }

 private:
  std::vector<NamedTensor> arrays_;
};

// ---- Keras -----------------------------------------------------------------------------------------------------------

class KerasModel : public Arrays {
 public:
  explicit KerasModel(nn::Sequential net) : Arrays(net.state_dict()), net_(std::move(net)) {}
  std::unique_ptr<nn::Module> rebuild() const override { return std::make_unique<nn::Sequential>(net_); }

 private:
  nn::Sequential net_;
};

/// Of a model that cannot be rebuilt.
class KerasWeights : public Arrays {
 public:
  KerasWeights(std::vector<NamedTensor> weights, std::string reason)
      : Arrays(std::move(weights)), reason_(std::move(reason)) {}
  std::unique_ptr<nn::Module> rebuild() const override { throw IoError(reason_); }
  bool arranged() const override { return false; }

 private:
  std::string reason_;
};

std::unique_ptr<Contents> open_keras(const fs::path& file) {
  try {
    return std::make_unique<KerasModel>(keras::load_model(file));
  } catch (const IoError& error) {
    std::vector<NamedTensor> weights;
    for (const keras::SavedWeight& w : keras::read_weights(file)) {
      std::string name = w.layer + "/" + w.name;
      std::replace(name.begin(), name.end(), '/', '.');
      weights.push_back({std::move(name), Tensor(w.value)});
    }
    return std::make_unique<KerasWeights>(std::move(weights), error.what());
  }
}

bool of_keras(const fs::path& file, std::string_view first) {
  if (first.starts_with("\x89HDF\r\n\x1a\n")) return true;
  if (!first.starts_with("PK")) return false;
  try {
    return data::ZipReader(file).has("model.weights.h5");
  } catch (const IoError&) {
    return false;  // whoever reads archives says what is wrong with it
  }
}

void write_keras(const fs::path& file, const Contents& from, const WriteOptions& options) {
  const std::unique_ptr<nn::Module> model = from.rebuild();
  auto* net = dynamic_cast<nn::Sequential*>(model.get());
  if (!net)
    fail<IoError>("xgrad-checkpoint", "the model is a " + model->type_name() + "; Keras' files hold Sequentials");
  try {
    keras::save_weights(file, *net, {.input_shape = options.input_shape});
  } catch (const ValueError& error) {
    const std::string what = error.what();
    throw ValueError(what + (what.find(".input_shape") == what.npos ? "" : " (here: --input-shape C,H,W)"));
  }
}

// ---- the table -------------------------------------------------------------------------------------------------------

bool sealed(const fs::path&, std::string_view first) { return first.starts_with("\x89XGR"); }
bool zipped(const fs::path&, std::string_view first) {
  return first.starts_with("PK\3\4") || first.starts_with("PK\5\6");
}
bool has_json_header(const fs::path& file, std::string_view first) {
  return first.size() > 8 && (first[8] == '{' || file.extension() == ".safetensors");
}

void write_npz_stored(const fs::path& file, const Contents& from, const WriteOptions&) {
  data::write_npz(file, from.model());
}
void write_safetensors_pt(const fs::path& file, const Contents& from, const WriteOptions&) {
  data::write_safetensors(file, from.model(), {{"format", "pt"}});
}

}  // namespace

std::string printable(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return name;
}

std::int64_t Entry::bytes() const { return dtype ? shape.numel() * static_cast<std::int64_t>(size_of(*dtype)) : 0; }

std::vector<NamedTensor> Contents::model() const {
  std::vector<NamedTensor> out;
  for (const Entry& e : entries_) {
    if (!e.path.starts_with(kModel)) continue;
    if (!e.dtype) fail<IoError>("xgrad-checkpoint", e.path + ": holds no numbers");
    out.push_back({e.path.substr(kModel.size()), Tensor(read(e.path))});
  }
  return out;
}

std::unique_ptr<nn::Module> Contents::rebuild() const {
  fail<IoError>("xgrad-checkpoint", "the file holds weights alone, and does not tell of which model");
}

const std::vector<Format>& formats() {
  static const std::vector<Format> all = {
      {"xgrad", ".h5", "an xgrad checkpoint", sealed, open_checkpoint, write_checkpoint},
      {"keras", ".weights.h5",
       "weights of Keras 3, or in a .h5 of Keras 2; read are also .keras and whole models in .h5", of_keras, open_keras,
       write_keras},
      {"npz", ".npz", "NumPy's archive of arrays", zipped,
       [](const fs::path& file) -> std::unique_ptr<Contents> { return std::make_unique<Arrays>(data::read_npz(file)); },
       write_npz_stored},
      {"safetensors", ".safetensors", "Hugging Face's format, as PyTorch's users have it", has_json_header,
       [](const fs::path& file) -> std::unique_ptr<Contents> {
         return std::make_unique<Arrays>(data::read_safetensors(file).tensors);
       },
       write_safetensors_pt},
  };
  return all;
}

std::unique_ptr<Contents> open_checkpoint(const fs::path& file) { return std::make_unique<Checkpoint>(file); }

std::unique_ptr<Contents> open_any(const fs::path& file) {
  std::error_code ignored;
  std::string first(fs::is_regular_file(file, ignored) ? 16 : 0, '\0');
  if (!first.empty()) {
    std::ifstream in(file, std::ios::binary);
    in.read(first.data(), static_cast<std::streamsize>(first.size()));
    first.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
  }
  for (const Format& format : formats())
    if (format.recognise(file, first)) return format.open(file);
  return open_checkpoint(file);  // whose error says what is wrong with it
}

}  // namespace xgrad::train::tools
