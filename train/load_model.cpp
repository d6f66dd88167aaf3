#include <limits>
#include <variant>

#include "tensor/error.hpp"
#include "train/checkpoint.hpp"
#include "train/detail/checkpoint_file.hpp"
#include "train/detail/description_json.hpp"

namespace xgrad::train {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& what) {
  fail<IoError>("train::load_model", file.string() + ": " + what);
}

nn::Description description_in(const data::Hdf5Reader& in) {
  if (!in.has_attribute("/", "description"))
    refuse(in.file(), "has no description of its model; make the model, and train::load(file, model)");
  const data::Attribute text = in.attribute("/", "description");
  if (!std::holds_alternative<std::string>(text)) refuse(in.file(), "its description is no text");
  return detail::from_json(std::get<std::string>(text));
}

/// All elements in /model: a model that has more cannot be filled.
std::int64_t elements_in(const data::Hdf5Reader& in) {
  std::int64_t n = 0;
  for (const std::string& name : in.names("/model")) {
    const std::int64_t more = in.info("/model/" + name).shape.numel();
    if (more > std::numeric_limits<std::int64_t>::max() / 2 - n) refuse(in.file(), "its model is too large");
    n += more;
  }
  return n;
}

}  // namespace

std::unique_ptr<nn::Module> load_model(const fs::path& file) {
  const data::Hdf5Reader in = detail::open_checkpoint(file);
  std::unique_ptr<nn::Module> model;
  try {
    model = nn::build(description_in(in), 2 * elements_in(in));  // one that shares has its own for a moment
    for (auto& [name, tensor] : model->state_dict()) {           // each in the dtype it was saved in
      const std::string path = "/model/" + name;
      if (!is_floating(tensor.dtype()) || !in.exists(path)) continue;
      const DType dtype = in.info(path).dtype;
      if (is_floating(dtype) && dtype != tensor.dtype()) tensor.set_data(tensor.array().to(dtype));
    }
    model->load_state_dict(detail::read_model(in, model->state_dict()));
  } catch (const ValueError& error) {
    refuse(file, std::string("its model cannot be rebuilt: ") + error.what());
  } catch (const ShapeError& error) {
    refuse(file, std::string("its model cannot be rebuilt: ") + error.what());
  }
  return model;
}

}  // namespace xgrad::train
