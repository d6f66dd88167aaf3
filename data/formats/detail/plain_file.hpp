#pragma once
/// Regular files, read at any place and written front to back. Private to data/formats.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace xgrad::data::detail {

/// Where bytes come from, front to back: a part of a file, an entry of an archive.
class Input {
 public:
  virtual ~Input() = default;
  /// The next n bytes, all of them, or an IoError.
  virtual void read(void* out, std::size_t n) = 0;
  /// Throws the IoError "op: place what".
  [[noreturn]] void fail(const std::string& what) const;

 protected:
  /// `place` is what stands before the reason in an error: "a.npy: ".
  Input(const char* op, std::string place) : op_(op), place_(std::move(place)) {}
  Input(const Input&) = default;
  Input& operator=(const Input&) = default;

 private:
  const char* op_;
  std::string place_;
};

/// A regular file, open; its errors name it and `op`.
class PlainFile {
 public:
  /// `flags` as for open(2). Throws IoError where there is none, and for folders and devices.
  PlainFile(const char* op, std::filesystem::path path, int flags);
  ~PlainFile();
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;

  /// Bytes when it was opened.
  std::uint64_t size() const noexcept { return size_; }
  int descriptor() const noexcept { return fd_; }  ///< stays this object's own
  const char* op() const noexcept { return op_; }
  const std::filesystem::path& path() const noexcept { return path_; }
  /// Up to n bytes from `at`; fewer only at the end of the file.
  std::size_t read(void* out, std::size_t n, std::uint64_t at) const;
  /// Overwrites the first n bytes.
  void write_front(const void* from, std::size_t n) const;
  [[noreturn]] void fail(const std::string& what) const;

 private:
  const char* op_;
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// A part of a file as an Input, from `at` on.
class FileInput : public Input {
 public:
  explicit FileInput(const PlainFile& file, std::uint64_t at = 0)
      : Input(file.op(), file.path().string() + ": "), file_(file), at_(at) {}
  void read(void* out, std::size_t n) override;

 private:
  const PlainFile& file_;
  std::uint64_t at_;
};

/// Writes a file front to back; errors name `target`, for which it stands.
class FileOutput {
 public:
  FileOutput(const char* op, const std::filesystem::path& temporary, std::filesystem::path target);
  ~FileOutput();
  FileOutput(const FileOutput&) = delete;
  FileOutput& operator=(const FileOutput&) = delete;

  void write(const void* from, std::size_t n);
  void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }
  /// Closes; the destructor does so silently.
  void close();

 private:
  [[noreturn]] void fail(int error) const;

  const char* op_;
  std::filesystem::path target_;
  int fd_;
};

}  // namespace xgrad::data::detail
