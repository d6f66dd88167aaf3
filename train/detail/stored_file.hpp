#pragma once
/// States in checkpoints: what Stored lists, and what optimisers and schedules give, as groups of an HDF5 file.

#include "data/formats/hdf5.hpp"
#include "train/stored.hpp"

namespace xgrad::train::detail {

/// "/state" and "epoch" to "/state/epoch".
std::string below(std::string_view group, std::string_view name);

/// Each entry as a dataset of its name in the group, whose attribute "type" has the state's type; and back.
void write_state(data::Hdf5Writer& out, const std::string& group, const optim::State& state);
optim::State read_state(const data::Hdf5Reader& in, const std::string& group);

/// Tensors as datasets of their names.
void write_tensors(data::Hdf5Writer& out, const std::string& group, const nn::StateDict& tensors);
nn::StateDict read_tensors(const data::Hdf5Reader& in, const std::string& group);

/// A whole number that an attribute holds; IoError where there is none, or one below 0.
std::int64_t read_count(const data::Hdf5Reader& in, const std::string& object, const std::string& name);
/// A list of texts; empty where there is none.
std::vector<std::string> read_texts(const data::Hdf5Reader& in, const std::string& object, const std::string& name);

class StoredWriter final : public Stored {
 public:
  StoredWriter(data::Hdf5Writer& out, std::string group);

 private:
  void on_array(std::string_view name, Array& value) override;
  void on_texts(std::string_view name, std::vector<std::string>& values) override;
  void on_tensors(std::string_view name, nn::StateDict& value) override;
  void on_part(std::string_view name, optim::Stateful& value) override;
  [[noreturn]] void refuse(std::string_view name, const std::string& what) const override;

  data::Hdf5Writer& out_;
  std::string group_;
};

class StoredReader final : public Stored {
 public:
  StoredReader(const data::Hdf5Reader& in, std::string group);

 private:
  void on_array(std::string_view name, Array& value) override;
  void on_texts(std::string_view name, std::vector<std::string>& values) override;
  void on_tensors(std::string_view name, nn::StateDict& value) override;
  void on_part(std::string_view name, optim::Stateful& value) override;
  [[noreturn]] void refuse(std::string_view name, const std::string& what) const override;

  const data::Hdf5Reader& in_;
  std::string group_;
};

}  // namespace xgrad::train::detail
