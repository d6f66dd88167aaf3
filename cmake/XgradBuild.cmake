# How every target of the project is compiled, and the one function that makes a floor.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g")  # -O0 does not compile xsimd's AVX-512 intrinsics
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1")  # more of either and a kernel takes gigabytes to compile
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_package(Threads REQUIRED)
find_package(TBB REQUIRED)
find_package(ZLIB REQUIRED)
find_package(xtl REQUIRED)
find_package(xsimd REQUIRED)
find_package(xtensor REQUIRED)
find_package(fmt REQUIRED)

find_library(XGRAD_OPENBLAS openblas REQUIRED)
find_path(XGRAD_CBLAS_INCLUDE cblas.h PATH_SUFFIXES openblas x86_64-linux-gnu openblas-pthread REQUIRED)
add_library(xgrad_blas INTERFACE)
target_link_libraries(xgrad_blas INTERFACE ${XGRAD_OPENBLAS})
target_include_directories(xgrad_blas SYSTEM INTERFACE ${XGRAD_CBLAS_INCLUDE})

find_library(XGRAD_XXHASH xxhash REQUIRED)
add_library(xxhash INTERFACE)
target_link_libraries(xxhash INTERFACE ${XGRAD_XXHASH})

find_library(XGRAD_HDF5 NAMES hdf5_serial hdf5 REQUIRED)  # CMake's FindHDF5 wants a C compiler, and links curl
find_path(XGRAD_HDF5_INCLUDE hdf5.h PATH_SUFFIXES hdf5/serial REQUIRED)
add_library(xgrad_hdf5 INTERFACE)
target_link_libraries(xgrad_hdf5 INTERFACE ${XGRAD_HDF5})
target_include_directories(xgrad_hdf5 SYSTEM INTERFACE ${XGRAD_HDF5_INCLUDE})

# What xgrad's own sources are compiled with, never passed on to users.
add_library(xgrad_private_headers INTERFACE)
target_link_libraries(xgrad_private_headers INTERFACE fmt::fmt)
target_compile_definitions(xgrad_private_headers INTERFACE XTENSOR_USE_XSIMD XGRAD_VERSION="${PROJECT_VERSION}")

add_library(xgrad_options INTERFACE)
target_compile_options(xgrad_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fno-math-errno)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # false alarms of g++ 12, inside the AVX-512 headers and for strings
  target_compile_options(xgrad_options INTERFACE -Wno-uninitialized -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(XGRAD_ARCH STREQUAL "native")
  target_compile_options(xgrad_options INTERFACE -march=native)
elseif(XGRAD_ARCH)
  target_compile_options(xgrad_options INTERFACE -march=${XGRAD_ARCH})
endif()
if(XGRAD_SANITIZE)
  target_compile_options(xgrad_options INTERFACE -fsanitize=${XGRAD_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(xgrad_options INTERFACE -fsanitize=${XGRAD_SANITIZE})
  target_compile_definitions(xgrad_options INTERFACE XGRAD_NO_POOL)
  if(XGRAD_SANITIZE MATCHES "undefined")
    target_compile_options(xgrad_options INTERFACE -fno-sanitize-recover=undefined)
  endif()
endif()

# xgrad_floor(NAME [USES floor...] [LINKS library...]): the target xgrad::NAME from all sources below NAME/, linked to
# the floors it may use and no others. A new file below a floor is found by itself.
function(xgrad_floor name)
  cmake_parse_arguments(PARSE_ARGV 1 FLOOR "" "" "USES;LINKS")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cpp)
  add_library(xgrad_${name} ${sources})
  add_library(xgrad::${name} ALIAS xgrad_${name})
  target_include_directories(xgrad_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_compile_features(xgrad_${name} PUBLIC cxx_std_20)
  foreach(below IN LISTS FLOOR_USES)
    target_link_libraries(xgrad_${name} PUBLIC xgrad::${below})
  endforeach()
  target_link_libraries(xgrad_${name} PRIVATE xgrad_options xgrad_private_headers ${FLOOR_LINKS})
  if(XGRAD_SANITIZE)  # blocks must be freed as they were made, in users' inlined code too
    target_compile_definitions(xgrad_${name} PUBLIC XGRAD_NO_POOL)
  endif()
endfunction()
