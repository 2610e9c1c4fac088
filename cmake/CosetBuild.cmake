# How every target of this tree is compiled, and the two functions a room's CMakeLists.txt uses: coset_room, coset_test.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2")  # assertions stay on: they cost nothing outside hot loops
set(COSET_QUICK -O1)  # tests, examples and the program itself: no hot loops of their own; a sixth less to compile
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# -fPIC on everything instead of CMAKE_POSITION_INDEPENDENT_CODE: with the property, libraries get -fPIC and programs
# -fPIE, and GCC then ignores the shared precompiled header.
if(PROJECT_IS_TOP_LEVEL)
  add_compile_options(-fPIC -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
                      -Wdouble-promotion -Wfloat-conversion)
  # GCC 12 at -O2 reports std::string concatenation as out of bounds (GCC bugs 105329, 105651); asan watches the real thing.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Winvalid-pch> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)
else()
  add_compile_options(-fPIC)
endif()

if(COSET_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

if(COSET_LINT)
  find_program(COSET_CLANG_TIDY NAMES clang-tidy clang-tidy-14 REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY ${COSET_CLANG_TIDY} --warnings-as-errors=* --quiet)
endif()

# Highway compiles a kernel once per instruction set it knows. Three are worth their compile time: AVX-512 (nothing beyond
# the Skylake subset is used), AVX2, and plain x86-64, which every processor runs. The others are switched off by name,
# those that the installed Highway does not know left out.
find_package(hwy REQUIRED)
find_file(COSET_HWY_TARGETS hwy/detect_targets.h REQUIRED DOC "Highway's list of instruction sets")
file(STRINGS ${COSET_HWY_TARGETS} unused REGEX "^#define HWY_(SSE2|SSSE3|SSE4|AVX3_DL|AVX3_ZEN4|AVX3_SPR|AVX10_2)[ ]")
list(TRANSFORM unused REPLACE "^#define (HWY_[A-Z0-9_]+) .*$" "\\1")
list(JOIN unused "|" unused)
set(COSET_SIMD_DEFINITIONS "HWY_DISABLED_TARGETS=(${unused})")

# ccache in its plain mode: its depend mode saves .5 s of 4 a cold file, but keeps a wrong object where a header changes
# while it is compiled (a merge during a build). .ci/run, where nothing changes, asks for that mode.
find_program(COSET_CCACHE ccache)
if(COSET_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${COSET_CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

# Reads coset/LAYERS into COSET_ROOMS, COSET_DEPS_<room> and COSET_TORCH_<room>.
file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/coset/LAYERS layers REGEX "^[a-z]")
foreach(line IN LISTS layers)
  string(REGEX REPLACE " +" ";" words "${line}")
  list(POP_FRONT words room)
  list(POP_BACK words torch)
  list(REMOVE_ITEM words "-")
  list(APPEND COSET_ROOMS ${room})
  set(COSET_DEPS_${room} ${words})
  set(COSET_TORCH_${room} ${torch})
endforeach()

# coset_room(<name> SOURCES a.cpp b.cpp [HEADERS only.h] [PRIVATE lib...] [PUBLIC lib...])
#   the library coset::<name>, linked with the rooms coset/LAYERS allows; torch rooms reuse the one precompiled header.
function(coset_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;HEADERS;PRIVATE;PUBLIC" ${ARGN})
  add_library(coset_${name} ${ROOM_SOURCES})
  add_library(coset::${name} ALIAS coset_${name})
  set_target_properties(coset_${name} PROPERTIES EXPORT_NAME ${name})
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h ${CMAKE_CURRENT_SOURCE_DIR}/*/*.h)
  list(FILTER headers EXCLUDE REGEX "/cpu/")  # private to the room, and not installed
  target_sources(coset_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
  foreach(dep IN LISTS COSET_DEPS_${name})
    if(TARGET coset_${dep})
      target_link_libraries(coset_${name} PUBLIC coset_${dep})
    endif()
  endforeach()
  # Header-only libraries used in sources alone are no business of those who link the installed rooms.
  list(TRANSFORM ROOM_PRIVATE REPLACE "^((nlohmann_json|Eigen3)::.*)$" "$<BUILD_INTERFACE:\\1>")
  target_link_libraries(coset_${name} PUBLIC ${ROOM_PUBLIC} PRIVATE ${ROOM_PRIVATE})
  if(COSET_TORCH_${name} STREQUAL "yes")
    target_link_libraries(coset_${name} PUBLIC coset_torch_headers)
    coset_reuse_pch(coset_${name})
  endif()
  set_property(GLOBAL APPEND PROPERTY COSET_INSTALL_TARGETS_${COSET_TORCH_${name}} coset_${name})
endfunction()

function(coset_reuse_pch target)
  if(TARGET coset_pch AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} REUSE_FROM coset_pch)
  endif()
endfunction()

# coset_test(<name> SOURCES a_test.cpp ... LINK coset::x ... [LABELS core law ...] [TIMEOUT s] [TORCH])
#   one binary and one ctest entry: a process that loads LibTorch costs 0.6 s before it does anything.
function(coset_test name)
  cmake_parse_arguments(T "TORCH" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  add_executable(${name}_test ${T_SOURCES})
  target_link_libraries(${name}_test PRIVATE ${T_LINK} GTest::gtest GTest::gtest_main)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name}_test PRIVATE ${COSET_QUICK})
  target_compile_definitions(${name}_test PRIVATE COSET_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden")
  if(T_TORCH)
    coset_reuse_pch(${name}_test)
  endif()
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS "${T_LABELS}"
                       ENVIRONMENT "COSET_PROGRAM=${CMAKE_BINARY_DIR}/bin/coset")
endfunction()
