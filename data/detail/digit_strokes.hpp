#pragma once
/// How the digits 0 to 9 are written: the strokes of a pen, in one to three ways each. Private.

#include <span>
#include <vector>

namespace xgrad::data {

/// A point that a stroke goes through, within about [-0.6, 0.6] x [-1, 1], y downwards. The stroke turns sharply at a
/// corner and runs smoothly through other points.
struct Knot {
  double x, y;
  bool corner = false;
};

using Stroke = std::vector<Knot>;
using Glyph = std::vector<Stroke>;

/// The ways to write `digit`, 0 to 9.
std::span<const Glyph> glyphs_of(int digit);

/// Appends the points of a polyline along a stroke: a cubic spline with Catmull and Rom's tangents (1974), straight
/// between two corners. The ends count as corners.
void flatten(const Stroke& stroke, std::vector<Knot>& polyline);

}  // namespace xgrad::data
