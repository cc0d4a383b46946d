# How our own code is compiled; third-party headers are SYSTEM and keep their own warnings.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(onceload_settings INTERFACE)
target_compile_options(onceload_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
target_include_directories(onceload_settings INTERFACE "${CMAKE_SOURCE_DIR}/include")
# An index out of its range ends the program there, not somewhere later.
target_compile_definitions(onceload_settings INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
# Where several sources are one, what is a file's own looks to GCC like a header's, or hides another's;
# and there, too, GCC 12 sees overlaps in std::string's operator+ that are none (its bug 105651).
set(is_unity $<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>)
target_compile_options(onceload_settings INTERFACE
                       "$<$<AND:$<CXX_COMPILER_ID:GNU>,${is_unity}>:\
-Wno-restrict;-Wno-shadow;-Wno-stringop-overflow;-Wno-subobject-linkage>")
if(ONCELOAD_WERROR)
  target_compile_options(onceload_settings INTERFACE
                         -Werror $<$<CXX_COMPILER_ID:GNU>:-Wno-error=restrict>
                         $<${is_unity}:-Wno-error>)
endif()
if(ONCELOAD_SANITIZE)
  target_compile_options(onceload_settings INTERFACE
                         -fsanitize=${ONCELOAD_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(onceload_settings INTERFACE -fsanitize=${ONCELOAD_SANITIZE})
endif()
if(ONCELOAD_FUZZ)
  target_compile_options(onceload_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()
