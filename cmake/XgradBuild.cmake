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

include(XgradLibraries)
find_path(XGRAD_CBLAS_INCLUDE cblas.h PATH_SUFFIXES openblas x86_64-linux-gnu openblas-pthread REQUIRED)
target_include_directories(xgrad::openblas SYSTEM INTERFACE ${XGRAD_CBLAS_INCLUDE})
# Its package would bring the reference BLAS and LAPACK, next to OpenBLAS, which has both.
find_path(XGRAD_XTENSOR_BLAS_INCLUDE xtensor-blas/xlapack.hpp REQUIRED)
target_include_directories(xgrad::openblas SYSTEM INTERFACE ${XGRAD_XTENSOR_BLAS_INCLUDE})
find_path(XGRAD_HDF5_INCLUDE hdf5.h PATH_SUFFIXES hdf5/serial REQUIRED)
target_include_directories(xgrad::hdf5 SYSTEM INTERFACE ${XGRAD_HDF5_INCLUDE})
find_path(XGRAD_JSON_INCLUDE nlohmann/json.hpp REQUIRED)  # headers alone, in .cpp files alone

# What everything here is compiled with, never passed on to users.
add_library(xgrad_options INTERFACE)
target_compile_options(xgrad_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fno-math-errno)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # false alarms of g++ 12, inside the AVX-512 headers and for strings
  target_compile_options(xgrad_options INTERFACE -Wno-uninitialized -Wno-maybe-uninitialized -Wno-restrict)
endif()
# g++ 12 stores the constants {1, 1, 1, 0} and {1, 1, 0, 0} as {1, 1, 1, 1} where it may move 32 bytes at once, which it
# does with AVX-512: tests/tensor/compiler_test.cpp.
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-mmove-max=128 XGRAD_HAS_MOVE_MAX)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND XGRAD_HAS_MOVE_MAX)
  target_compile_options(xgrad_options INTERFACE -mmove-max=128 -mstore-max=128)
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
  if(XGRAD_SANITIZE MATCHES "thread")
    # The one file with oneTBB's templates. Debian's libtbb is not instrumented, so what happens between the two halves
    # would look like races; it tells the sanitizer itself that tasks start after their caller and end before it goes on.
    set_source_files_properties(${PROJECT_SOURCE_DIR}/tensor/parallel.cpp PROPERTIES
                                COMPILE_OPTIONS -fno-sanitize=thread COMPILE_DEFINITIONS XGRAD_TSAN
                                SKIP_PRECOMPILE_HEADERS ON)
  endif()
endif()

# xgrad_precompile(TARGET header... | REUSE_FROM other): parses headers that most files of a target include once for all
# of them, or shares those of another target that is compiled and linked alike. Not under ccache, which does not cache
# what is compiled with them.
function(xgrad_precompile target)
  if(CMAKE_CXX_COMPILER_LAUNCHER)
    return()
  elseif(ARGV1 STREQUAL "REUSE_FROM")
    target_precompile_headers(${target} ${ARGN})
  else()
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# What keeps the instruction set of xgrad out of the programs that use it; see cmake/seal-archive and cmake/xgrad.map.
find_program(XGRAD_LD NAMES ld.bfd ld)
mark_as_advanced(XGRAD_LD)

# xgrad_floor(NAME [USES floor...] [LINKS library...] [PRECOMPILES header...]): the target xgrad::NAME from all sources
# below NAME/, linked to the floors it may use and no others. A new file below a floor is found by itself; NAME/tools/
# holds programs.
function(xgrad_floor name)
  cmake_parse_arguments(PARSE_ARGV 1 FLOOR "" "" "USES;LINKS;PRECOMPILES")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/${name}/tools/")
  set(target xgrad_${name})
  add_library(${target} ${sources})
  add_library(xgrad::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES VISIBILITY_INLINES_HIDDEN ON DEFINE_SYMBOL ""
                        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  list(TRANSFORM FLOOR_PRECOMPILES PREPEND ${PROJECT_SOURCE_DIR}/)
  xgrad_precompile(${target} <fmt/format.h> ${FLOOR_PRECOMPILES})
  foreach(below IN LISTS FLOOR_USES)
    target_link_libraries(${target} PUBLIC xgrad::${below})
  endforeach()
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:xgrad_options>)
  target_compile_definitions(${target} PRIVATE XTENSOR_USE_XSIMD XGRAD_VERSION="${PROJECT_VERSION}")
  # unique symbols would clash between sealed archives, and keep plugins from being unloaded
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  if(XGRAD_SANITIZE)  # blocks must be freed as they were made, in users' inlined code too
    target_compile_definitions(${target} PUBLIC XGRAD_NO_POOL)
    target_link_options(${target} PUBLIC -fsanitize=${XGRAD_SANITIZE})
  endif()

  list(APPEND FLOOR_LINKS fmt::fmt)
  if(BUILD_SHARED_LIBS)
    target_link_libraries(${target} PRIVATE "$<BUILD_INTERFACE:${FLOOR_LINKS}>")
    target_link_options(${target} PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/xgrad.map)
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/xgrad.map)
  else()
    target_link_libraries(${target} PRIVATE ${FLOOR_LINKS})
    # A sealed archive is one object: without this a program would get all of it, whatever it calls.
    target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
    target_link_options(${target} INTERFACE -Wl,--gc-sections)
    if(XGRAD_LD AND NOT XGRAD_SANITIZE AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION)
      add_custom_command(TARGET ${target} POST_BUILD VERBATIM
                         COMMAND ${PROJECT_SOURCE_DIR}/cmake/seal-archive ${XGRAD_LD} ${CMAKE_NM} ${CMAKE_OBJCOPY}
                                 ${CMAKE_AR} $<TARGET_FILE:${target}>)
    endif()
  endif()
endfunction()
