#pragma once
/// An entry of an archive as an Input. Private to data/formats.

#include <memory>

#include "data/formats/detail/plain_file.hpp"
#include "data/formats/zip.hpp"

struct zip_file;

namespace xgrad::data::detail {

class ZipInput : public Input {
 public:
  ZipInput(const ZipReader& archive, const ZipEntry& entry);
  ~ZipInput() override;

  void read(void* out, std::size_t n) override;
  /// To be called behind the last byte: IoError when there are more, and when the checksum, which libzip compares
  /// there, is another one.
  void finish();

 private:
  struct Close {
    void operator()(zip_file* file) const noexcept;
  };
  std::unique_ptr<zip_file, Close> file_;
};

}  // namespace xgrad::data::detail
