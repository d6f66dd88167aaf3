#pragma once
/// Averages of the weights over the steps, which often predict better than the last ones.

#include <cstdint>
#include <vector>

#include "optim/parameters.hpp"
#include "optim/state.hpp"

namespace xgrad::optim {

struct AverageOptions {
  double decay = 0.99;               ///< weight of the old average, 0 ... 1 (Keras' ema_momentum)
  bool equal = false;                ///< the plain mean of all updates instead: every one counts the same
  std::int64_t overwrite_every = 0;  ///< every so many updates the parameters become the average; 0: never (Keras'
                                     ///< ema_overwrite_frequency)
};

/// The exponential moving average a = decay a + (1 - decay) p of parameters, which starts as their values when it is
/// made (Keras' use_ema; Polyak and Juditsky 1992). `equal`: stochastic weight averaging, a += (p - a) / t at update t
/// (Izmailov et al. 2018; PyTorch's swa_utils.AveragedModel). Call `update()` after each step. Buffers, such as those
/// of batch normalisation, are no parameters: run the data through the averaged model once where it has such.
///
///     optim::MovingAverage average(net.parameters(), {.decay = 0.999});
///     ...
///     { const optim::Averaged here(average); evaluate(net); }   // the averages in place of the weights
class MovingAverage : public Stateful {
 public:
  /// ValueError for a decay outside of 0 ... 1, a negative `overwrite_every`, no parameters.
  explicit MovingAverage(Parameters parameters, AverageOptions options = {});
  MovingAverage(const MovingAverage&) = delete;
  MovingAverage& operator=(const MovingAverage&) = delete;

  /// Takes the parameters as they are into the average. Allocates nothing. ValueError while they are swapped.
  void update();
  /// Exchanges the values of parameters and averages, element by element; a second time brings all back.
  void swap();
  /// The average of parameter i.
  const Array& average(std::size_t i) const;
  std::int64_t updates() const noexcept { return updates_; }

  /// "average/updates", and "<name of the parameter>/average".
  State state_dict() const override;
  void load_state_dict(const State& state) override;

 private:
  void fit(std::size_t i);

  std::vector<Tensor> parameters_;
  std::vector<std::string> names_;
  std::vector<Array> averages_;
  AverageOptions options_;
  std::int64_t updates_ = 0;
  bool swapped_ = false;
};

/// While it lives, the parameters are their averages.
class Averaged {
 public:
  explicit Averaged(MovingAverage& average) : average_(average) { average_.swap(); }
  ~Averaged() { average_.swap(); }
  Averaged(const Averaged&) = delete;
  Averaged& operator=(const Averaged&) = delete;

 private:
  MovingAverage& average_;
};

}  // namespace xgrad::optim
