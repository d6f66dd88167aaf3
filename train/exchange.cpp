#include "train/exchange.hpp"

#include <vector>

#include "data/formats/npy.hpp"
#include "data/formats/safetensors.hpp"
#include "train/detail/state_fit.hpp"

namespace xgrad::train {
namespace {

/// Everything is read by now: compares, converts, and only then changes the model.
void load_all(const char* op, const std::filesystem::path& file, const nn::StateDict& read, nn::Module& model) {
  std::vector<detail::StoredTensor> stored;
  for (const auto& [name, tensor] : read) stored.push_back({name, tensor.dtype(), tensor.shape()});
  detail::require_fit(op, file, stored, model.state_dict());
  model.load_state_dict(read);
}

}  // namespace

void save_safetensors(const std::filesystem::path& file, nn::Module& model,
                      const std::map<std::string, std::string>& metadata) {
  data::write_safetensors(file, model.state_dict(), metadata);
}

void load_safetensors(const std::filesystem::path& file, nn::Module& model) {
  load_all("train::load_safetensors", file, data::read_safetensors(file).tensors, model);
}

void save_npz(const std::filesystem::path& file, nn::Module& model) { data::write_npz(file, model.state_dict()); }

void load_npz(const std::filesystem::path& file, nn::Module& model) {
  load_all("train::load_npz", file, data::read_npz(file), model);
}

}  // namespace xgrad::train
