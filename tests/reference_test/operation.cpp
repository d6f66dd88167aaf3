/// How one operation is checked: outputs, gradients, second derivatives.

#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

std::string numbered(std::string_view name, int i) { return std::string(name) + std::to_string(i); }

/// One evaluation of the operation on fresh leaves: the inputs to differentiate, the outputs that were differentiated
/// for the file and are recorded here, and their cotangents.
struct Evaluation {
  std::vector<int> which;  ///< numbers of the inputs
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  std::vector<Tensor> cotangents;
};

class Check {
 public:
  Check(const std::function<Outputs(C&)>& run, Case& c, Report& report) : run_(run), c_(c), report_(report) {}

  void all() {
    if (!values()) return;  // the cotangents would not fit
    if (!differentiated()) return;
    std::vector<Tensor> gradients;
    report_.guard("grad", [&] { gradients = first(); });
    if (!gradients.empty()) report_.guard("backward", [&] { backward(gradients); });
    if (c_.flag("has_hvp")) report_.guard("second derivative", [&] { second(); });
  }

 private:
  bool differentiated() const {
    for (int i = 0; i < c_.n_inputs(); ++i)
      if (c_.has_data(numbered("grad", i))) return true;
    return false;
  }

  /// A single output is called `output`, one of several `output<i>`.
  std::string suffix(int i) const { return c_.has_data("output") ? "" : std::to_string(i); }

  /// Outputs against the file; whether number, dtypes and shapes agree.
  bool values() {
    c_.renew_inputs();
    const Outputs outputs = run_(c_);
    const auto expected = static_cast<std::size_t>(c_.integer("n_outputs", 1));
    if (outputs.size() != expected) {
      report_.note("got " + std::to_string(outputs.size()) + " outputs, expected " + std::to_string(expected));
      return false;
    }
    bool fit = true;
    for (int i = 0; i < static_cast<int>(expected); ++i) {
      const Array wanted = c_.read("output" + suffix(i));
      const Tensor& got = outputs[static_cast<std::size_t>(i)];
      report_.compare(numbered("output", i), got, wanted);
      fit = fit && got.defined() && got.shape() == wanted.shape() &&
            (got.dtype() == wanted.dtype() || !is_floating(wanted.dtype()));
    }
    return fit;
  }

  Evaluation evaluate() {
    c_.renew_inputs();
    Evaluation e;
    for (int i = 0; i < c_.n_inputs(); ++i)
      if (c_[i].requires_grad()) e.which.push_back(i), e.inputs.push_back(c_[i]);
    const Outputs outputs = run_(c_);
    for (int i = 0; i < static_cast<int>(outputs.size()); ++i) {
      const Tensor& output = outputs[static_cast<std::size_t>(i)];
      if (!c_.has_data("grad_output" + suffix(i)) || !output.requires_grad()) continue;
      e.outputs.push_back(output);
      e.cotangents.emplace_back(c_.read("grad_output" + suffix(i)));
    }
    return e;
  }

  static Tensor or_zeros(const Tensor& gradient, const Tensor& input) {
    return gradient.defined() ? gradient : Tensor(Array::zeros(input.shape(), input.dtype()));
  }

  /// What the outputs do not depend on has no gradient; the file has zeros there.
  static std::vector<Tensor> gradients_of(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                                          const std::vector<Tensor>& cotangents, GradOptions options) {
    options.allow_unused = true;
    std::vector<Tensor> gradients(inputs.size());
    if (!outputs.empty()) gradients = grad(outputs, inputs, cotangents, options);
    for (std::size_t i = 0; i < inputs.size(); ++i) gradients[i] = or_zeros(gradients[i], inputs[i]);
    return gradients;
  }

  std::vector<Tensor> first() {
    const Evaluation e = evaluate();
    std::vector<Tensor> gradients = gradients_of(e.outputs, e.inputs, e.cotangents, {});
    for (std::size_t i = 0; i < e.which.size(); ++i)
      report_.compare(numbered("grad", e.which[i]), gradients[i], c_.read(numbered("grad", e.which[i])));
    return gradients;
  }

  /// `backward` leaves in the inputs what `grad` returned: bit for bit, or, summed over several outputs, closely.
  void backward(const std::vector<Tensor>& gradients) {
    const Evaluation e = evaluate();
    for (std::size_t i = 0; i < e.outputs.size(); ++i)
      e.outputs[i].backward(e.cotangents[i], /*retain_graph=*/i + 1 < e.outputs.size());
    for (std::size_t i = 0; i < e.which.size(); ++i)
      report_.compare(numbered("backward() against grad(), input", e.which[i]),
                      or_zeros(e.inputs[i].grad(), e.inputs[i]), gradients[i].array(),
                      e.outputs.size() > 1 ? report_.tolerance() : Tolerance{});
  }

  /// The recorded gradients are right themselves, and so is their product with v, differentiated.
  void second() {
    const Evaluation e = evaluate();
    const std::vector<Tensor> gradients = gradients_of(e.outputs, e.inputs, e.cotangents, {.create_graph = true});
    std::vector<Tensor> recorded, v;
    for (std::size_t i = 0; i < e.which.size(); ++i) {
      const int n = e.which[i];
      report_.compare("recorded " + numbered("grad", n), gradients[i], c_.read(numbered("grad", n)));
      if (!gradients[i].requires_grad() || !c_.has_data(numbered("v", n))) continue;
      recorded.push_back(gradients[i]);
      v.emplace_back(c_.read(numbered("v", n)));
    }
    const std::vector<Tensor> products = gradients_of(recorded, e.inputs, v, {});
    for (std::size_t i = 0; i < e.which.size(); ++i)
      if (c_.has_data(numbered("hvp", e.which[i])))
        report_.compare(numbered("hvp", e.which[i]), products[i], c_.read(numbered("hvp", e.which[i])));
  }

  const std::function<Outputs(C&)>& run_;
  Case& c_;
  Report& report_;
};

}  // namespace

void check_operation(const std::function<Outputs(C&)>& run, Case& c, Report& report) { Check(run, c, report).all(); }

}  // namespace xgrad::reference
