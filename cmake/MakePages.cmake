# Run by `cmake --install`: `program` writes its manual pages and completions into `pages`, and
# `changelog` comes along. Compressed without names and times, so that the same text is the same file.
file(REMOVE_RECURSE "${pages}")
file(MAKE_DIRECTORY "${pages}/man1")

function(print_page file)
  execute_process(COMMAND "${program}" ${ARGN} OUTPUT_FILE "${pages}/${file}"
                  COMMAND_ERROR_IS_FATAL ANY)
endfunction()

print_page(man1/onceload.1 man)
# The page of the whole lists the others.
file(READ "${pages}/man1/onceload.1" whole)
string(REGEX MATCHALL "onceload\\\\-[a-z]+ \\(1\\)" found "${whole}")
foreach(name IN LISTS found)
  string(REGEX REPLACE "onceload\\\\-([a-z]+).*" "\\1" name "${name}")
  print_page(man1/onceload-${name}.1 man ${name})
endforeach()
print_page(onceload completion bash)
print_page(_onceload completion zsh)
print_page(onceload.fish completion fish)

file(COPY "${changelog}" DESTINATION "${pages}")
file(RENAME "${pages}/CHANGELOG.md" "${pages}/changelog")
file(GLOB manuals "${pages}/man1/*.1")
execute_process(COMMAND gzip -9n ${manuals} "${pages}/changelog" COMMAND_ERROR_IS_FATAL ANY)
