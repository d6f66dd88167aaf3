# Run by the installation: fills the folder `headers` with the public headers and those private ones that they include.
# Includes become relative to the file they stand in: a program may have a folder data/ or nn/ of its own.

get_filename_component(root ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
set(floors tensor autograd nn optim data train)
list(JOIN floors "|" any_floor)

file(REMOVE_RECURSE ${headers})
set(waiting xgrad.hpp)
foreach(floor IN LISTS floors)
  file(GLOB_RECURSE found RELATIVE ${root} ${root}/${floor}/*.hpp)
  list(FILTER found EXCLUDE REGEX "/(detail|kernels|internal|tools)/")
  list(APPEND waiting ${found})
endforeach()

while(waiting)
  list(POP_FRONT waiting header)
  if(EXISTS ${headers}/${header})
    continue()
  endif()
  file(READ ${root}/${header} text)
  string(REGEX MATCHALL "\n#include \"[^\"]+/(detail|kernels|internal)/[^\"]+" includes "${text}")
  list(TRANSFORM includes REPLACE ".*\"" "" OUTPUT_VARIABLE private)
  list(APPEND waiting ${private})

  get_filename_component(folder ${header} DIRECTORY)
  string(REGEX REPLACE "[^/]+" ".." up "${folder}")
  string(REGEX REPLACE "\n#include \"((${any_floor})/[^\"]+)" "\n#include \"${up}/\\1" text "${text}")
  string(REPLACE "#include \"/" "#include \"" text "${text}")  # where `up` is empty
  file(WRITE ${headers}/${header} "${text}")
endwhile()
