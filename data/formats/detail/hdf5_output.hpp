#pragma once
/// Private to the HDF5 writer: a file driver that keeps write errors from libhdf5.
///
/// When a write fails (a full disk), libhdf5 1.10 cannot close the file, frees it all the same, and crashes at the end
/// of the process, where it tries again. So this driver remembers the first error, takes every later write for done,
/// and lets HDF5 close in peace; the writer then asks for the error.

#include "data/formats/detail/hdf5_core.hpp"

namespace xgrad::data::detail {

/// What became of the writes to one file. Must outlive the open file.
struct OutputStatus {
  int error = 0;  ///< errno of the first failure; 0 while all is well
};

/// Makes files opened with this access list (H5P_FILE_ACCESS) use the driver and report to `status`; false on failure.
bool use_output_driver(Id access, OutputStatus& status);

}  // namespace xgrad::data::detail
