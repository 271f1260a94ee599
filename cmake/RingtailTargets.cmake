# A module is a folder of sim/ or analysis/: every .cpp in it, linked with the modules it names and nothing else. What a
# module may include is what it links, so the direction of data flow (docs/design.md) is kept by the linker and a test.

add_library(ringtail_options INTERFACE)
target_compile_features(ringtail_options INTERFACE cxx_std_20)
target_include_directories(ringtail_options INTERFACE ${PROJECT_SOURCE_DIR}/sim ${PROJECT_SOURCE_DIR}/analysis
                                                      ${PROJECT_BINARY_DIR}/generated)
# Same seed, same bytes: no contraction of a*b+c, which differs between processors and compilers.
target_compile_options(ringtail_options INTERFACE -ffp-contract=off -Wall -Wextra -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # g++ 12 sees overlapping copies in std::string's operator+ that are not there (GCC bug 105651).
  target_compile_options(ringtail_options INTERFACE -Wno-restrict)
endif()
if(RINGTAIL_WERROR)
  target_compile_options(ringtail_options INTERFACE -Werror)
endif()
if(RINGTAIL_SANITIZE)
  target_compile_options(ringtail_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                                                    -fno-omit-frame-pointer)
  target_link_options(ringtail_options INTERFACE -fsanitize=address,undefined)
endif()
if(RINGTAIL_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "RINGTAIL_FUZZ needs clang's libFuzzer (docs/fuzzing.md)")
  endif()
  target_compile_options(ringtail_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(RINGTAIL_COVERAGE)
  target_compile_options(ringtail_options INTERFACE --coverage)
  target_link_options(ringtail_options INTERFACE --coverage)
endif()

# ringtail_module(NAME [DEPENDS target...]): the static library ringtail_NAME from the .cpp files of the folder NAME
# beside the calling CMakeLists.txt.
function(ringtail_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  set(target ringtail_${name})
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC ringtail_options ${ARG_DEPENDS})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ringtail_options ${ARG_DEPENDS})
  endif()
endfunction()
