#pragma once
/// Errors: everything that xgrad throws on purpose.

#include <stdexcept>
#include <string>
#include <string_view>

namespace xgrad {

/// The base of all of xgrad's errors; catch this one to catch any.
///
/// The text has one form, `operation or module path: what is wrong: got ...; expected ...`, with a remedy
/// where one is cheap. An error is thrown before anything is changed.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes that do not fit each other, or too many axes.
class ShapeError : public Error {
 public:
  using Error::Error;
};
/// Element types that do not fit the operation or each other.
class DTypeError : public Error {
 public:
  using Error::Error;
};
/// An axis, an index or a class label outside its range.
class IndexError : public Error {
 public:
  using Error::Error;
};
/// An option or argument outside its range (a negative learning rate, say).
class ValueError : public Error {
 public:
  using Error::Error;
};
/// Misuse of the tape: backward twice, an in-place change of a needed value, ...
class AutogradError : public Error {
 public:
  using Error::Error;
};
/// A file that cannot be read or written, or whose content is not what it should be.
class IoError : public Error {
 public:
  using Error::Error;
};

/// Throws `E("[path: ]op: what")`; `path` is that of the module being called, when there is one.
/// Defined for the six kinds above.
template <class E>
[[noreturn]] void fail(std::string_view op, std::string_view what);

namespace detail {
/// Asked for the path of the module being called, when an error is made; autograd/scope.cpp supplies it.
using ErrorContext = std::string (*)();
void set_error_context(ErrorContext context) noexcept;
}  // namespace detail

}  // namespace xgrad
