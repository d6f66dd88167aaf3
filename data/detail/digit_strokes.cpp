#include "data/detail/digit_strokes.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace xgrad::data {
namespace {

constexpr bool kCorner = true;
constexpr int kPiecesPerCurve = 5;

/// A stroke along an ellipse, from one angle to another: degrees, 0 is right, 90 is down.
Stroke arc(double x, double y, double rx, double ry, double from, double to) {
  constexpr int kKnots = 8;
  Stroke stroke;
  for (int i = 0; i <= kKnots; ++i) {
    const double angle = (from + (to - from) * i / kKnots) * std::numbers::pi / 180;
    stroke.push_back({x + rx * std::cos(angle), y + ry * std::sin(angle)});
  }
  return stroke;
}

// clang-format off
std::array<std::vector<Glyph>, 10> make_glyphs() {
  std::array<std::vector<Glyph>, 10> g;
  g[0] = {
      {arc(0, 0, 0.55, 0.98, -85, 280)},
      {arc(0, 0, 0.48, 1.0, -50, 300)},
  };
  g[1] = {
      {{{0, -1}, {0, 1}}},
      {{{-0.32, -0.6}, {0.02, -1, kCorner}, {0.02, 1}}},
      {{{-0.3, -0.65}, {0.02, -1, kCorner}, {0.02, 0.97}}, {{-0.4, 0.97}, {0.42, 0.97}}},
  };
  g[2] = {
      {{{-0.5, -0.55}, {-0.3, -0.9}, {0.05, -1}, {0.42, -0.8}, {0.46, -0.42}, {0.22, 0.05}, {-0.15, 0.5},
        {-0.55, 0.95, kCorner}, {0.58, 0.95}}},
      {{{-0.48, -0.62}, {-0.1, -1}, {0.4, -0.78}, {0.36, -0.25}, {0.02, 0.35}, {-0.4, 0.85}, {-0.56, 0.72},
        {-0.36, 0.56}, {-0.02, 0.78}, {0.28, 0.96}, {0.58, 0.8}}},
  };
  g[3] = {
      {{{-0.46, -0.72}, {-0.1, -1}, {0.36, -0.82}, {0.34, -0.32}, {-0.1, -0.06, kCorner}, {0.38, 0.12}, {0.48, 0.52},
        {0.18, 0.95}, {-0.26, 0.96}, {-0.54, 0.68}}},
      {{{-0.46, -0.93}, {0.44, -0.93, kCorner}, {-0.06, -0.18, kCorner}, {0.38, 0.02}, {0.48, 0.45}, {0.24, 0.9},
        {-0.16, 0.99}, {-0.52, 0.74}}},
  };
  g[4] = {
      {{{-0.36, -0.92}, {-0.52, 0.14, kCorner}, {0.56, 0.14}}, {{0.3, -0.8}, {0.22, 1}}},
      {{{0.24, -1}, {-0.58, 0.3, kCorner}, {0.6, 0.3}}, {{0.24, -1}, {0.24, 1}}},
      {{{-0.38, -0.88}, {-0.5, -0.22}, {-0.22, 0.06}, {0.36, -0.1}}, {{0.42, -0.92}, {0.34, 0}, {0.26, 1}}},
  };
  g[5] = {
      {{{-0.3, -0.95}, {-0.4, -0.14, kCorner}, {0.06, -0.3}, {0.46, 0.05}, {0.42, 0.62}, {0.02, 1}, {-0.5, 0.78}},
       {{-0.3, -0.95}, {0.5, -0.95}}},
      {{{0.46, -0.92}, {-0.08, -0.92}, {-0.38, -0.56}, {-0.1, -0.2}, {0.34, 0.14}, {0.36, 0.68}, {-0.04, 0.98},
        {-0.5, 0.8}}},
  };
  g[6] = {
      {{{0.34, -0.98}, {-0.14, -0.66}, {-0.44, 0}, {-0.42, 0.64}, {-0.02, 1}, {0.4, 0.74}, {0.38, 0.26}, {0.02, 0.06},
        {-0.38, 0.4}}},
      {{{0.06, -1}, {-0.28, -0.25}, {-0.44, 0.45}, {-0.1, 0.99}, {0.42, 0.72}, {0.32, 0.18}, {-0.08, 0.12},
        {-0.4, 0.5}}},
  };
  g[7] = {
      {{{-0.52, -0.9}, {0.5, -0.9, kCorner}, {-0.12, 1}}},
      {{{-0.52, -0.9}, {0.5, -0.9, kCorner}, {-0.1, 1}}, {{-0.3, 0.06}, {0.42, 0.06}}},
      {{{-0.52, -0.66}, {-0.48, -0.94, kCorner}, {0.5, -0.94, kCorner}, {0.12, -0.1}, {0, 1}}},
  };
  g[8] = {
      {{{0.4, -0.72}, {0.02, -1}, {-0.38, -0.66}, {0, -0.1}, {0.44, 0.48}, {0, 1}, {-0.44, 0.5}, {0, -0.08},
        {0.4, -0.72}}},
      {arc(0, -0.52, 0.36, 0.46, -80, 285), arc(0, 0.47, 0.46, 0.52, -95, 270)},
  };
  g[9] = {
      {{{0.4, -0.62}, {0.1, -0.98}, {-0.38, -0.66}, {-0.22, -0.14}, {0.22, -0.22}, {0.42, -0.68, kCorner},
        {0.32, 1}}},
      {{{0.38, -0.6}, {0.06, -1}, {-0.4, -0.62}, {-0.2, -0.1}, {0.24, -0.2}, {0.42, -0.62}, {0.44, 0.2}, {0.16, 0.88},
        {-0.38, 0.88}}},
      {arc(-0.02, -0.55, 0.4, 0.44, -30, 330), {{0.38, -0.6}, {0.34, 0.2}, {0.2, 1}}},
  };
  return g;
}
// clang-format on

/// The tangents at both ends of the piece from p[i] to p[i + 1], along one coordinate.
struct Tangents {
  double at_start, at_end;
};
Tangents tangents(const Stroke& p, std::size_t i, double Knot::*axis) {
  const auto sharp = [&](std::size_t k) { return k == 0 || k + 1 == p.size() || p[k].corner; };
  const double chord = p[i + 1].*axis - p[i].*axis;
  const bool from_sharp = sharp(i), to_sharp = sharp(i + 1);
  if (from_sharp && to_sharp) return {chord, chord};
  // At a sharp end the curvature is zero.
  const double start = from_sharp ? 0 : (p[i + 1].*axis - p[i - 1].*axis) / 2;
  const double end = to_sharp ? 0 : (p[i + 2].*axis - p[i].*axis) / 2;
  return {from_sharp ? 1.5 * chord - 0.5 * end : start, to_sharp ? 1.5 * chord - 0.5 * start : end};
}

/// The cubic with these end values and tangents (Hermite's form).
double cubic(double a, double b, Tangents m, double t) {
  const double u = 1 - t;
  return (1 + 2 * t) * u * u * a + t * t * (3 - 2 * t) * b + t * u * (u * m.at_start - t * m.at_end);
}

}  // namespace

std::span<const Glyph> glyphs_of(int digit) {
  static const auto all = make_glyphs();
  return all[static_cast<std::size_t>(digit)];
}

void flatten(const Stroke& stroke, std::vector<Knot>& polyline) {
  polyline.push_back(stroke.front());
  for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
    const Tangents mx = tangents(stroke, i, &Knot::x), my = tangents(stroke, i, &Knot::y);
    for (int k = 1; k <= kPiecesPerCurve; ++k) {
      const double t = static_cast<double>(k) / kPiecesPerCurve;
      polyline.push_back({cubic(stroke[i].x, stroke[i + 1].x, mx, t), cubic(stroke[i].y, stroke[i + 1].y, my, t)});
    }
  }
}

}  // namespace xgrad::data
