#pragma once
// Backpropagation on plain arrays.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>
#include <xgrad.hpp>

/// z_l = W_l a_(l-1) + b_l, a_l = sigma(z_l); d_L = (a_L - y) sigma'(z_L), d_(l-1) = W_l^T d_l sigma'(z_(l-1));
/// dC/dW_l = d_l a_(l-1)^T, dC/db_l = d_l. W_l is stored row by row, a row for each unit.
class ByHand {
 public:
  explicit ByHand(xgrad::nn::Module& start) {
    for (const xgrad::Tensor& p : start.parameters())
      (p.dim() == 2 ? w_ : b_).emplace_back(p.values<double>().begin(), p.values<double>().end());
  }

  /// One step on a mini-batch of images (m, ...); the sum of their costs before it.
  double step(const xgrad::Tensor& images, const xgrad::Tensor& labels, double eta) {
    const auto m = static_cast<std::size_t>(labels.numel()), pixels = static_cast<std::size_t>(images.numel()) / m;
    std::vector<std::vector<double>> dw, db;
    for (std::size_t l = 0; l < w_.size(); ++l) dw.emplace_back(w_[l].size()), db.emplace_back(b_[l].size());
    double cost = 0;
    for (std::size_t i = 0; i < m; ++i) {
      const float* x = images.data<float>() + i * pixels;
      std::vector<std::vector<double>> a{std::vector<double>(x, x + pixels)};
      for (std::size_t l = 0; l < w_.size(); ++l) a.push_back(layer(l, a[l]));
      std::vector<double> d = a.back();
      d[static_cast<std::size_t>(labels.data<std::int64_t>()[i])] -= 1;
      for (double& e : d) cost += e * e / 2;
      for (std::size_t l = w_.size(); l-- > 0;) {
        for (std::size_t j = 0; j < d.size(); ++j) d[j] *= a[l + 1][j] * (1 - a[l + 1][j]);
        std::vector<double> before(a[l].size());
        for (std::size_t j = 0; j < d.size(); ++j) {
          db[l][j] += d[j];
          for (std::size_t k = 0; k < before.size(); ++k) dw[l][j * before.size() + k] += d[j] * a[l][k];
          for (std::size_t k = 0; l > 0 && k < before.size(); ++k) before[k] += w_[l][j * before.size() + k] * d[j];
        }
        d = std::move(before);
      }
    }
    const double rate = eta / static_cast<double>(m);
    for (std::size_t l = 0; l < w_.size(); ++l) {
      for (std::size_t k = 0; k < w_[l].size(); ++k) w_[l][k] -= rate * dw[l][k];
      for (std::size_t k = 0; k < b_[l].size(); ++k) b_[l][k] -= rate * db[l][k];
    }
    return cost;
  }

  /// The largest difference between a weight or bias here and there.
  double distance(xgrad::nn::Module& net) const {
    double largest = 0;
    std::size_t w = 0, b = 0;
    for (const xgrad::Tensor& p : net.parameters()) {
      const std::vector<double>& mine = p.dim() == 2 ? w_[w++] : b_[b++];
      for (std::size_t k = 0; k < mine.size(); ++k)
        largest = std::max(largest, std::abs(mine[k] - p.data<double>()[k]));
    }
    return largest;
  }

 private:
  std::vector<double> layer(std::size_t l, const std::vector<double>& in) const {
    std::vector<double> out = b_[l];
    for (std::size_t j = 0; j < out.size(); ++j) {
      for (std::size_t k = 0; k < in.size(); ++k) out[j] += w_[l][j * in.size() + k] * in[k];
      out[j] = 1 / (1 + std::exp(-out[j]));
    }
    return out;
  }
  std::vector<std::vector<double>> w_, b_;
};
