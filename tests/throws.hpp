#pragma once

#include <doctest/doctest.h>

#include <string>

/// Whether f throws an E whose text contains `part`; shows the text where it does not.
template <class E, class F>
bool throws(F&& f, const std::string& part) {
  try {
    f();
  } catch (const E& e) {
    const bool found = std::string(e.what()).find(part) != std::string::npos;
    if (!found) MESSAGE("text was: " << e.what());
    return found;
  }
  return false;
}
