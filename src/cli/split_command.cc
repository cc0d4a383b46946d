// onceload split

#include <iostream>

#include "cli/commands.h"
#include "onceload/csv/record_split.h"
#include "onceload/rows/input_rows.h"

namespace onceload {

// As they are, not as people would like to see them: another run reads the lines.
ExitCode RunSplitCommand(const Invocation& invocation) {
  const Request& request = invocation.request;
  const RowRules& rows = request.load.rows;
  const int threads = rows.work.threads < 1 ? AllCores() : rows.work.threads;
  for (const std::string& path : ListInputs(request.inputs).files) {
    if (path.find_first_of("\r\n") != std::string::npos) {
      throw Error(ExitCode::kUsage, "a name with a line end cannot stand in a list", path,
                  "rename the file, or name it by a link");
    }
    const SourceFile file(path, rows.encoding);
    for (const FileRanges& part :
         SplitRecords(file, rows.dialect, request.parts, request.record_bytes_max, threads)) {
      std::cout << part.Name() << "\n";
    }
  }
  return ExitCode::kDone;
}

}  // namespace onceload
