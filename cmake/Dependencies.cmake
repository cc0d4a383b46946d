# Libraries, each with the reason for its bounds. scripts/bootstrap installs all of them.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(spdlog REQUIRED)
find_package(cxxopts QUIET)
if(NOT TARGET cxxopts::cxxopts)  # Debian's package of some releases has the header only
  find_path(cxxopts_include cxxopts.hpp REQUIRED)
  add_library(cxxopts::cxxopts INTERFACE IMPORTED)
  target_include_directories(cxxopts::cxxopts INTERFACE "${cxxopts_include}")
endif()
# What input files may be compressed with.
find_package(ZLIB REQUIRED)
find_package(BZip2 REQUIRED)
find_package(LibLZMA REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd>=1.4.0)
# Time zones: the rule at the end of a zone file counts, which libstdc++ has none of before GCC 14. No
# version here: Abseil's packages accept only exactly their own. 20220623 is the oldest tried.
find_package(absl REQUIRED)
# Names that look alike: case folding and normalization.
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc>=2.2)
# PKCS#12 trust stores; librdkafka needs it anyway.
find_package(OpenSSL 1.1.1 REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash>=0.8.0)

# JSON Schema: headers alone, which Debian has packaged since 13; else those scripts/bootstrap fetches.
find_path(jsoncons_include jsoncons_ext/jsonschema/jsonschema.hpp REQUIRED
          HINTS "${CMAKE_SOURCE_DIR}/.deps/jsoncons/include")
add_library(onceload_jsoncons INTERFACE)
target_include_directories(onceload_jsoncons SYSTEM INTERFACE "${jsoncons_include}")

# Protobuf: schemas are read by its parser, whose header Debian keeps in libprotoc-dev. 3.12 is the
# first that knows "optional" of proto3; with 4.22 what collects a parser's errors changes its form.
pkg_check_modules(protobuf REQUIRED IMPORTED_TARGET protobuf>=3.12 protobuf<4)

# Metrics: their text format and a server to scrape; pushing goes by libcurl itself, for the library
# that prometheus-cpp has for it knows no time-out. librdkafka needs libcurl as well.
find_package(CURL REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)

# librdkafka: the prefix scripts/bootstrap builds, else the system's.
list(PREPEND CMAKE_PREFIX_PATH "${CMAKE_SOURCE_DIR}/.deps/librdkafka")
find_package(RdKafka CONFIG QUIET)
if(TARGET RdKafka::rdkafka)
  add_library(onceload_rdkafka INTERFACE)
  target_link_libraries(onceload_rdkafka INTERFACE RdKafka::rdkafka)
  set(rdkafka_version "${RdKafka_VERSION}")
else()
  pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka)
  add_library(onceload_rdkafka INTERFACE)
  target_link_libraries(onceload_rdkafka INTERFACE PkgConfig::rdkafka)
endif()
if(NOT rdkafka_version)
  pkg_check_modules(rdkafka_pc QUIET rdkafka)
  set(rdkafka_version "${rdkafka_pc_VERSION}")
endif()

# 2.2.0-2.4.0 cannot rebuild a retried batch (librdkafka #4736): fatal on our pattern.
# 2.10.0 loops re-bootstrapping after an outage (#5086). Below 2.12.1 works, with more aborted
# transactions: #4438, #4970, #5157.
if(rdkafka_version VERSION_LESS 2.0.2)
  message(FATAL_ERROR "librdkafka ${rdkafka_version} is too old: 2.0.2 or newer; run scripts/bootstrap")
elseif((rdkafka_version VERSION_GREATER_EQUAL 2.2.0 AND rdkafka_version VERSION_LESS_EQUAL 2.4.0)
       OR rdkafka_version VERSION_EQUAL 2.10.0)
  message(FATAL_ERROR "librdkafka ${rdkafka_version} loses transactions (2.2.0-2.4.0: its issue "
                      "4736, 2.10.0: 5086); run scripts/bootstrap")
elseif(rdkafka_version VERSION_LESS 2.12.1)
  message(WARNING "librdkafka ${rdkafka_version} works, but each disconnect can cost a transaction; "
                  "2.12.1 or newer is better: run scripts/bootstrap")
endif()
message(STATUS "librdkafka ${rdkafka_version}")
