#pragma once
/// The path of the module being called, kept per thread: errors, anomaly reports and graph dumps read it.

#include <string>

namespace xgrad {

/// Something with a name that calls can lie inside of: a module.
class Named {
 public:
  /// Its part of the path: ".conv" or "[6]" when called from `parent`, a type name when outermost (null).
  virtual std::string scope_name(const Named* parent) const = 0;
  /// How it presents itself: "Dense(800, 128)".
  virtual std::string scope_label() const = 0;

 protected:
  ~Named() = default;
};

/// Marks, while it lives, that this thread is inside a call of `who`. Costs two stores; names are found on demand.
class Scope {
 public:
  explicit Scope(const Named& who) noexcept;
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// "Net.features[6]" for the calls this thread is inside of; empty outside of all.
  static std::string path();
  /// The path followed by the innermost module's label: "Sequential[6] Dense(800, 128)".
  static std::string described();

 private:
  friend struct ScopeWalk;
  const Named* who_;
  const Scope* outer_;
};

}  // namespace xgrad
