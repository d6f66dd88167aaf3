# OpenBLAS, HDF5, xxHash and libzip as imported targets, which no package of theirs offers in one form everywhere: for the build
# of xgrad, and installed, for programs that link its static libraries.

set(_xgrad_openblas openblas)
set(_xgrad_hdf5 hdf5_serial hdf5)  # CMake's FindHDF5 wants a C compiler, and links curl
set(_xgrad_xxhash xxhash)
set(_xgrad_zip zip)

foreach(_xgrad_library IN ITEMS openblas hdf5 xxhash zip)
  string(TOUPPER XGRAD_${_xgrad_library} _xgrad_path)
  find_library(${_xgrad_path} NAMES ${_xgrad_${_xgrad_library}})
  mark_as_advanced(${_xgrad_path})
  if(NOT ${_xgrad_path})
    message(FATAL_ERROR "xgrad is linked with ${_xgrad_library}, which is not found; set ${_xgrad_path} to its path")
  endif()
  if(NOT TARGET xgrad::${_xgrad_library})
    add_library(xgrad::${_xgrad_library} UNKNOWN IMPORTED)
    set_target_properties(xgrad::${_xgrad_library} PROPERTIES IMPORTED_LOCATION ${${_xgrad_path}})
  endif()
endforeach()
