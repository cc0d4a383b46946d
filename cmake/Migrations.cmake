# Embeds migrations/NNNN_name.sql into the program, in order: an installed binary needs no files.
# Makes the target onceload_migrations with "embedded_migrations.h".
file(GLOB migration_files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/migrations/[0-9][0-9][0-9][0-9]_*.sql")
list(SORT migration_files)
set(generated "${CMAKE_BINARY_DIR}/generated")
set(rows "")
foreach(path IN LISTS migration_files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  file(READ "${path}" sql)
  get_filename_component(name "${path}" NAME_WE)
  string(APPEND rows "    EmbeddedMigration{\"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
list(LENGTH migration_files migration_count)
file(CONFIGURE OUTPUT "${generated}/embedded_migrations.h" @ONLY CONTENT
"// Generated from migrations/*.sql.
#pragma once

#include <array>
#include <string_view>

namespace onceload {

struct EmbeddedMigration {
  std::string_view name;
  std::string_view sql;
};

// Migration i takes the ledger from version i to version i + 1.
inline constexpr std::array<EmbeddedMigration, @migration_count@> kMigrations{
@rows@};

}  // namespace onceload
")
add_library(onceload_migrations INTERFACE)
target_include_directories(onceload_migrations INTERFACE "${generated}")
