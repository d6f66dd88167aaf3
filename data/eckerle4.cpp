#include "data/eckerle4.hpp"

#include <vector>

namespace xgrad::data {
namespace {

struct Observation {
  double wavelength, transmittance;
};
constexpr Observation kObservations[] = {
    {400, 0.0001575},   {405, 0.0001699}, {410, 0.000235},    {415, 0.0003102}, {420, 0.0004917},   {425, 0.000871},
    {430, 0.0017418},   {435, 0.00464},   {436.5, 0.0065895}, {438, 0.0097302}, {439.5, 0.0149002}, {441, 0.023731},
    {442.5, 0.0401683}, {444, 0.0712559}, {445.5, 0.1264458}, {447, 0.2073413}, {448.5, 0.2902366}, {450, 0.3445623},
    {451.5, 0.3698049}, {453, 0.3668534}, {454.5, 0.3106727}, {456, 0.2078154}, {457.5, 0.1164354}, {459, 0.0616764},
    {460.5, 0.03372},   {462, 0.0194023}, {463.5, 0.0117831}, {465, 0.0074357}, {470, 0.0022732},   {475, 0.00088},
    {480, 0.0004579},   {485, 0.0002345}, {490, 0.0001586},   {495, 0.0001143}, {500, 0.000071},
};

}  // namespace

Eckerle4 eckerle4() {
  std::vector<double> x, y;
  for (const Observation& o : kObservations) {
    x.push_back(o.wavelength);
    y.push_back(o.transmittance);
  }
  const auto n = static_cast<std::int64_t>(x.size());
  return {.data = TensorDataset(Array::copy_of(x, Shape{n, 1}), Array::copy_of(y, Shape{n, 1}))};
}

}  // namespace xgrad::data
